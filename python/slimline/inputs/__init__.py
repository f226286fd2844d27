"""The first stage of a Model: from rows of the caller to what the first layer takes.

The rows of most models are features: numbers in the order of the model. Those of a model with an
``Encoder`` are rows of a table, with columns of numbers, categories and texts, from which the
blocks of the encoder make the features.

How the parts fit together, for who builds on them:

- ``Step(op="affine", arrays={"offset": ..., "scale": ...})``; the ops and their arrays are the
  table ``steps.OPS``. Arrays are float64, one entry for each column of the block, in its order.
- ``NumbersBlock(columns=, steps=)``, ``MissingBlock(columns=, values=)``,
  ``BinsBlock(columns=, steps=, edges=, starts=, one_hot=)``,
  ``PolynomialBlock(columns=, steps=, powers=)``,
  ``CategoriesBlock(column=, keys=, outcomes=, n_outcomes=, unknown=, missing=, values=)``, or
  ``CategoriesBlock.of(column=, outcomes={key: outcome}, ...)`` from a mapping in any order.
- ``InputStage(n_features=encoder.n_features, encoder=encoder, offset=, scale=, selected=)``; its
  ``feature_names`` stay None, ``InputStage.names`` derives them.
- ``Block.select`` returns a block and the places of the kept features in it, since a block of
  one-hot bins cannot leave out single bins.
- ``CategoriesBlock.n_outcomes`` is at most the number of keys and 2: of unknown and missing. The
  powers of a feature of a ``PolynomialBlock`` sum up to 255 at most.
- Steps compute one after the other, and only their last result has to be finite: a missing cell
  passes through them as NaN until an ``impute``, as in scikit-learn.
"""

from slimline._text_settings import TextSettings
from slimline.inputs.blocks import (
    BLOCKS,
    BinsBlock,
    Block,
    CategoriesBlock,
    MissingBlock,
    NumbersBlock,
    PolynomialBlock,
    TextBlock,
)
from slimline.inputs.columns import Column
from slimline.inputs.encoder import Encoder
from slimline.inputs.keys import Keys
from slimline.inputs.stage import STORED, InputStage, held_offset
from slimline.inputs.steps import Step
from slimline.inputs.terms import HashedTerms, Terms
from slimline.inputs.text_cells import TextCells

__all__ = [
    "BLOCKS",
    "STORED",
    "BinsBlock",
    "Block",
    "CategoriesBlock",
    "Column",
    "Encoder",
    "HashedTerms",
    "InputStage",
    "Keys",
    "MissingBlock",
    "NumbersBlock",
    "PolynomialBlock",
    "Step",
    "Terms",
    "TextBlock",
    "TextCells",
    "TextSettings",
    "held_offset",
]
