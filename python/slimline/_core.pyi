from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

def active_isa() -> str: ...
def available_isas() -> list[str]: ...
def available_threads() -> int: ...
def compiler() -> str: ...
def all_finite(array: NDArray[Any], n_threads: int) -> bool: ...
def is_canonical_csr(indices: NDArray[Any], indptr: NDArray[Any], n_columns: int) -> bool: ...

class SvmLoss(Enum):
    hinge = ...
    squared_hinge = ...
    epsilon_insensitive = ...
    squared_epsilon_insensitive = ...

class SvmScheme(Enum):
    ovr = ...
    ovo = ...

class SvmSolver(Enum):
    auto = ...
    smo = ...
    newton = ...
    dcd = ...

class SvmOptions:
    solver: SvmSolver
    loss: SvmLoss
    epsilon: float
    fit_intercept: bool
    tol: float
    max_iter: int
    n_threads: int
    def __init__(self) -> None: ...

class SvmStart:
    def __init__(self, w: NDArray[np.float64], b: float, beta: NDArray[np.float64]) -> None: ...

class SvmSolution:
    @property
    def w(self) -> NDArray[np.float64]: ...
    @property
    def b(self) -> float: ...
    @property
    def solver(self) -> SvmSolver: ...
    @property
    def support(self) -> NDArray[np.int64]: ...
    @property
    def beta(self) -> NDArray[np.float64]: ...
    @property
    def primal(self) -> float: ...
    @property
    def dual(self) -> float: ...
    @property
    def gap(self) -> float: ...
    @property
    def iterations(self) -> int: ...
    @property
    def converged(self) -> bool: ...
    @property
    def exhausted(self) -> bool: ...

