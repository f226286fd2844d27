"""The Model: an immutable stack of layers with everything that prediction needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline._checks import Csr, Rows, RowType, as_features, check_choice, check_finite
from slimline._version import version
from slimline.history import Step, Value, fingerprint
from slimline.inputs import InputStage
from slimline.inputs.feature_rows import holds_features
from slimline.layers import Layer, layer_nbytes
from slimline.model.consistency import check_layers, check_reference, checked_classes
from slimline.model.links import LINKS, Link
from slimline.model.predictor import Predictor
from slimline.model.reference import Reference
from slimline.model.referencing import make_reference
from slimline.model.spec import ModelSpec
from slimline.model.state import State, parts_of, state_of
from slimline.model.summaries import summarize
from slimline.model.table_predictor import TablePredictor
from slimline.model.tables import TableStack, table_stack
from slimline.model.texts import TextPredictor, TextStack, text_stack
from slimline.persistence import digest


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """An immutable stack of layers, converted from an estimator, with all that a file holds.

    Make one with :func:`slimline.convert` or :func:`slimline.load`; every compression step returns
    a new one.

    Parameters
    ----------
    input : InputStage
        Number and names of the features, standardisation.
    layers : tuple of layers
        The outputs of each layer are the inputs of the next.
    link : str
        How outputs become predictions, a key of ``slimline.model.links.LINKS``.
    classes : ndarray of shape (n_classes,) or None
        Class labels in the order of the outputs; None for regression.
    history : tuple of Step
        The provenance of the model, oldest step first.
    spec : ModelSpec or None
        The specification that it must meet.
    reference : Reference or None
        Aggregates of the data when the model was made, for monitors.

    Examples
    --------
    >>> import slimline as sl
    >>> X, y = [[0.0, 1.0], [1.0, 0.0], [2.0, 0.0]], ["low", "high", "high"]
    >>> model = sl.convert(sl.LinearSVC().fit(X, y))
    >>> model.predict([[0.0, 1.0], [2.0, 0.0]]).tolist()
    ['low', 'high']
    >>> model.task, model.n_parameters
    ('classification', 3)
    """

    input: InputStage
    layers: tuple[Layer, ...]
    link: str
    classes: NDArray[Any] | None
    history: tuple[Step, ...] = ()
    spec: ModelSpec | None = None
    reference: Reference | None = None

    def __repr__(self) -> str:
        """Return one line: arrays and history have their own."""
        made = f"{len(self.classes)} classes" if self.classes is not None else self.task
        layers = ", ".join(f"{layer.kind} {layer.n_in}x{layer.n_out}" for layer in self.layers)
        encoder = self.input.encoder
        read = "" if encoder is None else f"{len(encoder.columns)} columns, "
        features = f"{read}{self.input.n_features} features"
        return f"<Model: {features}, {layers}, {made}, {self.nbytes:,} bytes>"

    def __post_init__(self) -> None:
        """Check that input, layers, link and classes fit together."""
        check_choice("link", self.link, LINKS)
        check_layers(self.input, self.layers)
        width = self.layers[-1].n_out
        object.__setattr__(self, "classes", checked_classes(self.classes, self.link, width))
        if self.spec is not None:
            labels = None if self.classes is None else self.classes.tolist()
            self.spec.check_model(self.task, self.input, labels)
        if self.reference is not None:
            check_reference(self.reference, self.input, self.classes, width)

    @property
    def task(self) -> str:
        """Either "classification" or "regression"."""
        return self._link.task

    @property
    def defines_probabilities(self) -> bool:
        """Whether :meth:`predict_proba` works: the loss it was trained with decides."""
        return self._link.probabilities is not None

    @property
    def n_parameters(self) -> int:
        """Logical weights and biases, zeros included."""
        return sum(layer.n_in * layer.n_out + layer.n_out for layer in self.layers)

    @property
    def n_nonzero(self) -> int:
        """Weights that are not zero, biases left out."""
        return sum(layer.n_nonzero for layer in self.layers)

    @property
    def nbytes(self) -> int:
        """Bytes of the stored tensors; the file adds its header."""
        own = sum(tensor.nbytes for tensor in self.input.tensors().values())
        return own + sum(map(layer_nbytes, self.layers))

    @cached_property
    def sha256(self) -> str:
        """The hash that a file of this model carries, and its children name as their parent."""
        return digest(*self._state())

    @property
    def _link(self) -> Link:
        return LINKS[self.link]

    @cached_property
    def _stack(self) -> _core.Stack:
        stack = self.input.stack()
        for layer in self.layers:
            layer.add_to(stack)
        return stack

    @cached_property
    def _table(self) -> TextStack | TableStack | None:
        texts = text_stack(self.input, self.layers)
        if texts is not None:
            return texts
        return table_stack(self.input, self.layers, lambda: self._stack)

    @property
    def _n_classes(self) -> int:
        return 0 if self.classes is None else len(self.classes)

    def columns(self, X: Any) -> Any:
        """Return the features of rows: what the other methods of this Model take as well.

        Rows of a table (see ``model.input.columns``) are encoded, as an array or, where few
        features are not zero, as a sparse matrix. Otherwise the columns of a data frame become an
        array, or CSR if they are sparse, and anything else is returned as it is.

        Raises
        ------
        ValueError
            If the columns are not the model's features in the model's order, or a cell of a table
            has no features.
        TypeError
            If a column does not convert to its dtype in the model's spec, or a cell is of another
            kind than its column.
        ImportError
            If X is a data frame and narwhals is missing.
        """
        return self.input.features(X, None if self.spec is None else self.spec.features)

    @cached_property
    def _row_type(self) -> RowType:
        return self.input.row_type

    def _features(self, X: Any) -> Rows | Csr:
        X = self.columns(X) if self.input.encoder is None else self.input.encoded(X)
        if isinstance(X, Csr):
            check_finite("X", X.data)
            return X
        return as_features(X, self.input.n_features, self._row_type, finite=False)

    def outputs(self, X: Any, *, n_threads: int = 1) -> NDArray[np.float32]:
        """Return the outputs of the last layer.

        Parameters
        ----------
        X : array-like, data frame or scipy sparse matrix of shape (n_samples, n_features)
            For a model of a table: a data frame or a list of dicts with its columns by name, or an
            array or a list of rows in the order of ``model.input.columns``. Otherwise converted
            to float32, or to float64 where the model standardises in float64
            (``model.input.is_exact``). The columns of a pandas, polars or pyarrow frame must be the
            features of the model, by name and order.
        n_threads : int, default=1
            The result does not depend on it.

        Returns
        -------
        ndarray of float32, shape (n_samples, n_outputs)

        Raises
        ------
        ValueError
            If X has another number of columns, holds NaN or infinity, or is so large that the
            outputs overflow float32.
        TypeError
            If X does not hold real numbers.
        """
        if self._table is not None and not holds_features(X):
            return self._table.outputs(X, n_threads)
        return self._outputs(self._features(X), n_threads)

    def _outputs(self, features: Rows | Csr, n_threads: int) -> NDArray[np.float32]:
        if isinstance(features, Csr):
            out = np.empty((features.shape[0], self.layers[-1].n_out), dtype=np.float32)
            data, indices, indptr, _ = features
            self._stack.forward_csr(data, indices, indptr, self.input.n_features, out, n_threads)
        else:
            out = np.empty((len(features), self.layers[-1].n_out), dtype=np.float32)
            self._stack.forward(features, out, n_threads)
        return out

    def decision_function(self, X: Any) -> NDArray[np.floating[Any]]:
        """Confidence scores: (n_samples,) for two classes or one target, else (n_samples, k).

        See :meth:`outputs` for X and the errors.
        """
        return self._link.decision(self.outputs(X), self._n_classes)

    def predict(self, X: Any) -> NDArray[Any]:
        """Class labels of shape (n_samples,), or the values of a regression.

        See :meth:`outputs` for X and the errors.
        """
        if self._link.winners is None or self.classes is None:
            return self._link.decision(self.outputs(X), 0)
        if self._table is not None and self._link.takes_largest and not holds_features(X):
            return self.classes[self._table.winners(X)]
        features = self._features(X)
        if not self._link.takes_largest or isinstance(features, Csr):
            return self.classes[self._link.winners(self._outputs(features, 1), self._n_classes)]
        places = np.empty(len(features), dtype=np.int64)
        self._stack.winners(features, places, 1)
        return self.classes[places]

    def bind(self) -> Predictor | TablePredictor | TextPredictor:
        """Return a predictor for one row or a few, which keeps its memory between calls.

        That of a model of a table takes a dict, a sequence or a line of CSV at a time, that of a
        model of texts a text.

        Examples
        --------
        >>> import numpy as np
        >>> import slimline as sl
        >>> model = sl.convert(sl.LinearSVC().fit([[0.0], [1.0]], ["low", "high"]))
        >>> predictor = model.bind()
        >>> predictor.predict(np.array([1.0], dtype=np.float32))
        'high'
        """
        encoder = self.input.encoder
        if encoder is None:
            return Predictor(self._stack, self._link, self.classes)
        if isinstance(self._table, TextStack):
            return TextPredictor(self._table, self._link, self.classes)
        return TablePredictor(encoder, self._table, self._link, self.classes, self.outputs)

    def predict_proba(self, X: Any) -> NDArray[np.floating[Any]]:
        """Class probabilities of shape (n_samples, n_classes).

        See :meth:`outputs` for X and its errors.

        Raises
        ------
        AttributeError
            If the model defines no probabilities (hinge loss, regression).
        """
        if self._link.probabilities is None:
            msg = (
                f"a model with link {self.link!r} has no probabilities; train with loss='log_loss'"
            )
            raise AttributeError(msg)
        return self._link.probabilities(self.outputs(X), self._n_classes)

    def summary(self) -> str:
        """Return a table of the layers: kind, shape, kept weights, bytes, expected speed-up."""
        return summarize(self)

    def derive(  # noqa: PLR0913 - few are needed at a time
        self,
        layers: Sequence[Layer],
        action: str,
        parameters: Mapping[str, Value],
        *,
        stage: InputStage | None = None,
        measured: Mapping[str, Value] | None = None,
        tighten: bool = False,
    ) -> Model:
        """Return a new Model with other layers whose history names this one as its parent.

        ``stage`` replaces the input stage, ``measured`` adds to what the step records. ``tighten``:
        see :meth:`tightened`.
        """
        child = replace(self, input=stage or self.input, layers=tuple(layers), history=())
        child = child.tightened() if tighten else child
        return child.with_step(action, parameters, parent=self, measured=measured)

    def tightened(self) -> Model:
        """Return this Model with an encoder that gives only the features that it reads.

        Keys, columns and blocks that only other features need are left out. The history stays: a
        step that leaves features out ends with this.
        """
        tight = self.input.tightened()
        if tight is None:
            return self
        stage, features = tight
        reference = None if self.reference is None else self.reference.of_features(features)
        return replace(self, input=stage, reference=reference)

    def on_features(self) -> Model:
        """Return the Model of the features alone: it takes what :meth:`columns` returns.

        For forms of a Model that know no tables, such as ONNX and C.
        """
        if self.input.encoder is None:
            return self
        stage = replace(self.input, encoder=None, feature_names=self.input.names)
        spec = None if self.spec is None else replace(self.spec, features=None)
        child = replace(self, input=stage, spec=spec, history=())
        return child.with_step("on features", {}, parent=self)

    def unseen(self, X: Any) -> dict[str, int]:
        """Return how many categories of rows the Model does not know, by column.

        Categories that pruning has left out, whose features have no weights, are among them.

        Parameters
        ----------
        X : rows of a table, as :meth:`outputs` takes them

        Returns
        -------
        dict of str to int
            An entry for each column of categories, called x0, x1, ... by number if it has no name.

        Raises
        ------
        TypeError
            If the model's input is not a table.
        """
        return self.input.unseen(X)

    def with_step(
        self,
        action: str,
        parameters: Mapping[str, Value],
        *,
        parent: Model | None,
        measured: Mapping[str, Value] | None = None,
        library: str = version,
    ) -> Model:
        """Return this Model with one more step, measured, after those of ``parent``."""
        step = Step(
            action=action,
            parameters=parameters,
            measured={"nbytes": self.nbytes, "n_nonzero": self.n_nonzero, **(measured or {})},
            parent=None if parent is None else parent.sha256,
            library=library,
        )
        before = () if parent is None else parent.history
        return replace(self, history=(*before, step))

    def with_spec(self, spec: ModelSpec) -> Model:
        """Return this Model with ``spec``, and with its feature names if it has none itself.

        Parameters
        ----------
        spec : ModelSpec

        Returns
        -------
        Model

        Raises
        ------
        ValueError
            If task, features or classes differ from those of the model.
        """
        stage = self.input
        if spec.features is not None:
            spec.check_model(self.task, stage, spec.classes)
            stage = stage.with_names(tuple(spec.features))
        parameters = {"owner": spec.owner, "approver": spec.approver}
        meant = replace(self, input=stage, spec=spec)
        return meant.with_step("specified", parameters, parent=self)

    def with_reference(self, X: Any, y: Any = None) -> Model:
        """Return this Model with aggregates of typical rows, for a monitor.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            Rows like those that the model will predict. If y is given, rows that the model was not
            trained on.
        y : array-like of shape (n_samples,) or (n_samples, n_targets), optional
            Labels or values. With them a monitor also watches the losses.

        Returns
        -------
        Model
            Its history records the fingerprint of the rows. :mod:`slimline.model.reference` says
            which aggregates are kept.

        Raises
        ------
        ValueError, TypeError
            If X and y are empty or do not fit this model.
        """
        X = self.columns(X)
        known = replace(self, reference=make_reference(self, X, y))
        return known.with_step("referenced", {"data": fingerprint(X, y)}, parent=self)

    def with_report(self, report: Any) -> Model:
        """Return this Model with the metrics of a :class:`slimline.Report` in its history."""
        step = self.with_step("evaluated", {"data": report.data}, parent=self).history[-1]
        step = replace(step, measured={**step.measured, **report.metrics})
        return replace(self, history=(*self.history, step))

    def redact(self, *, classes: bool = False) -> Model:
        """Return this Model without names and training metadata: only what prediction needs.

        Names of features and columns (rows of a table then come by position), spec,
        reference and history are removed, and with ``classes=True`` the labels
        too. One step of the history remains, which names the full model by its hash alone.

        Parameters
        ----------
        classes : bool, default=False
            Whether to replace the class labels by 0, 1, ...

        Returns
        -------
        Model
        """
        labels = self.classes
        if classes and labels is not None:
            labels = np.arange(len(labels))
        bare = replace(
            self,
            input=self.input.without_names(),
            classes=labels,
            history=(),
            spec=None,
            reference=None,
        )
        step = bare.with_step("redacted", {}, parent=self).history[-1]
        return replace(bare, history=(step,))

    def _state(self) -> State:
        return state_of(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as what a file would hold."""
        return Model._from_state, self._state()

    @classmethod
    def _from_state(cls, tensors: Mapping[str, NDArray[Any]], content: Mapping[str, Any]) -> Self:
        return cls(**parts_of(tensors, content))


def check_takes_features(model: Model, form: str) -> None:
    """Raise TypeError for a model of a table, which a form such as ONNX has no words for."""
    if model.input.encoder is not None:
        msg = (
            f"model must take features to become {form}, but its input is a table: give"
            " model.on_features(), which takes what model.columns(X) returns"
        )
        raise TypeError(msg)


def check_model(name: str, value: Any) -> None:
    """Raise TypeError unless ``value`` is a Model."""
    if not isinstance(value, Model):
        msg = f"{name} must be a slimline Model, got {type(value).__name__}; see slimline.convert"
        raise TypeError(msg)
