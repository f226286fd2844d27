"""The Model: an immutable stack of layers with everything that prediction needs."""

from slimline.model.model import Model, check_model, check_takes_features
from slimline.model.referencing import make_reference, row_losses

__all__ = ["Model", "check_model", "check_takes_features", "make_reference", "row_losses"]
