"""From an estimator, a pipeline or a torch module to a Model."""

from slimline.conversion.checking import ConversionError
from slimline.conversion.converting import convert

__all__ = ["ConversionError", "convert"]
