"""Models in other programs' forms: one file a program, each imported only when used."""