def svm_classify(
    X: NDArray[Any],
    labels: NDArray[np.int64],
    cost: NDArray[np.float64],
    class_weight: NDArray[np.float64],
    scheme: SvmScheme,
    options: SvmOptions,
    starts: list[SvmStart],
    on_progress: Callable[[int, int, float], None] | None,
) -> list[SvmSolution]: ...
def svm_classify_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    labels: NDArray[np.int64],
    cost: NDArray[np.float64],
    class_weight: NDArray[np.float64],
    scheme: SvmScheme,
    options: SvmOptions,
    starts: list[SvmStart],
    on_progress: Callable[[int, int, float], None] | None,
) -> list[SvmSolution]: ...
def svm_regress(
    X: NDArray[Any],
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    options: SvmOptions,
    starts: list[SvmStart],
    on_progress: Callable[[int, int, float], None] | None,
) -> SvmSolution: ...
def svm_regress_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    options: SvmOptions,
    starts: list[SvmStart],
    on_progress: Callable[[int, int, float], None] | None,
) -> SvmSolution: ...
def part_scores(
    X: NDArray[Any], w: NDArray[np.float64], b: float, n_threads: int
) -> NDArray[np.float64]: ...
def part_scores_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    w: NDArray[np.float64],
    b: float,
    n_threads: int,
) -> NDArray[np.float64]: ...
def part_sum(X: NDArray[Any], a: NDArray[np.float64], n_threads: int) -> NDArray[np.float64]: ...
def part_sum_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    a: NDArray[np.float64],
    n_threads: int,
) -> NDArray[np.float64]: ...
def part_hessian(
    X: NDArray[Any], h: NDArray[np.float64], n_threads: int
) -> NDArray[np.float64]: ...
def part_hessian_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    h: NDArray[np.float64],
    n_threads: int,
) -> NDArray[np.float64]: ...
def part_diagonal(X: NDArray[Any], h: NDArray[np.float64]) -> NDArray[np.float64]: ...
def part_diagonal_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    h: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def part_terms(
    loss: str,
    epsilon: float,
    sigma: float,
    beta: NDArray[np.float64],
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    scores: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def part_slopes(
    loss: str,
    epsilon: float,
    sigma: float,
    beta: NDArray[np.float64],
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    scores: NDArray[np.float64],
    step: NDArray[np.float64],
    lengths: NDArray[np.float64],
) -> NDArray[np.float64]: ...

class SgdOptions:
    loss: str
    penalty: str
    schedule: str
    alpha: float
    l1_ratio: float
    epsilon: float
    eta0: float
    power_t: float
    decay: float
    momentum: float
    nesterov: bool
    adaptive_scale: bool
    fit_intercept: bool
    shuffle: bool
    batch_size: int
    max_iter: int
    n_iter_no_change: int
    tol: float
    seed: int
    n_threads: int
    updates_before: int
    average_from: int
    partial: bool

class SgdResult:
    @property
    def n_iter(self) -> list[int]: ...
    @property
    def converged(self) -> bool: ...
    @property
    def updates(self) -> int: ...
    @property
    def above_zero(self) -> float: ...
    @property
    def gap(self) -> float: ...

LEAST_TOL: float

def loss_names() -> list[str]: ...
def penalty_names() -> list[str]: ...
def schedule_names() -> list[str]: ...
def loss_at(loss: str, epsilon: float, prediction: float, target: float) -> tuple[float, float]: ...

class LossTraits:
    @property
    def name(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def regression(self) -> bool: ...
    @property
    def smooth(self) -> bool: ...
    @property
    def svm(self) -> bool: ...
    @property
    def curvature(self) -> float: ...

def loss_traits() -> list[LossTraits]: ...
def engine_rules() -> list[tuple[str, str, str]]: ...

class EngineChoice:
    @property
    def when(self) -> str: ...
    @property
    def engines(self) -> str: ...
    @property
    def facts(self) -> list[str]: ...
    @property
    def fallback(self) -> str: ...

def choice_for_linear(X: NDArray[Any], n_outputs: int, options: SgdOptions) -> EngineChoice: ...
def choice_for_linear_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    n_outputs: int,
    options: SgdOptions,
) -> EngineChoice: ...
def choice_for_svm(n_rows: int, n_columns: int) -> EngineChoice: ...
def schedule_at(options: SgdOptions, updates: int, updates_per_epoch: float) -> float: ...
def sgd_fit(
    X: NDArray[Any],
    y: NDArray[np.float64],
    sample_weight: NDArray[np.float64],
    class_weight: NDArray[np.float64],
    rows: NDArray[np.uintp],
    options: SgdOptions,
    on_epoch: Callable[[int, list[float]], list[float] | None] | None,
    coef: NDArray[Any],
    intercept: NDArray[np.float64],
    average_coef: NDArray[Any],
    average_intercept: NDArray[np.float64],
    squares: NDArray[Any],
    intercept_squares: NDArray[np.float64],
) -> SgdResult: ...
def sgd_fit_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    y: NDArray[np.float64],
    sample_weight: NDArray[np.float64],
    class_weight: NDArray[np.float64],
    rows: NDArray[np.uintp],
    options: SgdOptions,
    on_epoch: Callable[[int, list[float]], list[float] | None] | None,
    coef: NDArray[Any],
    intercept: NDArray[np.float64],
    average_coef: NDArray[Any],
    average_intercept: NDArray[np.float64],
    squares: NDArray[Any],
    intercept_squares: NDArray[np.float64],
) -> SgdResult: ...
def activation_names() -> list[str]: ...
def activate(
    activation: str,
    z: NDArray[np.float32],
    values: NDArray[np.float32],
    gradients: NDArray[np.float32],
) -> None: ...
def check_units(
    values: NDArray[Any], index: NDArray[Any], encoding: str, n_out: int, n_in: int
) -> None: ...
def count_blocks(
    values: NDArray[Any], index: NDArray[Any], encoding: str, n_out: int, n_in: int
) -> int: ...
def used_inputs(
    values: NDArray[np.int8], index: NDArray[Any], encoding: str, n_out: int, n_in: int
) -> NDArray[np.uint32]: ...
def scale_units(
    values: NDArray[np.int8],
    index: NDArray[Any],
    encoding: str,
    n_out: int,
    n_in: int,
    scale: NDArray[np.float32],
    exponent: NDArray[np.int8],
    out: NDArray[np.float32],
) -> None: ...
def expand_units(
    values: NDArray[Any], index: NDArray[Any], encoding: str, out: NDArray[Any]
) -> None: ...

