"""HashingVectorizer: texts to counts of hashed terms, without anything learned."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.utils import metadata_routing
from sklearn.utils._param_validation import Interval, StrOptions

from slimline import _core
from slimline._text_settings import TOKEN_PATTERN, weighting
from slimline.text._base import TextVectorizer, checks_parameters, to_csr
from slimline.text._settings import warn_of_unused


class HashingVectorizer(TextVectorizer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    r"""Count terms in columns that their hash chooses: a drop-in for scikit-learn's.

    Nothing is learned and no term is kept, so that texts may stream through in any order; what a
    column means cannot be told afterwards. Columns and values are scikit-learn's to the bit.

    Parameters
    ----------
    input : {"content", "file", "filename"}, default="content"
        Whether texts are passed, files that are open, or paths.
    encoding : str, default="utf-8"
        Of texts that are bytes.
    decode_error : {"strict", "ignore", "replace"}, default="strict"
    strip_accents : {"ascii", "unicode"} or None, default=None
    lowercase : bool, default=True
    preprocessor, tokenizer : None
        Functions are not called here: apply them to the texts before.
    stop_words : {"english"}, list of str or None, default=None
    token_pattern : str, default=r"(?u)\b\w\w+\b"
        One class of characters, repeated; see :class:`CountVectorizer`.
    ngram_range : tuple of (int, int), default=(1, 1)
    analyzer : {"word", "char", "char_wb"}, default="word"
    n_features : int, default=2**20
        Columns, at most 2^31 - 1.
    binary : bool, default=False
        Let every value be 1, before the norm.
    norm : {"l1", "l2"} or None, default="l2"
        Of the values of a row, which becomes 1.
    alternate_sign : bool, default=True
        Let the hash also choose the sign, so that terms of one column cancel out on average.
    dtype : dtype, default=numpy.float64
        Of the values.
    n_jobs : int or None, default=None
        Threads; results do not depend on them. None is 1, -1 all.

    Attributes
    ----------
    unicode_version_ : str

    Notes
    -----
    The hash is MurmurHash3 for 32 bits of a term's UTF-8 (K. Weinberger et al., "Feature Hashing
    for Large Scale Multitask Learning", ICML 2009).

    Examples
    --------
    >>> import slimline as sl
    >>> X = sl.HashingVectorizer(n_features=16).transform(["good film", "not a good film"])
    >>> X.shape
    (2, 16)
    """

    __metadata_request__fit: ClassVar = {"X": metadata_routing.UNUSED}
    __metadata_request__partial_fit: ClassVar = {"X": metadata_routing.UNUSED}
    __metadata_request__transform: ClassVar = {"X": metadata_routing.UNUSED}

    _name = "X"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **TextVectorizer._parameter_constraints,  # noqa: SLF001 - the class above
        "n_features": [Interval(Integral, 1, np.iinfo(np.int32).max, closed="left")],
        "norm": [StrOptions({"l1", "l2"}), None],
        "alternate_sign": ["boolean"],
    }

    def __init__(  # noqa: PLR0913 - scikit-learn's
        self,
        *,
        input: str = "content",  # noqa: A002 - scikit-learn's name
        encoding: str = "utf-8",
        decode_error: str = "strict",
        strip_accents: str | None = None,
        lowercase: bool = True,
        preprocessor: None = None,
        tokenizer: None = None,
        stop_words: str | list[str] | None = None,
        token_pattern: str | None = TOKEN_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        analyzer: str = "word",
        n_features: int = 2**20,
        binary: bool = False,
        norm: str | None = "l2",
        alternate_sign: bool = True,
        dtype: Any = np.float64,
        n_jobs: int | None = None,
    ) -> None:
        self.input = input
        self.encoding = encoding
        self.decode_error = decode_error
        self.strip_accents = strip_accents
        self.lowercase = lowercase
        self.preprocessor = preprocessor
        self.tokenizer = tokenizer
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.ngram_range = ngram_range
        self.analyzer = analyzer
        self.n_features = n_features
        self.binary = binary
        self.norm = norm
        self.alternate_sign = alternate_sign
        self.dtype = dtype
        self.n_jobs = n_jobs

    @checks_parameters
    def fit(self, X: Any, y: None = None) -> Self:  # noqa: ARG002 - scikit-learn's API
        """Check the parameters; nothing is learned.

        Parameters
        ----------
        X : iterable of str or bytes
            Not read.
        y : None
            Ignored.

        Returns
        -------
        self : HashingVectorizer

        Raises
        ------
        ValueError
            For a parameter that is refused.
        """
        if isinstance(X, str | bytes):
            next(self._texts(X))  # raises
        warn_of_unused(self)
        self._reader()
        return self

    @checks_parameters
    def partial_fit(self, X: Any, y: None = None) -> Self:  # noqa: ARG002 - scikit-learn's API
        """Check the parameters, as :meth:`fit` does.

        Parameters
        ----------
        X : iterable of str or bytes
            Not read.
        y : None
            Ignored.

        Returns
        -------
        self : HashingVectorizer
        """
        return self

    def fit_transform(self, X: Any, y: None = None) -> Any:
        """Return the values of some texts, as :meth:`transform` does.

        Parameters
        ----------
        X : iterable of str or bytes
        y : None
            Ignored.

        Returns
        -------
        scipy sparse matrix in CSR, of shape (n_texts, n_features)
        """
        return self.fit(X, y).transform(X)

    def transform(self, X: Any) -> Any:
        """Return the values of some texts.

        Parameters
        ----------
        X : iterable of str or bytes
            A list, a numpy array, a column of pandas, polars or pyarrow, an iterator.

        Returns
        -------
        scipy sparse matrix in CSR, of shape (n_texts, n_features)
            Columns ascend within each row. Where the terms of a column cancel out, 0 is stored.

        Raises
        ------
        ValueError
            For a parameter that is refused, or a missing text.
        """
        blocks: Iterable[_core.Texts] = self._texts(X)
        reader = self._reader()
        weights = weighting(binary=self.binary, norm=self.norm)
        dtype = "float32" if np.dtype(self.dtype) == np.float32 else "float64"
        arrays = [
            _core.vectorize_hashed(
                reader,
                self.n_features,
                self.alternate_sign,
                texts,
                weights,
                dtype,
                self._threads(),
            )
            for texts in blocks
        ]
        return to_csr(arrays, self.n_features).astype(self.dtype, copy=False)

    def __sklearn_tags__(self) -> Any:
        """Nothing is learned."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags
