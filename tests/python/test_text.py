"""Outside text made safe to show: what becomes of each character, and how long it may be."""

from __future__ import annotations

import copy
import csv
import io
import sys

import pytest
import slimline as sl
from hypothesis import given
from hypothesis import strategies as st
from slimline import _text
from slimline.cli.output import csv_text

HOSTILE = (
    *("\x1b[31mred\x1b]0;title\x07", "\u202eback", "\u2066x\u2069", "a\nerror: forged", "a\rb"),
    *(
        "\x00",
        "\x7f",
        "\x9b31m",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\U000e0041",
        "\t",
        "\x0b",
    ),
)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_acts_is_shown_as_an_escape(text):
    for show in (_text.shown, _text.quoted, _text.one_line):
        shown = show(f"a{text}b")
        assert shown.isprintable()
        assert shown.strip("'").startswith("a")
    assert "\\" in _text.shown(text)


@pytest.mark.parametrize(
    "text", ["Zürich", "日本\u3000語", "1\xa0000 €", "naïve 😀", "a\\b", "[red]"]
)
def test_what_prints_stays_as_it_is(text):
    assert _text.shown(text) == text
    assert _text.shown(_text.shown(text)) == text


@given(st.text(st.characters(codec=None)), st.integers(60, 300))
def test_any_text_is_one_line_of_bounded_length(text, longest):
    for show in (_text.shown, _text.one_line):
        shown = show(text, longest)
        assert len(shown) <= longest
        assert all(c.isprintable() or c.isspace() for c in shown)
        assert len(shown.splitlines()) <= 1
    assert _text.shown(shown, longest) == shown
    assert len(_text.quoted(text, longest)) <= 12 * longest


def test_what_is_too_long_loses_its_middle():
    shown = _text.shown("begin" + "x" * 10**6 + "end")
    assert len(shown) == _text.LONGEST
    assert shown.startswith("beginxxx")
    assert shown.endswith("xxxend")
    assert " ... (1,000,008 characters) ... " in shown
    quoted = _text.quoted("b" + "x" * 10**6 + "e")
    assert quoted.startswith("'bxx")
    assert quoted.endswith("xe'")
    assert len(_text.quoted(["x"] * 10**5)) <= 80


def test_every_format_error_is_safe_and_short():
    error = sl.FormatError("a" * 10**6 + "\x1b[31m\nnext")
    assert len(str(error)) <= _text.LONGEST_MESSAGE
    assert str(error).endswith(r"\x1b[31m\nnext")
    assert str(copy.copy(error)) == str(error)
    assert str(sl.FormatError(str(error))) == str(error)


FORMULAS = (
    *("=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "-x", "+x"),
    *("\uff1d1", "=", "--1", "-1.5.2", "1e5", "-1e5x", "+-1"),
)


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_of_csv_is_a_formula(text):
    (cell,) = next(csv.reader(io.StringIO(csv_text([[text]]), newline="")))
    if len(text) > 1 and text != "1e5":
        assert cell == f"'{text}"
    else:
        assert cell == text


ORDINARY = ("0", "-1", "+1", "-2.5", "1e-3", "-.5", "+1.", "-1E+5", "late", "a=b", "-", "+", "'x")


@pytest.mark.parametrize("text", ORDINARY)
def test_numbers_and_ordinary_labels_are_what_they_were(text):
    assert csv_text([[text]]) == f"{text}\n"


def test_numbers_of_csv_come_back():
    values = [0.1, -5e-324, 1.7976931348623157e308, -(2**63), 2**64 - 1, float("-inf")]
    (cells,) = csv.reader(io.StringIO(csv_text([values]), newline=""))
    assert list(map(float, cells)) == list(map(float, values))


@given(st.lists(st.text(), min_size=2, max_size=3), st.booleans())
def test_csv_comes_back(cells, to_terminal):
    text = csv_text([cells, cells], to_terminal=to_terminal)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [rows[0]] * 2
    if to_terminal:
        assert all(cell.isprintable() or cell.strip() for cell in rows[0] if cell.strip())
    else:
        for before, after in zip(cells, rows[0], strict=True):
            plain = "".join(c for c in before if c >= " " or c in "\t\r\n")
            assert plain == before.translate({c: None for c in range(32) if chr(c) not in "\t\r\n"})
            assert after.removeprefix("'") == _text.csv_cell(before).removeprefix("'")
    assert not any(chr(c) in text for c in (*range(9), 11, 12, *range(14, 32), *range(127, 160)))


def test_a_table_keeps_its_shape_whatever_is_in_it():
    rows = [("x\ny", 1), ("\x1b[2J", 2), ("w" * 10**5, 3)]
    lines = _text.table(rows, ("na\nme", "value")).split("\n")
    assert len(lines) == 5
    assert all(line.isprintable() and len(line) < 300 for line in lines)
    assert sys.intern(lines[0]).startswith(r"na\nme")