class Stack:
    def __init__(self, n_features: int) -> None: ...
    @property
    def n_outputs(self) -> int: ...
    def set_columns(self, columns: NDArray[np.int32]) -> None: ...
    def set_standardize(
        self, offset: NDArray[np.floating[Any]], scale: NDArray[np.float32]
    ) -> None: ...
    def add_dense(
        self, weight: NDArray[np.float32], bias: NDArray[np.float32], activation: str
    ) -> None: ...
    def add_kept(
        self,
        values: NDArray[np.float32],
        index: NDArray[np.uint8] | NDArray[np.uint16],
        encoding: str,
        n_out: int,
        n_in: int,
        form: str,
        bias: NDArray[np.float32],
        activation: str,
    ) -> None: ...
    def add_kept_int8(
        self,
        values: NDArray[np.int8],
        index: NDArray[np.uint8] | NDArray[np.uint16],
        encoding: str,
        n_out: int,
        n_in: int,
        form: str,
        scale: NDArray[np.float32],
        bias: NDArray[np.float32],
        activation: str,
    ) -> None: ...
    def add_int8(
        self,
        weight: NDArray[np.int8],
        scale: NDArray[np.float32],
        bias: NDArray[np.float32],
        activation: str,
    ) -> None: ...
    def add_int8_static(
        self,
        weight: NDArray[np.int8],
        scale: NDArray[np.float32],
        offset: NDArray[np.float32],
        input_low: NDArray[np.float32],
        input_step: NDArray[np.float32],
        activation: str,
    ) -> None: ...
    def forward(
        self, X: NDArray[np.floating[Any]], out: NDArray[np.float32], n_threads: int
    ) -> None: ...
    def winners(
        self, X: NDArray[np.floating[Any]], places: NDArray[np.int64], n_threads: int
    ) -> None: ...
    def row(self, x: NDArray[np.floating[Any]], out: NDArray[np.float32]) -> None: ...
    def row_winner(self, x: NDArray[np.floating[Any]]) -> int: ...
    def forward_csr(
        self,
        data: NDArray[np.floating[Any]],
        indices: NDArray[Any],
        indptr: NDArray[Any],
        n_features: int,
        out: NDArray[np.float32],
        n_threads: int,
    ) -> None: ...

def eliminate(
    inverse: NDArray[np.float64],
    W: NDArray[np.float64],
    order: NDArray[np.int32],
    loss: NDArray[np.float64],
    n_threads: int,
) -> None: ...

class PackedInt8:
    def __init__(self, B: NDArray[np.int8]) -> None: ...
    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def coupled(self) -> float: ...

def gemm_int8(
    A: NDArray[np.uint8], packed: PackedInt8, a_max: int, out: NDArray[np.int32], n_threads: int
) -> None: ...
def gemm_int8_float(
    A: NDArray[np.uint8],
    packed: PackedInt8,
    a_max: int,
    scale: NDArray[np.float32],
    bias: NDArray[np.float32],
    zero_point: int,
    relu: bool,
    out: NDArray[np.float32],
    n_threads: int,
) -> None: ...
def gemm_int8_u7(
    A: NDArray[np.uint8],
    packed: PackedInt8,
    a_max: int,
    scale: NDArray[np.float32],
    bias: NDArray[np.float32],
    zero_point: int,
    relu: bool,
    low: float,
    step: float,
    out: NDArray[np.uint8],
    n_threads: int,
) -> None: ...
def gemm_float(
    A: NDArray[np.float32], B: NDArray[np.float32], out: NDArray[np.float32], n_threads: int
) -> None: ...
def quantize_rows(
    X: NDArray[np.float32],
    q: NDArray[np.uint8],
    scale: NDArray[np.float32],
    zero_point: NDArray[np.int32],
) -> None: ...
def quantize_weight(
    W: NDArray[np.float32], per_tensor: bool, q: NDArray[np.int8], scale: NDArray[np.float32]
) -> None: ...
def network_loss_names() -> list[str]: ...

