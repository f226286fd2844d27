"""Self-contained HTML pages of tables and pictures, independent of their content.

The template escapes every text, loads nothing from elsewhere and runs no script. jinja2 and
matplotlib come with the extra "report".
"""

from __future__ import annotations

from slimline.pages.page import Picture, Section, Table, render

__all__ = ["Picture", "Section", "Table", "render"]
