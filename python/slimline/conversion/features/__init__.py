"""Features as the steps of a pipeline make them, an intermediate form between steps and blocks."""