class NetworkOptions:
    loss: str
    optimizer: str
    schedule: str
    eta0: float
    power_t: float
    decay: float
    max_iter: int
    l2: float
    l2_per_batch: bool
    wide_sums: bool
    l1: float
    weight_decay: float
    momentum: float
    nesterov: bool
    beta_1: float
    beta_2: float
    epsilon: float
    loss_epsilon: float
    dropout: float
    batch_size: int
    shuffle: bool
    seed: int
    n_threads: int
    def __init__(self) -> None: ...

class Int8Training:
    is_static: bool
    is_fixed: bool
    low: list[float]
    step: list[float]
    reach: list[float]
    shift: list[float]
    def __init__(self) -> None: ...

class Network:
    def __init__(
        self, n_features: int, layers: list[tuple[int, str]], options: NetworkOptions
    ) -> None: ...
    @property
    def n_layers(self) -> int: ...
    def set_eta0(self, eta0: float) -> None: ...
    def progress(self) -> tuple[int, list[int], NDArray[np.float32]]: ...
    def set_progress(
        self, updates: int, random: Sequence[int], moments: NDArray[np.float32]
    ) -> None: ...
    def set_layer(
        self, layer: int, weight: NDArray[np.float32], bias: NDArray[np.float32]
    ) -> None: ...
    def layer(self, layer: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...
    def gradient(self, layer: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...
    def set_mask(self, layer: int, keep: NDArray[np.uint8]) -> None: ...
    def set_int8(self, layer: int, options: Int8Training) -> None: ...
    def int8_layer(
        self, layer: int
    ) -> tuple[
        NDArray[np.int8],
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.float32],
        NDArray[np.float32],
    ]: ...
    def epoch(
        self,
        X: NDArray[np.float32],
        targets: NDArray[np.float32],
        sample_weight: NDArray[np.float32],
    ) -> float: ...
    def epoch_csr(
        self,
        data: NDArray[np.float32],
        indices: NDArray[np.integer[Any]],
        indptr: NDArray[np.integer[Any]],
        targets: NDArray[np.float32],
        sample_weight: NDArray[np.float32],
    ) -> float: ...
    def gradients(
        self,
        X: NDArray[np.float32],
        targets: NDArray[np.float32],
        sample_weight: NDArray[np.float32],
    ) -> float: ...
    def gradients_csr(
        self,
        data: NDArray[np.float32],
        indices: NDArray[np.integer[Any]],
        indptr: NDArray[np.integer[Any]],
        targets: NDArray[np.float32],
        sample_weight: NDArray[np.float32],
    ) -> float: ...
    def forward(self, X: NDArray[np.float32], out: NDArray[np.float32]) -> None: ...
    def forward_csr(
        self,
        data: NDArray[np.float32],
        indices: NDArray[np.integer[Any]],
        indptr: NDArray[np.integer[Any]],
        out: NDArray[np.float32],
    ) -> None: ...

def add_to_histogram(
    X: NDArray[np.float32], edges: NDArray[np.float32], counts: NDArray[np.int64]
) -> None: ...
def integrated_gradients(
    weights: list[NDArray[np.float32]],
    biases: list[NDArray[np.float32]],
    activations: list[str],
    X: NDArray[np.float32],
    baseline: NDArray[np.float32],
    n_steps: int,
    out: NDArray[np.float32],
    n_threads: int,
) -> None: ...

class TermUnit(Enum):
    word = ...
    char = ...
    char_wb = ...

class StripAccents(Enum):
    none = ...
    ascii = ...
    unicode = ...

class Norm(Enum):
    none = ...
    l1 = ...
    l2 = ...

class TermWeighting:
    def __init__(
        self,
        binary: bool,
        sublinear: bool,
        log_counts: NDArray[Any] | None,
        idf: NDArray[Any] | None,
        norm: Norm,
    ) -> None: ...

def check_token_pattern(pattern: str) -> None: ...
def unicode_version() -> str: ...

class Texts:
    def __init__(
        self, items: tuple[Any, ...], convert: Callable[[int, Any], str], utf8: bool
    ) -> None: ...
    def __len__(self) -> int: ...

def texts_of_column(column: object, convert: Callable[[int, Any], str], utf8: bool) -> Texts: ...

class CellError(ValueError): ...

class TableColumns:
    def __init__(self, n_columns: int) -> None: ...
    def add_array(
        self, column: int, values: NDArray[Any], missing: NDArray[np.bool_] | None
    ) -> None: ...
    def add_cells(self, column: int, items: tuple[Any, ...]) -> None: ...
    def add_codes(self, column: int, codes: NDArray[Any], categories: tuple[Any, ...]) -> None: ...
    def add_arrow(self, column: int, values: object) -> bool: ...
    def add_arrow_frame(self, frame: object, places: list[int]) -> list[int]: ...

class TableEncoder:
    def __init__(self, kinds: Sequence[str]) -> None: ...
    @property
    def n_features(self) -> int: ...
    def add_numbers(
        self, columns: NDArray[np.uint32], steps: list[tuple[str, list[NDArray[np.float64]]]]
    ) -> None: ...
    def add_missing(self, columns: NDArray[np.uint32], values: NDArray[np.float64]) -> None: ...
    def add_categories(
        self,
        column: int,
        keys: object,
        outcomes: NDArray[np.int32],
        unknown: int | None,
        missing: int | None,
        n_outcomes: int,
        values: NDArray[np.float64] | None,
    ) -> None: ...
    def add_bins(
        self,
        columns: NDArray[np.uint32],
        steps: list[tuple[str, list[NDArray[np.float64]]]],
        edges: NDArray[np.float64],
        starts: NDArray[np.uint32],
        one_hot: bool,
    ) -> None: ...
    def add_polynomial(
        self,
        columns: NDArray[np.uint32],
        steps: list[tuple[str, list[NDArray[np.float64]]]],
        powers: NDArray[np.uint8],
    ) -> None: ...
    def encode(self, columns: TableColumns, out: NDArray[Any], n_threads: int) -> None: ...
    def encode_sparse(
        self, columns: TableColumns, n_threads: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]: ...
    def encode_sparse_double(
        self, columns: TableColumns, n_threads: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]: ...
    def count_unknown(self, columns: TableColumns, n_threads: int) -> list[int]: ...

class TableStack:
    def __init__(self, encoder: TableEncoder, stack: Stack) -> None: ...
    @property
    def n_outputs(self) -> int: ...
    def forward(self, columns: TableColumns, out: NDArray[np.float32], n_threads: int) -> None: ...
    def winners(self, columns: TableColumns, places: NDArray[np.int64], n_threads: int) -> None: ...

def fused_table_stack(
    encoder: TableEncoder,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    activation: str,
    selected: NDArray[np.int32] | None,
    offset: NDArray[np.float64] | None,
    scale: NDArray[np.float32] | None,
    rest: Stack | None,
) -> TableStack: ...

class TableRow:
    def __init__(
        self,
        stack: TableStack,
        names: list[str],
        separator: str,
        missing_marks: list[str],
    ) -> None: ...
    def outputs(self, row: object) -> NDArray[np.float32]: ...
    def winner(self, row: object) -> int: ...

class TextAnalyzer:
    def __init__(
        self,
        unit: TermUnit,
        lowercase: bool,
        strip_accents: StripAccents,
        token_pattern: str,
        stop_words: Texts,
        min_n: int,
        max_n: int,
    ) -> None: ...
    def terms(self, texts: Texts, row: int) -> list[str]: ...
    def prepared(self, texts: Texts, row: int) -> str: ...

class Vocabulary:
    def __init__(self, terms: Texts) -> None: ...
    @staticmethod
    def of_bytes(utf8: NDArray[np.uint8], offsets: NDArray[np.uint32]) -> Vocabulary: ...
    def __len__(self) -> int: ...
    def terms(self) -> list[str]: ...
    def is_ascending(self) -> bool: ...
    def memory(self) -> int: ...

class CountedRows:
    def __init__(self) -> None: ...

class TermCounts:
    def __init__(self) -> None: ...
    def add(
        self, analyzer: TextAnalyzer, texts: Texts, rows: CountedRows | None, n_threads: int
    ) -> None: ...
    def merge(self, other: TermCounts) -> None: ...
    @property
    def n_texts(self) -> int: ...
    def __len__(self) -> int: ...
    def select(
        self, min_texts: int, max_texts: int, max_terms: int, by_texts: bool
    ) -> NDArray[np.uint32]: ...
    def vocabulary(self, ids: NDArray[np.uint32]) -> Vocabulary: ...
    def tallies(self, ids: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
    def weigh_rows(
        self,
        rows: CountedRows,
        ids: NDArray[np.uint32],
        weighting: TermWeighting,
        dtype: str,
        n_threads: int,
    ) -> tuple[NDArray[Any], NDArray[np.int32], NDArray[np.int64]]: ...

def vectorize(
    analyzer: TextAnalyzer,
    vocabulary: Vocabulary,
    texts: Texts,
    weighting: TermWeighting,
    dtype: str,
    n_threads: int,
) -> tuple[NDArray[Any], NDArray[np.int32], NDArray[np.int64]]: ...
def vectorize_hashed(
    analyzer: TextAnalyzer,
    n_columns: int,
    alternate_sign: bool,
    texts: Texts,
    weighting: TermWeighting,
    dtype: str,
    n_threads: int,
) -> tuple[NDArray[Any], NDArray[np.int32], NDArray[np.int64]]: ...

class TextFeatures:
    def __init__(
        self,
        analyzer: TextAnalyzer,
        vocabulary: Vocabulary | None,
        n_columns: int,
        alternate_sign: bool,
        features: NDArray[np.uint32] | None,
        silent: NDArray[np.uint32] | None,
        idf: NDArray[np.float64] | None,
        binary: bool,
        sublinear: bool,
        norm: Norm,
    ) -> None: ...
    def rows(
        self, texts: Texts, log_counts: NDArray[np.float64] | None, n_threads: int
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]: ...

def term_hashes(terms: Vocabulary) -> NDArray[np.uint32]: ...

class TextStack:
    def __init__(
        self,
        features: TextFeatures,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        activation: str,
        selected: NDArray[np.int32] | None,
        offset: NDArray[np.float64] | None,
        scale: NDArray[np.float32] | None,
        rest: Stack | None,
    ) -> None: ...
    @property
    def n_outputs(self) -> int: ...
    def forward(self, texts: Texts, out: NDArray[np.float32], n_threads: int) -> None: ...
    def winners(self, texts: Texts, places: NDArray[np.int64], n_threads: int) -> None: ...

class TextRow:
    def __init__(self, stack: TextStack, convert: Callable[[int, Any], str]) -> None: ...
    def outputs(self, text: str | bytes) -> NDArray[np.float32]: ...
    def winner(self, text: str | bytes) -> int: ...
