"""Seeing what pruning did: a table of the layers, and pictures of what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from slimline._text import table
from slimline.layers import layer_nbytes
from slimline.model import Model

_HEADER = ("layer", "kind", "shape", "weights kept", "zeros", "bytes", "dense", "computed as")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSparsity:
    """One layer of a :class:`SparsityReport`.

    Attributes
    ----------
    kind : str
    n_in, n_out, n_kept : int
    zeros : float
        Share of the weights that are zero.
    nbytes, dense_nbytes : int
        Bytes as stored, and bytes of the same layer in dense float32.
    computed : str
        The form in which it is computed, with the expected speedup over the dense form.
    """

    kind: str
    n_in: int
    n_out: int
    n_kept: int
    zeros: float
    nbytes: int
    dense_nbytes: int
    computed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SparsityReport:
    """The remaining weights of a model: ``print`` it, or read its attributes.

    Attributes
    ----------
    layers : tuple of LayerSparsity
    n_features, n_inputs : int
        Number of features that the model takes, and of those that it uses.
    """

    layers: tuple[LayerSparsity, ...]
    n_features: int
    n_inputs: int

    def __str__(self) -> str:
        """Return the table."""
        rows: list[tuple[object, ...]] = [
            (
                i,
                layer.kind,
                f"{layer.n_in} -> {layer.n_out}",
                layer.n_kept,
                f"{layer.zeros:.1%}",
                layer.nbytes,
                layer.dense_nbytes,
                layer.computed,
            )
            for i, layer in enumerate(self.layers)
        ]
        return f"reads {self.n_inputs} of {self.n_features} features\n{table(rows, _HEADER)}"


def sparsity_report(model: Model) -> SparsityReport:
    """Return for each layer the remaining weights, its size, its form and the expected speedup.

    Parameters
    ----------
    model : Model

    Returns
    -------
    SparsityReport

    Examples
    --------
    >>> import slimline as sl
    >>> model = sl.convert(sl.LinearSVR().fit([[0.0, 1.0], [1.0, 1.0]], [0.0, 2.0]))
    >>> sl.sparsity_report(model).layers[0].n_kept
    1
    """
    return SparsityReport(
        layers=tuple(
            LayerSparsity(
                kind=layer.kind,
                n_in=layer.n_in,
                n_out=layer.n_out,
                n_kept=layer.n_nonzero,
                zeros=1 - layer.n_nonzero / max(1, layer.n_in * layer.n_out),
                nbytes=layer_nbytes(layer),
                dense_nbytes=4 * (layer.n_in + 1) * layer.n_out,
                computed=layer.plan.text(layer.n_nonzero, layer.n_in * layer.n_out),
            )
            for layer in model.layers
        ),
        n_features=model.input.n_features,
        n_inputs=model.input.n_inputs,
    )


def plot_sparsity(model: Model, *, image_shape: tuple[int, int] | None = None) -> Any:
    """Draw the share of nonzero weights in each layer, and which input features are used.

    Parameters
    ----------
    model : Model
    image_shape : tuple of int, default=None
        (height, width) of inputs that are images. If given, the number of outputs of the first
        layer that use each pixel is drawn too.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ImportError
        If matplotlib is missing: ``pip install matplotlib``.
    ValueError
        If the number of pixels is not the number of features of the model.

    Examples
    --------
    >>> import numpy as np
    >>> import slimline as sl
    >>> X = np.random.default_rng(0).normal(size=(100, 6))
    >>> model = sl.convert(sl.SGDClassifier(random_state=0).fit(X, X[:, 0] > 0))
    >>> figure = sl.plot_sparsity(sl.prune(model, sparsity=0.5), image_shape=(2, 3))
    >>> len(figure.axes)
    3
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - heavy, and optional
    except ModuleNotFoundError as error:
        msg = "plot_sparsity needs matplotlib: pip install matplotlib"
        raise ImportError(msg, name=error.name) from error
    if image_shape is not None and np.prod(image_shape) != model.input.n_features:
        msg = f"image_shape must hold {model.input.n_features} pixels, got {image_shape}"
        raise ValueError(msg)
    n_panels = 1 if image_shape is None else 2
    figure = Figure(figsize=(4.5 * n_panels, 3.5), layout="constrained")
    axes = figure.subplots(1, n_panels, squeeze=False)[0]
    _draw_layers(axes[0], model)
    if image_shape is not None:
        _draw_features(figure, axes[1], model, image_shape)
    return figure


def _draw_layers(axes: Any, model: Model) -> None:
    layers = sparsity_report(model).layers
    names = [f"layer {i}\n{layer.n_in} \u2192 {layer.n_out}" for i, layer in enumerate(layers)]
    bars = axes.bar(names, [100 * (1 - layer.zeros) for layer in layers], color="tab:blue")
    axes.bar_label(bars, [f"{layer.n_kept:,} weights" for layer in layers])
    axes.set(ylabel="weights kept, %", ylim=(0, 110), title="Weights kept")


def _draw_features(figure: Any, axes: Any, model: Model, image_shape: tuple[int, int]) -> None:
    users = np.full(model.input.n_features, np.nan)
    used = (model.layers[0].weight != 0).sum(axis=0)
    users[slice(None) if model.input.selected is None else model.input.selected] = used
    image = axes.imshow(np.where(users > 0, users, np.nan).reshape(image_shape), cmap="viridis")
    axes.set(title="Outputs that use each pixel", xticks=[], yticks=[], facecolor="lightgrey")
    bar = figure.colorbar(image, ax=axes)
    bar.ax.yaxis.get_major_locator().set_params(integer=True)
