"""A growing ONNX graph of one opset: nodes get names by number, constants become initializers.

Where operators have changed since the oldest opset, the graph writes them as its own has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Opsets: the oldest with Round and MatMulInteger in all that is written; since when operators take
# their axes as an input; since when there is Gelu, and GreaterOrEqual.
OLDEST_OPSET = 11
_AXES_ARE_INPUTS = {"ReduceSum": 13, "Squeeze": 13, "ReduceMin": 18, "ReduceMax": 18}
_GELU = 20
_GREATER_OR_EQUAL = 12
# The first IR whose initializers are no inputs.
_OLDEST_IR = 4


class Graph:
    """Collects nodes; the one input is ``X``."""

    def __init__(self, opset: int, ir_version: int | None) -> None:
        try:
            import onnx  # noqa: PLC0415 - the extra may be missing
            from onnx import helper, numpy_helper  # noqa: PLC0415 - the same
        except ModuleNotFoundError as error:
            msg = "to_onnx needs onnx: pip install onnx"
            raise ImportError(msg, name=error.name) from error
        self.types: Any = onnx.TensorProto
        self._onnx, self._helper, self._numpy = onnx, helper, numpy_helper
        _check_version("target_opset", opset, OLDEST_OPSET, onnx.defs.onnx_opset_version())
        self._opset = opset
        self._ir_version = helper.find_min_ir_version_for([helper.make_opsetid("", opset)])
        if ir_version is not None:
            _check_version("ir_version", ir_version, _OLDEST_IR, onnx.IR_VERSION)
            self._ir_version = ir_version
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._outputs: list[Any] = []

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        """Add an initializer; return its name."""
        name = f"c{len(self._constants)}"
        self._constants.append(self._numpy.from_array(np.asarray(value), name))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; return the output's name."""
        name = f"t{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def along_columns(self, operator: str, source: str) -> str:
        """Add a node that goes over axis 1, as ReduceMax and Squeeze do."""
        if self._opset < _AXES_ARE_INPUTS[operator]:
            return self.node(operator, source, axes=[1])
        return self.node(operator, source, self.constant(np.array([1], dtype=np.int64)))

    def at_least(self, source: str, other: str) -> str:
        """Add what says where source >= other."""
        if self._opset < _GREATER_OR_EQUAL:
            return self.node("Not", self.node("Less", source, other))
        return self.node("GreaterOrEqual", source, other)

    def gelu(self, source: str) -> str:
        """Add the exact GELU, x (1 + erf(x / sqrt 2)) / 2."""
        if self._opset >= _GELU:
            return self.node("Gelu", source)
        one, half, root = (self.constant(np.float32(v)) for v in (1, 0.5, np.sqrt(2)))
        bell = self.node("Add", one, self.node("Erf", self.node("Div", source, root)))
        return self.node("Mul", self.node("Mul", source, half), bell)

    def output(self, source: str, name: str, kind: int, width: int | None) -> None:
        """Make ``source`` an output of the graph: (n,), or (n, width)."""
        self._nodes.append(self._helper.make_node("Identity", [source], [name]))
        shape = ["n"] if width is None else ["n", width]
        self._outputs.append(self._helper.make_tensor_value_info(name, kind, shape))

    def model(
        self,
        *,
        n_features: int,
        row_type: int,
        producer: tuple[str, str],
        properties: Mapping[str, str],
    ) -> Any:
        """Return the checked model."""
        used = {name for node in self._nodes for name in node.input}
        constants = [constant for constant in self._constants if constant.name in used]
        X = self._helper.make_tensor_value_info("X", row_type, ["n", n_features])
        graph = self._helper.make_graph(
            self._nodes, "slimline", [X], self._outputs, initializer=constants
        )
        model = self._helper.make_model(
            graph,
            opset_imports=[self._helper.make_opsetid("", self._opset)],
            ir_version=self._ir_version,
            producer_name=producer[0],
            producer_version=producer[1],
        )
        self._helper.set_model_props(model, dict(properties))
        self._onnx.checker.check_model(model, full_check=True)
        return model


def _check_version(name: str, value: int, oldest: int, newest: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        msg = f"{name} must be a whole number, got {type(value).__name__}"
        raise TypeError(msg)
    if not oldest <= value <= newest:
        msg = f"{name} must be from {oldest} to {newest}, the newest of this onnx, got {value}"
        raise ValueError(msg)
