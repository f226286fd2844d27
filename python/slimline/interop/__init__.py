"""Models in the formats of other programs: one module per program, imported when it is used."""
