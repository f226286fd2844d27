from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

def active_isa() -> str: ...
def available_isas() -> list[str]: ...
def available_threads() -> int: ...
def compiler() -> str: ...

class Interrupted(KeyboardInterrupt): ...

class SvmLoss(Enum):
    hinge = ...
    squared_hinge = ...
    epsilon_insensitive = ...
    squared_epsilon_insensitive = ...

class SvmScheme(Enum):
    ovr = ...
    ovo = ...

class SvmOptions:
    loss: SvmLoss
    epsilon: float
    fit_intercept: bool
    tol: float
    max_iter: int
    n_threads: int
    def __init__(self) -> None: ...

class SvmSolution:
    @property
    def w(self) -> NDArray[np.float64]: ...
    @property
    def b(self) -> float: ...
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

def svm_classify(
    X: NDArray[Any],
    labels: NDArray[np.int64],
    cost: NDArray[np.float64],
    class_weight: NDArray[np.float64],
    scheme: SvmScheme,
    options: SvmOptions,
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
) -> list[SvmSolution]: ...
def svm_regress(
    X: NDArray[Any],
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    options: SvmOptions,
) -> SvmSolution: ...
def svm_regress_csr(
    data: NDArray[Any],
    indices: NDArray[Any],
    indptr: NDArray[Any],
    n_columns: int,
    y: NDArray[np.float64],
    cost: NDArray[np.float64],
    options: SvmOptions,
) -> SvmSolution: ...
