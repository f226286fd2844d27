"""Train a Model on, each layer in the kind in which it is stored."""
