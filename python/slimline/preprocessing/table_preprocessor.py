"""TablePreprocessor: tables as people have them to features that estimators learn from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from slimline._text import quoted
from slimline.preprocessing._categories import UNKNOWNS, Merging
from slimline.preprocessing._cells import Cells
from slimline.preprocessing._fitting import Settings, choices_of, fit_plan, kinds_of
from slimline.preprocessing._numbers import IMPUTES, SCALES
from slimline.preprocessing._summary import summary_of
from slimline.preprocessing._tables import Table

MARKS = (
    *("", " ", "?", "NA", "N/A", "n/a", "<NA>", "#N/A"),
    *("NaN", "nan", "NULL", "null", "None"),
)
_MOST = 10  # rows that a category must be in, by min_frequency="auto"


class TablePreprocessor(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Make features of a table: numbers, booleans, categories, and on request dates and texts.

    What a column holds is decided from its cells, and can be said for each. Numbers are imputed and
    scaled, categories become a feature each, those that are rare one together. Columns that nothing
    can be learned from are left out, and a :class:`DataWarning` names them.

    Values are those of scikit-learn's ``SimpleImputer``, ``StandardScaler`` and ``OneHotEncoder``
    of the same parameters.

    Parameters
    ----------
    numbers, categories, texts, dates, drop : names, positions, mask, callable or None, default=None
        Columns that are to be taken as numbers, categories, texts or dates, or to be left out. A
        callable gets the table, as ``sklearn.compose.make_column_selector`` makes them. What a
        column is that none of them names is decided from its cells. ``texts`` may also be a dict of
        columns and vectorizers, which otherwise are a :class:`TfidfVectorizer` each. Dates become
        their year, month, day, weekday (0 on Mondays) and hour, those of them that vary.
    missing_marks : collection of str
        Texts that stand for missing cells, beside None, NaN, NaT, NA and null.
    impute : {"median", "mean", "most_frequent"} or float, default="median"
        What is put for missing numbers. Booleans get what is most frequent; missing categories are
        a category of their own, "missing".
    indicator : bool, default=False
        Add a feature for each column of numbers, booleans or dates with missing cells: 1 where the
        cell is missing.
    min_frequency : int, float, None or "auto", default="auto"
        Categories in fewer rows, or in a smaller share of them, are merged into one, "infrequent".
        "auto" is 1 % of the rows, at most 10 of them.
    max_categories : int or None, default=None
        The most features of a column of categories; the least frequent categories are merged.
    unknown : {"ignore", "infrequent_if_exist", "error"}, default="ignore"
        Categories that were not seen: none of the features is 1, or that of the infrequent ones,
        or transform raises a ValueError.
    scale : {"standard", "minmax"} or None, default="standard"
        Bring numbers to mean 0 and variance 1, or between 0 and 1. Booleans stay 0 and 1.
    sparse_output : bool or "auto", default="auto"
        Whether transform returns a sparse matrix. "auto": where less than 0.3 of its values are
        other than 0, and no ``set_output`` asks for a data frame.

    Attributes
    ----------
    column_types_ : dict
        The columns that are used, by name, or by position where the table has no names: "number",
        "boolean", "category", "date" or "text".
    dropped_ : dict
        The columns that are not used, and why.
    min_frequency_ : int, float or None
        What "auto" came to, or what was given.
    sparse_output_ : bool
    feature_names_in_ : ndarray of str
        If the table has names.
    n_features_in_ : int

    See Also
    --------
    convert : A fitted pipeline of a preprocessor and an estimator as a Model, which takes the rows
        of such tables.

    Examples
    --------
    >>> import slimline as sl
    >>> rows = [
    ...     {"age": 20 + i % 41, "city": ["Oslo", "Paris", "Rome"][i % 3], "member": i % 2 == 0}
    ...     for i in range(100)
    ... ]
    >>> rows[3]["age"], rows[7]["city"] = "N/A", None
    >>> preprocessor = sl.TablePreprocessor()
    >>> preprocessor.fit_transform(rows).shape
    (100, 6)
    >>> preprocessor.get_feature_names_out().tolist()
    ['age', 'member', 'city_Oslo', 'city_Paris', 'city_Rome', 'city_missing']
    >>> print(preprocessor.summary())
    column  type      features  missing  what becomes of it
    ------  --------  --------  -------  -----------------------------
    age     number           1        1  missing: 36; standard
    city    category         4        1  4 categories; unknown: ignore
    member  boolean          1        0  missing: 0
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **dict.fromkeys(("numbers", "categories", "texts", "dates", "drop"), "no_validation"),
        "missing_marks": [tuple, list, set, frozenset],
        "impute": [StrOptions(set(IMPUTES)), Real],
        "indicator": ["boolean"],
        "min_frequency": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
            None,
        ],
        "max_categories": [Interval(Integral, 1, None, closed="left"), None],
        "unknown": [StrOptions(set(UNKNOWNS))],
        "scale": [StrOptions(set(SCALES)), None],
        "sparse_output": [StrOptions({"auto"}), "boolean"],
    }

    def __init__(  # noqa: PLR0913 - one argument a choice of the user
        self,
        *,
        numbers: Any = None,
        categories: Any = None,
        texts: Any = None,
        dates: Any = None,
        drop: Any = None,
        missing_marks: Collection[str] = MARKS,
        impute: str | float = "median",
        indicator: bool = False,
        min_frequency: float | str | None = "auto",
        max_categories: int | None = None,
        unknown: str = "ignore",
        scale: str | None = "standard",
        sparse_output: bool | str = "auto",
    ) -> None:
        self.numbers = numbers
        self.categories = categories
        self.texts = texts
        self.dates = dates
        self.drop = drop
        self.missing_marks = missing_marks
        self.impute = impute
        self.indicator = indicator
        self.min_frequency = min_frequency
        self.max_categories = max_categories
        self.unknown = unknown
        self.scale = scale
        self.sparse_output = sparse_output

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's
        """Decide what the columns are, and learn what becomes of them.

        Parameters
        ----------
        X : data frame, list of dicts, or array-like of shape (n_rows, n_columns)
            A frame of pandas, polars, pyarrow or what else narwhals reads.
        y : object, default=None
            Not used.

        Returns
        -------
        TablePreprocessor
            Itself.

        Raises
        ------
        ValueError
            If a column holds numbers but for some words, if no column is left, or if an argument
            names a column that is not there.
        TypeError
            If a column holds other than what an argument says.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: ARG002 - the same
        """Fit, and return the features: as ``fit(X).transform(X)`` in less time.

        Parameters
        ----------
        X : data frame, list of dicts, or array-like of shape (n_rows, n_columns)
        y : object, default=None
            Not used.

        Returns
        -------
        ndarray or sparse matrix of shape (n_rows, n_features)
        """
        cells = self._fit(X)
        return self._encode(cells)

    def transform(self, X: Any) -> Any:
        """Return the features of a table.

        Parameters
        ----------
        X : data frame, list of dicts, or array-like of shape (n_rows, n_columns)
            Columns are found by name, in any order; others are not read. Without names, or where
            the preprocessor was fitted without, columns are those of the fit in their order.

        Returns
        -------
        ndarray or sparse matrix of shape (n_rows, n_features)

        Raises
        ------
        ValueError
            If a column is not there, if a number is infinite, or, with ``unknown="error"``, if a
            category was not seen.
        TypeError
            If a cell is a text where a number was, or a number where a text was.
        """
        check_is_fitted(self)
        table = Table(X, self._marks)
        places = table.places(self._names, self.n_features_in_)
        return self._encode({place: table.cells(places[place]) for place in self._plan.places})

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return what the features are called.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            The names of the columns, where the table had none.

        Returns
        -------
        ndarray of str objects
            As "age", "city_Paris", "city_infrequent", "when_year", "missingindicator_age".
        """
        check_is_fitted(self)
        columns = _check_feature_names_in(self, input_features)
        return np.array(self._plan.feature_names(list(map(str, columns))), dtype=object)

    def summary(self) -> str:
        """Return a table of the columns: what they are, and what becomes of them."""
        check_is_fitted(self)
        return summary_of(self)

    @_fit_context(prefer_skip_nested_validation=True)  # type: ignore[untyped-decorator]
    def _fit(self, X: Any) -> Mapping[int, Cells]:
        """Set the learned attributes, and return the cells of all columns."""
        self._marks = _checked_marks(self.missing_marks)
        table = Table(X, self._marks)
        choices = choices_of(self, X, table)
        cells = {place: table.cells(place) for place in range(table.shape[1])}
        self._take_names(table)
        settings = self._settings(table.shape[0])
        kinds = kinds_of(table, cells, choices, settings)
        labels = table.names or range(table.shape[1])
        self._plan = fit_plan(kinds, cells, self._shown_names(), choices, settings)
        self.column_types_ = {labels[p]: its.kind for p, its in kinds.items() if its.kind}
        self.dropped_ = {labels[p]: its.reason for p, its in kinds.items() if not its.kind}
        self.min_frequency_ = settings.merging.min_frequency
        self.sparse_output_ = self._plan.sparse_output
        self._n_missing = [int(np.count_nonzero(its.missing)) for its in cells.values()]
        return cells

    def _take_names(self, table: Table) -> None:
        self.n_features_in_ = table.shape[1]
        self._names = table.names
        if table.names is not None:
            self.feature_names_in_ = np.array(table.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _shown_names(self) -> list[str]:
        """Return what messages call the columns."""
        return [f"column {quoted(name)}" for name in self._names or range(self.n_features_in_)]

    def _settings(self, n_rows: int) -> Settings:
        least = self.min_frequency
        if least == "auto":
            least = max(1, min(_MOST, n_rows // 100))
        merging = Merging(
            min_frequency=least,  # type: ignore[arg-type] # a text is "auto"
            max_categories=self.max_categories,
            unknown=self.unknown,
        )
        return Settings(
            merging=merging,
            impute=self.impute,
            indicator=self.indicator,
            scale=self.scale,
            sparse_output=self.sparse_output,
        )

    def _encode(self, cells: Mapping[int, Cells]) -> Any:
        as_frame = _get_output_config("transform", self)["dense"] != "default"
        dense = as_frame and self.sparse_output == "auto"
        return self._plan.encode(cells, self._shown_names(), dense=dense)

    def __sklearn_tags__(self) -> Any:
        """Cells may be missing, texts and categories."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _checked_marks(marks: Collection[Any]) -> frozenset[str]:
    wrong = [mark for mark in marks if not isinstance(mark, str)]
    if wrong:
        msg = f"missing_marks must be texts, got {quoted(wrong[0])}"
        raise TypeError(msg)
    return frozenset(marks)
