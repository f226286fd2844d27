"""The page of the API reference, made from what the package exports: nothing is left out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType

import slimline as sl

# Heading -> the part of the package whose public names stand under it.
ROOMS = {
    "Estimators": "estimators",
    "Tables": "preprocessing",
    "Texts": "text",
    "Conversion": "conversion",
    "Models": "model",
    "Files": "persistence",
    "Compression": "compression",
    "Evaluation": "evaluation",
    "Lifecycle": "lifecycle",
    "Other tools": "interop",
    "Configuration": "_config",
}
# Public modules that are not spread over ``slimline`` itself.
MODULES = (
    "slimline.dask",
    "slimline.ops",
    "slimline.layers",
    "slimline.inputs",
    "slimline.history",
)

SUMMARY = """
.. currentmodule:: {module}

.. autosummary::
   :toctree: generated
   :nosignatures:

"""


def write(folder: Path) -> None:
    """Write ``index.rst``, unless it says the same already."""
    text = page()
    file = folder / "index.rst"
    folder.mkdir(exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def page() -> str:
    """Return the page; what no room of ROOMS claims stands under "More"."""
    parts = [_heading("API reference", "="), INTRODUCTION]
    names = [name for name in sl.__all__ if name != "__version__"]
    names = [name for name in names if not isinstance(getattr(sl, name), ModuleType)]
    for title, room in ROOMS.items():
        here = [name for name in names if _room(getattr(sl, name)) == room]
        names = [name for name in names if name not in here]
        if here:
            parts += [_heading(title, "-"), _summary("slimline", here)]
    if names:
        parts += [_heading("More", "-"), _summary("slimline", names)]
    for name in MODULES:
        module = import_module(name)
        own = getattr(module, "__all__", None) or _defined_in(module)
        parts += [_heading(f"``{name}``", "-"), f".. automodule:: {name}\n   :no-members:\n"]
        parts.append(_summary(name, [n for n in own if callable(getattr(module, n))]))
    return "\n".join(parts)


INTRODUCTION = """
What ``import slimline as sl`` offers. Estimators, conversion and evaluation need scikit-learn: the
extra ``train``.
"""


def _heading(text: str, underline: str) -> str:
    return f"{text}\n{underline * len(text)}\n"


def _room(thing: object) -> str:
    return str(getattr(thing, "__module__", "")).removeprefix("slimline.").partition(".")[0]


def _defined_in(module: ModuleType) -> list[str]:
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    ]


def _summary(module: str, names: list[str]) -> str:
    return SUMMARY.format(module=module) + "".join(f"   {name}\n" for name in sorted(names))
