"""The kinds of blocks of an encoder. A new kind: a module here and an entry in BLOCKS."""

from __future__ import annotations

from collections.abc import Mapping

from slimline.inputs.blocks._block import Block, Selection
from slimline.inputs.blocks.bins import BinsBlock
from slimline.inputs.blocks.categories import CategoriesBlock
from slimline.inputs.blocks.missing import MissingBlock
from slimline.inputs.blocks.numbers import NumbersBlock
from slimline.inputs.blocks.polynomial import PolynomialBlock
from slimline.inputs.blocks.text import TextBlock

BLOCKS: Mapping[str, type[Block]] = {
    cls.kind: cls
    for cls in (NumbersBlock, MissingBlock, CategoriesBlock, BinsBlock, PolynomialBlock, TextBlock)
}

__all__ = [
    "BLOCKS",
    "BinsBlock",
    "Block",
    "CategoriesBlock",
    "MissingBlock",
    "NumbersBlock",
    "PolynomialBlock",
    "Selection",
    "TextBlock",
]
