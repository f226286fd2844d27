"""What convert refuses, with the way to the step that it cannot carry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from slimline._text import shown


class StepError(TypeError):
    """A step that no Model can represent; ``inside`` puts the names on the way to it in front."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what, instead)
        self.way: tuple[str, ...] = ()
        self.text = f"{what}; {instead}"

    @property
    def message(self) -> str:
        """Return "columntransformer > cat > onehotencoder: cannot convert ...; use ..."."""
        way = " > ".join(shown(name, 80) for name in self.way)
        return f"{way}: {self.text}" if way else self.text


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Name a step, so that what is refused within it says where it is."""
    try:
        yield
    except StepError as refusal:
        refusal.way = (name, *refusal.way)
        raise
