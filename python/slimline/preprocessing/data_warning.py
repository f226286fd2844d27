"""DataWarning: what was decided about data that its owner should know."""

from __future__ import annotations


class DataWarning(UserWarning):
    """What was decided about data that a user should know, and how to decide otherwise.

    Examples
    --------
    >>> import warnings
    >>> import slimline as sl
    >>> rows = [{"age": 31 + i % 7, "country": "France"} for i in range(10)]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", sl.DataWarning)
    ...     preprocessor = sl.TablePreprocessor().fit(rows)
    >>> preprocessor.dropped_
    {'country': 'constant'}
    """
