"""A few hundred cases of the fuzz target for fits, and whether it sees what it looks for."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import slimline as sl

sys.path.insert(0, str(Path(__file__).parents[2] / "fuzz"))

fuzz_fits = pytest.importorskip("fuzz_fits", reason="signals are those of POSIX")


def never_end(*_):
    while True:
        pass


CASES = 400
SHARES = 8


@pytest.mark.parametrize("share", range(SHARES))
def test_hostile_fits_learn_or_refuse(share, tmp_path, capsys):
    first = share * (CASES // SHARES)
    arguments = ["--cases", str(CASES // SHARES), "--first", str(first), "--keep", str(tmp_path)]
    assert fuzz_fits.main(arguments) == 0, capsys.readouterr().out
    learned = int(capsys.readouterr().out.split(" learned")[0].split()[-1])
    assert learned > 5


@pytest.mark.parametrize(
    ("method", "broken", "message"),
    [
        ("predict", lambda *_: np.array([np.nan]), "NaN"),
        ("predict", lambda *_: "a" < [1], "private error"),
        ("predict", lambda *_: np.zeros(1)[3], "IndexError"),
        ("fit", lambda self, **_: self, "it says that it is not"),
        ("predict", never_end, "CPU seconds"),
    ],
)
def test_a_finding_is_seen_and_kept(method, broken, message, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(sl.SGDRegressor, method, broken)
    monkeypatch.setattr(fuzz_fits, "MOST_SECONDS", 0.1)
    monkeypatch.setattr(
        fuzz_fits.hostile_estimators, "ESTIMATORS", {"SGDRegressor": lambda _: sl.SGDRegressor()}
    )
    arguments = ["--cases", "8", "--keep", str(tmp_path)]
    assert fuzz_fits.main(arguments) == 1
    said = capsys.readouterr().out
    assert message in said
    kept = [path.name for path in tmp_path.glob("*.txt")]
    assert all(f"case {name.removesuffix('.txt')}: " in said for name in kept)
    assert kept


def test_what_is_learned_must_be_finite():
    model = sl.SGDRegressor()
    model.coef_ = [np.zeros(2), np.array([np.inf])]
    with pytest.raises(fuzz_fits.Finding, match="coef_ is not finite"):
        fuzz_fits.check_finite(model)


def test_a_case_is_the_same_for_its_number():
    for number in range(30):
        descriptions = {fuzz_fits.describe(fuzz_fits.make_case(number)) for _ in range(2)}
        assert len(descriptions) == 1
