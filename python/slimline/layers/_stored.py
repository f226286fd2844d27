"""How a layer kind comes from its state in a file and returns to it: the same for every kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from slimline import _core
from slimline.layers._costs import Plan
from slimline.layers._protocol import WeightType
from slimline.layers._state import (
    SYMMETRIC,
    WEIGHT_SCALE,
    Parameter,
    StoredTensor,
    freeze,
    take,
    take_params,
)

ACTIVATION = Parameter(
    "activation", tuple(_core.activation_names()), "the function applied to each output"
)
BIAS = StoredTensor("bias", (np.float32,), ("n_out",), "what is added to each output")
SCALE = StoredTensor("scale", (np.float32,), ("n_out",), "the factor of each output", WEIGHT_SCALE)
WEIGHT_INT8 = StoredTensor(
    "weight_int8", (np.int8,), ("n_out", "n_in"), "the weights as integers", SYMMETRIC
)


class StoredLayer:
    """What every layer kind is, given what it declares of its tensors and parameters.

    A parameter with a single choice is not an argument of the kind: files hold it, so that further
    choices can come.
    """

    __slots__ = ()

    kind: ClassVar[str]
    weight_type: ClassVar[WeightType]
    stored: ClassVar[tuple[StoredTensor, ...]]
    parameters: ClassVar[tuple[Parameter, ...]]

    def _check_stored(self) -> None:
        """Check that tensors and parameters are as declared, and make the tensors read-only."""
        freeze(self, self.stored)
        for parameter in self.parameters:
            parameter.check(getattr(self, parameter.name))

    @property
    def plan(self) -> Plan:
        """The form that the core computes the layer in, and its expected speed."""
        return Plan("dense", 1.0, 1.0)

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a file stores as arrays, by name."""
        return {tensor.name: getattr(self, tensor.name) for tensor in self.stored}

    def params(self) -> dict[str, str]:
        """Return what a file stores as JSON."""
        return {parameter.name: getattr(self, parameter.name) for parameter in self.parameters}

    @classmethod
    def from_state(cls, tensors: Mapping[str, NDArray[Any]], params: Mapping[str, Any]) -> Self:
        """Rebuild a layer from its tensors and parameters."""
        arguments: dict[str, Any] = take(tensors, *(tensor.name for tensor in cls.stored))
        values = take_params(params, *(parameter.name for parameter in cls.parameters))
        for parameter in cls.parameters:
            if len(parameter.choices) == 1:
                parameter.check(values[parameter.name])
            else:
                arguments[parameter.name] = values[parameter.name]
        return cls(**arguments)
