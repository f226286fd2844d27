"""A growing ONNX graph: nodes get names by number, constants become initializers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Graph:
    """Collects nodes; the one input is ``X``."""

    def __init__(self) -> None:
        try:
            import onnx  # noqa: PLC0415 - the extra may be missing
            from onnx import helper, numpy_helper  # noqa: PLC0415 - the same
        except ModuleNotFoundError as error:
            msg = "to_onnx needs onnx: pip install 'slimline[onnx]'"
            raise ImportError(msg, name=error.name) from error
        self.types: Any = onnx.TensorProto
        self._onnx, self._helper, self._numpy = onnx, helper, numpy_helper
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

    def output(self, source: str, name: str, kind: int, width: int | None) -> None:
        """Make ``source`` an output of the graph: (n,), or (n, width)."""
        self._nodes.append(self._helper.make_node("Identity", [source], [name]))
        shape = ["n"] if width is None else ["n", width]
        self._outputs.append(self._helper.make_tensor_value_info(name, kind, shape))

    def model(  # noqa: PLR0913 - what the format wants
        self,
        *,
        n_features: int,
        row_type: int,
        opset: int,
        ir_version: int,
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
            opset_imports=[self._helper.make_opsetid("", opset)],
            ir_version=ir_version,
            producer_name=producer[0],
            producer_version=producer[1],
        )
        self._helper.set_model_props(model, dict(properties))
        self._onnx.checker.check_model(model, full_check=True)
        return model
