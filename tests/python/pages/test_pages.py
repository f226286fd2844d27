"""Pages: self-contained, escaped, the same every time, and shown by a browser as meant."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import slimline as sl
from slimline.pages import Section, Table, plots, render


class Outline(HTMLParser):
    """Tags with something that would be loaded from elsewhere or run."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.links = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        names = ("src", "href", "xlink:href", "action", "data")
        self.links += [value for name, value in attributes if name in names]
        assert not any(name.startswith("on") for name, _ in attributes)


@pytest.fixture(scope="module")
def page(digits_model, digits):
    spec = sl.ModelSpec(task="classification", metrics={"accuracy": 0.9, "log_loss": 1e-9})
    return sl.evaluate(digits_model.with_spec(spec), digits.X_test, digits.y_test).to_html("Digits")


def test_a_page_loads_nothing_and_runs_nothing(page):
    outline = Outline(page)
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(outline.tags)
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in outline.links)
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_a_page_says_what_was_found(page):
    outline = Outline(page)
    assert outline.tags.count("svg") == 2
    assert '<span class="badge bad">fail</span>' in page
    for text in ("FAIL", "pass", "balanced_accuracy", "Confusion matrix", "Calibration"):
        assert text in page


def test_texts_are_escaped():
    evil = "<script>alert(1)</script>&\"'"
    section = Section(title=evil, text=evil, parts=[Table(header=[evil], rows=[[evil]])])
    for picture in (
        plots.bars([evil, "$x$"], [1, 2], evil),
        plots.confusion(np.eye(2, dtype=int), [evil, 1]),
    ):
        page = render(evil, [section, Section(title="p", parts=[picture])])
        assert "<script" not in page
        assert "alert(1)" in page


def test_pictures_are_the_same_every_time():
    def draw():
        return plots.bars(["a", "b"], [1.0, -2.0], "value", limits=[0.5, 0.5]).svg

    assert draw() == draw()


def test_many_classes_are_drawn_without_labels():
    svg = plots.confusion(np.eye(100, dtype=np.int64), list(range(100))).svg
    assert svg.startswith("<svg")


@pytest.mark.parametrize("module", ["jinja2", "matplotlib"])
def test_without_the_extra_it_is_named(module):
    code = f"""
import sys
sys.modules[{module!r}] = None
import numpy as np, slimline as sl
X = np.eye(3)
model = sl.convert(sl.LinearSVR().fit(X, [0, 1, 2]))
try:
    sl.evaluate(model, X, [0, 1, 2]).to_html()
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip().endswith(f"need {module}: pip install {module}")


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_browser_shows_the_page_without_complaint(page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    dump = subprocess.run(
        [BROWSER, *options, "--dump-dom", f"--user-data-dir={tmp_path}/profile", path.as_uri()],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    outline = Outline(dump.stdout)
    assert outline.tags.count("table") == 3
    assert outline.tags.count("svg") == 2
    assert "CONSOLE" not in dump.stderr  # the browser's word on broken or blocked content
