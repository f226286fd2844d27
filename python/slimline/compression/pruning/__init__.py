"""Remove weights, blocks, features or nodes of a Model."""
