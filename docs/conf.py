"""Sphinx: one site of tutorials, guide, gallery, reference and internals."""

from __future__ import annotations

import inspect
import os
import re
import sys
from importlib import import_module
from pathlib import Path

# Threads of other libraries only blur the figures of the gallery.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import latex2mathml.converter
import slimline as sl
from docutils.nodes import SkipNode

sys.path.insert(0, str(Path(__file__).parent))
import benchmark_pages
import reference_pages

benchmark_pages.write(Path(__file__).parent / "benchmark_results")
reference_pages.write(Path(__file__).parent / "reference")

project = "slimline"
author = "the slimline developers"
copyright = author  # noqa: A001 - Sphinx's name
release = sl.__version__
version = ".".join(release.split(".")[:2])

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.linkcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = ["_build", "gallery/**/*.md5", "README.md"]
nitpicky = False

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib",),
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}

html_math_renderer = "mathml"  # what browsers show by themselves: no script from elsewhere
html_theme = "pydata_sphinx_theme"
html_title = f"slimline {version}"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
html_copy_source = False


def _plain_references(_app, _what, _name, _thing, _options, lines):  # noqa: ANN001, ANN202
    """Turn references inherited from scikit-learn, which lead nowhere here, to text."""
    lines[:] = [re.sub(r":(?:ref|term):`([^`<]+?)\s*(?:<[^>]*>)?`", r"\1", line) for line in lines]


def _is_routing(_app, _what, name, _thing, skip, _options):  # noqa: ANN001, ANN202
    """Leave out scikit-learn's methods of metadata routing, the same on every estimator."""
    return True if re.fullmatch(r"set_\w+_request|get_metadata_routing", name) else skip


def _inline_math(translator, node):  # noqa: ANN001, ANN202 - Sphinx's objects
    translator.body.append(latex2mathml.converter.convert(node.astext()))
    raise SkipNode


def _display_math(translator, node):  # noqa: ANN001, ANN202 - the same
    mathml = latex2mathml.converter.convert(node.astext(), display="block")
    translator.body.append(f'<div class="math">{mathml}</div>')
    raise SkipNode


def setup(app: object) -> None:
    """Register the hook above, ahead of numpydoc, and the renderer of formulas."""
    app.connect("autodoc-skip-member", _is_routing)  # type: ignore[attr-defined]
    app.add_html_math_renderer(  # type: ignore[attr-defined]
        "mathml", (_inline_math, None), (_display_math, None)
    )
    app.connect("autodoc-process-docstring", _plain_references, priority=100)  # type: ignore[attr-defined]


def linkcode_resolve(domain: str, info: dict[str, str]) -> str | None:
    """Tell where in the sources a Python object stands."""
    repository = os.environ.get("SLIMLINE_REPOSITORY")
    if domain != "py" or not repository:
        return None
    thing: object = import_module(info["module"])
    for name in info["fullname"].split("."):
        thing = getattr(thing, name, None)
    try:
        thing = inspect.unwrap(thing)  # type: ignore[arg-type]
        file = Path(inspect.getsourcefile(thing) or "")  # type: ignore[arg-type]
        line = inspect.getsourcelines(thing)[1]  # type: ignore[arg-type]
    except TypeError:
        return None
    path = file.relative_to(Path(sys.modules["slimline"].__file__ or "").parent)
    return f"{repository}/blob/main/python/slimline/{path}#L{line}"
