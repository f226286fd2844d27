"""Reports and pictures of what pruning left."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import slimline as sl
from slimline.compression.pruning import reporting
from slimline.layers import _costs


def test_the_report_says_what_is_kept(digits_model: sl.Model) -> None:
    pruned = sl.prune(digits_model, sparsity=0.9)
    report = sl.sparsity_report(pruned)
    (layer,) = report.layers
    assert (layer.n_in, layer.n_out, layer.n_kept, layer.zeros) == (64, 10, 64, 0.9)
    assert layer.dense_nbytes == 2600 > 5 * layer.nbytes
    assert (report.n_features, report.n_inputs) == (64, 64)
    assert "90.0%" in str(report)
    assert "reads 30 of 64 features" in str(
        sl.sparsity_report(sl.prune(digits_model, n_features=30, granularity="feature"))
    )


def test_zeros_that_gain_nothing_are_said(
    digits_model: sl.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On the baseline even these zeros are worth skipping.
    monkeypatch.setattr(_costs._core, "active_isa", lambda: "avx2")  # noqa: SLF001
    half = sl.prune(digits_model, sparsity=0.55)
    assert sl.sparsity_report(half).layers[0].computed == "kept dense: 55 % zeros"
    assert "kept dense: 55 % zeros" in half.summary()


def test_pixels_that_are_read_are_drawn(digits_model: sl.Model) -> None:
    thin = sl.prune(digits_model, n_features=30, granularity="feature")
    figure = sl.plot_sparsity(thin, image_shape=(8, 8))
    layers, pixels = figure.axes[:2]
    assert [bar.get_height() for bar in layers.patches] == pytest.approx([100 * layers_kept(thin)])
    drawn = pixels.images[0].get_array()
    assert drawn.shape == (8, 8)
    assert set(np.flatnonzero(~np.isnan(np.ma.filled(drawn, np.nan)).ravel())) <= set(
        thin.input.selected
    )
    assert len(sl.plot_sparsity(thin).axes) == 1
    with pytest.raises(ValueError, match="64 pixels, got"):
        sl.plot_sparsity(thin, image_shape=(7, 8))


def layers_kept(model: sl.Model) -> Any:
    return 1 - reporting.sparsity_report(model).layers[0].zeros


def test_without_matplotlib_the_extra_is_named(
    digits_model: sl.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        sl.plot_sparsity(digits_model)
