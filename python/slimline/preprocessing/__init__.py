"""Tables as people have them to features that estimators learn from."""

from __future__ import annotations

from slimline.preprocessing.data_warning import DataWarning
from slimline.preprocessing.table_preprocessor import TablePreprocessor

__all__ = ["DataWarning", "TablePreprocessor"]
