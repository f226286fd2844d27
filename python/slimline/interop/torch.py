"""Between Models and torch.nn.Sequential; torch is imported when a function is called."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slimline._checks import check_finite
from slimline.inputs import InputStage
from slimline.interop._activations import ACTIVATIONS
from slimline.layers import DenseLayer
from slimline.model import Model, check_takes_features

_ACTIVATIONS = {forms.torch: name for name, forms in ACTIVATIONS.items() if name != "identity"}
_NOTHING = {"Dropout", "Flatten", "Identity"}
_TOLERANCE = 1e-5
_PROBE_ROWS = 64


class _Builder:
    """Layers so far, in float64, and the affine map that waits for the next Linear."""

    def __init__(self) -> None:
        self.weights: list[NDArray[np.float64]] = []
        self.biases: list[NDArray[np.float64]] = []
        self.activations: list[str | None] = []
        self.waiting: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def linear(self, module: Any) -> None:
        weight = _array(module.weight)
        bias = np.zeros(len(weight)) if module.bias is None else _array(module.bias)
        if self.waiting is not None:
            scale, shift = self.waiting
            weight, bias = weight * scale, bias + weight @ shift
            self.waiting = None
        if self.activations and self.activations[-1] is None:
            self.activations[-1] = "identity"
        self.weights.append(weight)
        self.biases.append(bias)
        self.activations.append(None)

    def batch_norm(self, module: Any) -> None:
        """Fold its running statistics into the layer before it, or keep them for the next."""
        scale = 1 / np.sqrt(_array(module.running_var) + module.eps)
        shift = -_array(module.running_mean) * scale
        if module.affine:
            gain = _array(module.weight)
            scale, shift = scale * gain, shift * gain + _array(module.bias)
        if self.activations and self.activations[-1] is None and self.waiting is None:
            self.weights[-1] = self.weights[-1] * scale[:, None]
            self.biases[-1] = self.biases[-1] * scale + shift
        elif self.waiting is None:
            self.waiting = scale, shift
        else:
            before, offset = self.waiting
            self.waiting = before * scale, offset * scale + shift

    def activation(self, name: str) -> None:
        if not self.activations or self.activations[-1] is not None or self.waiting is not None:
            msg = f"cannot convert a {name} that does not follow a Linear"
            raise ValueError(msg)
        self.activations[-1] = name

    def layers(self) -> tuple[DenseLayer, ...]:
        if self.waiting is not None or not self.weights:
            msg = "the Sequential must end in a Linear, but for an activation or Softmax"
            raise ValueError(msg)
        return tuple(
            DenseLayer(
                weight=weight.astype(np.float32),
                bias=bias.astype(np.float32),
                activation=activation or "identity",
            )
            for weight, bias, activation in zip(
                self.weights, self.biases, self.activations, strict=True
            )
        )


def _array(tensor: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = tensor.detach().cpu().numpy().astype(np.float64)
    check_finite("the module's parameters", values)
    return values


def is_torch_module(value: Any) -> bool:
    """Whether value is a torch.nn.Module, found out without importing torch."""
    return any(base.__module__.partition(".")[0] == "torch" for base in type(value).__mro__)


def from_torch(module: Any, classes: ArrayLike | None) -> Model:
    """Turn a Sequential into a Model; see :func:`slimline.convert`."""
    if type(module).__name__ != "Sequential":
        msg = f"cannot convert a torch {type(module).__name__}, only a Sequential"
        raise TypeError(msg)
    parts = list(_flat(module))
    builder, ending = _Builder(), ""
    for i, part in enumerate(parts):
        name = type(part).__name__
        if name == "Linear":
            builder.linear(part)
        elif name == "BatchNorm1d" and part.running_mean is not None:
            builder.batch_norm(part)
        elif name == "GELU" and part.approximate != "none":
            msg = f"cannot convert GELU(approximate={part.approximate!r}): only 'none' is offered"
            raise ValueError(msg)
        elif name in {"Softmax", "LogSoftmax", "Sigmoid"} and i == len(parts) - 1:
            ending = name
        elif name in _ACTIVATIONS:
            builder.activation(_ACTIVATIONS[name])
        elif name not in _NOTHING:
            known = ", ".join(["Linear", "BatchNorm1d", *_ACTIVATIONS, *sorted(_NOTHING)])
            msg = f"cannot convert a {name}; a Sequential may hold {known}, and end in a Softmax"
            raise TypeError(msg)
    model = _model(builder.layers(), ending, None if classes is None else np.asarray(classes))
    _check_agreement(module, model, ending)
    return model


def _flat(module: Any) -> Sequence[Any]:
    parts: list[Any] = []
    for part in module.children():
        parts.extend(_flat(part) if type(part).__name__ == "Sequential" else [part])
    return parts


def _model(layers: Sequence[DenseLayer], ending: str, classes: NDArray[Any] | None) -> Model:
    n_out = layers[-1].n_out
    if classes is None and ending:
        classes = np.arange(n_out if n_out > 1 else 2)
    link = "identity"
    if classes is not None:
        link = "logistic" if n_out == 1 or ending == "Sigmoid" else "softmax"
    stage = InputStage(n_features=layers[0].n_in)
    return Model(input=stage, layers=tuple(layers), link=link, classes=classes)


def _check_agreement(module: Any, model: Model, ending: str) -> None:
    """Compare outputs on random rows: a conversion that went wrong must not pass unnoticed."""
    torch = import_module("torch")
    rows = np.random.default_rng(0).standard_normal((_PROBE_ROWS, model.input.n_features))
    rows = rows.astype(np.float32)
    training = module.training
    parameter = next(module.parameters())
    with torch.no_grad():
        inputs = torch.from_numpy(rows).to(parameter)
        expected = module.eval()(inputs).cpu().numpy().astype(np.float64)
    module.train(training)
    got = model.outputs(rows).astype(np.float64)
    if ending == "Sigmoid":
        got = 1 / (1 + np.exp(-got))
    elif ending:
        exponential = np.exp(got - got.max(axis=1, keepdims=True))
        got = exponential / exponential.sum(axis=1, keepdims=True)
        got = np.log(got) if ending == "LogSoftmax" else got
    difference = np.abs(got - expected).max() / max(1.0, np.abs(expected).max())
    if not difference <= _TOLERANCE:
        msg = f"the converted model's outputs differ from the module's by {difference:.2g}"
        raise ValueError(msg)


def to_torch(model: Model, *, probabilities: bool = False) -> Any:
    """Return a torch.nn.Sequential that computes the Model's outputs before its link.

    It consists of linear layers and activations in float32, or in float64 if the model standardises
    in float64 (``model.input.is_exact``). Int8 weights are dequantized. Pruned weights, and those
    of features that the model does not use, are zeros. The standardisation of the input is folded
    into the first layer.

    Parameters
    ----------
    model : Model
    probabilities : bool, default=False
        Append a Softmax, or a Sigmoid for two classes with one output.

    Returns
    -------
    torch.nn.Sequential

    Raises
    ------
    ImportError
        If torch is not installed: ``pip install torch``.
    ValueError
        If ``probabilities`` is True and the link of the model has no such module.

    Examples
    --------
    >>> import slimline as sl
    >>> from sklearn.datasets import load_iris
    >>> model = sl.convert(sl.LinearSVC().fit(*load_iris(return_X_y=True)))
    >>> sl.to_torch(model)  # doctest: +SKIP
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
    )
    """
    try:
        torch = import_module("torch")
    except ModuleNotFoundError as error:
        msg = "slimline.to_torch needs torch: pip install torch"
        raise ImportError(msg, name="torch") from error
    check_takes_features(model, "a torch module")
    ending = _ending(model, torch) if probabilities else []
    parts = []
    for i, layer in enumerate(model.layers):
        weight, bias = layer.weight.astype(np.float64), layer.bias.astype(np.float64)
        if i == 0:
            weight, bias = _on_features(model.input, weight, bias)
        # Folded into the weights, large offsets cancel: in float32 not well enough.
        dtype = torch.float64 if model.input.is_exact else torch.float32
        linear = torch.nn.Linear(weight.shape[1], layer.n_out, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            linear.bias.copy_(torch.from_numpy(bias))
        parts.append(linear)
        if layer.activation != "identity":
            parts.append(getattr(torch.nn, ACTIVATIONS[layer.activation].torch)())
    return torch.nn.Sequential(*parts, *ending)


def _on_features(
    stage: InputStage, weight: NDArray[np.float64], bias: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a first layer would be on the features as they come."""
    if stage.offset is not None and stage.scale is not None:
        weight = weight * stage.scale
        bias = bias - weight @ stage.offset
    if stage.selected is None:
        return weight, bias
    wide = np.zeros((len(weight), stage.n_features))
    wide[:, stage.selected] = weight
    return wide, bias


def _ending(model: Model, torch: Any) -> list[Any]:
    if model.link == "softmax":
        return [torch.nn.Softmax(dim=1)]
    if model.link == "logistic" and model.layers[-1].n_out == 1:
        return [torch.nn.Sigmoid()]
    msg = (
        "probabilities=True needs a link 'softmax', or 'logistic' with one output,"
        f" got {model.link!r} with {model.layers[-1].n_out}"
    )
    raise ValueError(msg)
