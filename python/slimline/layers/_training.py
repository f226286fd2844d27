"""How fine-tuning trains layers that multiply in float32."""

from __future__ import annotations

from typing import Any, ClassVar

from slimline import _core
from slimline.layers._protocol import Activations, Layer, Training, Units


class FloatProducts:
    """What such layers share; each has ``refitted(weight, bias, inputs)``, for other weights."""

    __slots__ = ()

    activations: ClassVar[Activations] = "float32"

    def training(self: Any, *, first: bool) -> Training:  # noqa: ARG002 - as the protocol has it
        """Return what the trainer of networks begins with."""
        return Training(self.weight, self.bias)

    def trained(self: Any, network: _core.Network, i: int, units: Units, inputs: Any) -> Layer:
        """Return a layer of what layer ``i`` of a network in training has learned."""
        weight, bias = network.layer(i)
        layer: Layer = self.refitted(weight * units.weight, bias * units.output, inputs)
        return layer
