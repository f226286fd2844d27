"""TfidfVectorizer: texts to counts of terms, weighed by how rare the terms are."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import StrOptions

from slimline import _core
from slimline._text_settings import TOKEN_PATTERN, log_counts, weighting
from slimline.text._learned_terms import GivenTerms, SeenTerms
from slimline.text.count_vectorizer import CountVectorizer


class _Scheme(NamedTuple):
    """How counts are weighed since the last fit, whatever the parameters have become."""

    norm: str | None
    use_idf: bool
    smooth_idf: bool
    sublinear_tf: bool


class TfidfVectorizer(CountVectorizer, auto_wrap_output_keys=None):  # type: ignore[call-arg]
    r"""Count terms and weigh the counts by how rare each term is: a drop-in for scikit-learn's.

    A value is ``tf * idf``, divided by the norm of its row. ``tf`` is the count, or with
    ``sublinear_tf`` it is ``1 + ln(count)``; ``idf`` is ``1 + ln((1 + n_texts) / (1 + df))`` with
    ``df`` the number of texts that hold the term, and without the two ones added to n_texts and df
    unless ``smooth_idf``. Values are scikit-learn's to the bit.

    Parameters
    ----------
    input : {"content", "file", "filename"}, default="content"
        Whether texts are passed, files that are open, or paths.
    encoding : str, default="utf-8"
        Of texts that are bytes.
    decode_error : {"strict", "ignore", "replace"}, default="strict"
        What becomes of bytes that are no text.
    strip_accents : {"ascii", "unicode"} or None, default=None
    lowercase : bool, default=True
    preprocessor, tokenizer : None
        Functions are not called here: apply them to the texts before.
    analyzer : {"word", "char", "char_wb"}, default="word"
    stop_words : {"english"}, list of str or None, default=None
    token_pattern : str, default=r"(?u)\b\w\w+\b"
        One class of characters, repeated; see :class:`CountVectorizer`.
    ngram_range : tuple of (int, int), default=(1, 1)
    max_df, min_df : float in [0, 1] or int, default=1.0 and 1
    max_features : int or None, default=None
    vocabulary : mapping of str to int, iterable of str or None, default=None
    binary : bool, default=False
        Let every count be 1, before idf and norm.
    dtype : {numpy.float64, numpy.float32}, default=numpy.float64
        Of the values. Any other gives float64, with a warning.
    norm : {"l1", "l2"} or None, default="l2"
        Of the values of a row, which becomes 1.
    use_idf : bool, default=True
        Otherwise idf is 1.
    smooth_idf : bool, default=True
        Count a text more, that holds every term.
    sublinear_tf : bool, default=False
        Take ``1 + ln(count)`` in place of a count.
    n_jobs : int or None, default=None
        Threads; results do not depend on them. None is 1, -1 all.

    Attributes
    ----------
    vocabulary_ : dict of str to int
    fixed_vocabulary_ : bool
    idf_ : ndarray of shape (n_terms,)
        If ``use_idf``. Assign another to use it.
    unicode_version_ : str

    Examples
    --------
    >>> import slimline as sl
    >>> vectorizer = sl.TfidfVectorizer()
    >>> X = vectorizer.fit_transform(["good film", "not a good film"])
    >>> list(vectorizer.get_feature_names_out())
    ['film', 'good', 'not']
    >>> X.toarray().round(2)
    array([[0.71, 0.71, 0.  ],
           [0.5 , 0.5 , 0.7 ]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CountVectorizer._parameter_constraints,  # noqa: SLF001 - the class above
        "norm": [StrOptions({"l1", "l2"}), None],
        "use_idf": ["boolean"],
        "smooth_idf": ["boolean"],
        "sublinear_tf": ["boolean"],
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
        analyzer: str = "word",
        stop_words: str | list[str] | None = None,
        token_pattern: str | None = TOKEN_PATTERN,
        ngram_range: tuple[int, int] = (1, 1),
        max_df: float = 1.0,
        min_df: float = 1,
        max_features: int | None = None,
        vocabulary: Mapping[str, int] | Iterable[str] | None = None,
        binary: bool = False,
        dtype: Any = np.float64,
        norm: str | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(
            input=input,
            encoding=encoding,
            decode_error=decode_error,
            strip_accents=strip_accents,
            lowercase=lowercase,
            preprocessor=preprocessor,
            tokenizer=tokenizer,
            analyzer=analyzer,
            stop_words=stop_words,
            token_pattern=token_pattern,
            ngram_range=ngram_range,
            max_df=max_df,
            min_df=min_df,
            max_features=max_features,
            vocabulary=vocabulary,
            binary=binary,
            dtype=dtype,
            n_jobs=n_jobs,
        )
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    @property
    def idf_(self) -> NDArray[Any]:
        """What the values of each term are multiplied by."""
        if not self.__sklearn_is_fitted__():
            msg = f"{type(self).__name__} is not fitted yet: call fit before reading idf_"
            raise NotFittedError(msg)
        if not self._scheme.use_idf:
            msg = f"{type(self).__name__!r} object has no attribute 'idf_' where use_idf=False"
            raise AttributeError(msg)
        return self._idf_of_terms()

    @idf_.setter
    def idf_(self, value: ArrayLike) -> None:
        if not self.use_idf:
            msg = "`idf_` cannot be set when `use_idf=False`."
            raise ValueError(msg)
        self._check_vocabulary()
        idf = np.array(value, dtype=self._core_dtype())
        n_terms = len(self._terms.vocabulary)
        if idf.shape != (n_terms,):
            msg = f"idf length = {len(idf)} must be equal to vocabulary size = {n_terms}"
            raise ValueError(msg)
        self._idf: NDArray[Any] | None = idf

    def transform(self, raw_documents: Any) -> Any:
        """Return the values of the known terms of some texts.

        Parameters
        ----------
        raw_documents : iterable of str or bytes

        Returns
        -------
        scipy sparse matrix in CSR, of shape (n_texts, n_terms)
            Columns ascend within each row.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If no texts were seen: a given vocabulary alone has no idf.
        """
        if not self.__sklearn_is_fitted__():
            msg = "The TF-IDF vectorizer is not fitted"
            raise NotFittedError(msg)
        return super().transform(raw_documents)

    def __sklearn_is_fitted__(self) -> bool:
        """Terms were counted, or idf was assigned."""
        if not hasattr(self, "_terms"):
            return False
        return self._idf is not None or self._terms.counted

    def _prepare_fit(self, raw: Any) -> None:
        super()._prepare_fit(raw)
        if np.dtype(self.dtype) not in (np.float64, np.float32):
            msg = (
                f"Only float64 and float32 'dtype' should be used. {self.dtype} 'dtype' will be"
                " converted to np.float64."
            )
            warnings.warn(msg, UserWarning, stacklevel=3)

    def _take(self, terms: SeenTerms | GivenTerms) -> None:
        super()._take(terms)
        self._scheme = _Scheme(self.norm, self.use_idf, self.smooth_idf, self.sublinear_tf)
        self._idf = None  # taken from the terms where somebody asks

    def _idf_of_terms(self) -> NDArray[Any]:
        if self._idf is None:
            df = self._terms.documents.astype(self._core_dtype())
            df += float(self._scheme.smooth_idf)
            idf = np.full_like(df, self._terms.n_texts + int(self._scheme.smooth_idf))
            with np.errstate(divide="ignore"):  # of a given term that no text holds
                idf /= df
            self._idf = np.log(idf, out=idf)
            self._idf += 1
        return self._idf

    def _weighting(self) -> _core.TermWeighting:
        dtype, scheme = self._core_dtype(), self._scheme
        return weighting(
            binary=self.binary,
            sublinear=scheme.sublinear_tf,
            logarithms=log_counts(dtype) if scheme.sublinear_tf else None,
            idf=self._idf_of_terms().astype(dtype, copy=False) if scheme.use_idf else None,
            norm=scheme.norm,
        )

    def _core_dtype(self) -> str:
        return "float32" if np.dtype(self.dtype) == np.float32 else "float64"

    def _finished(self, X: Any) -> Any:
        return X
