"""Continue training a Model, each layer in the kind in which it is stored."""
