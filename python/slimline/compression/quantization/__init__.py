"""Weights of a Model as int8, and how its inputs become integers."""
