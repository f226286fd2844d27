"""Vectorizers with scikit-learn's API: from texts to rows of features, by the C++ core."""

from __future__ import annotations

from slimline.text.count_vectorizer import CountVectorizer
from slimline.text.hashing_vectorizer import HashingVectorizer
from slimline.text.tfidf_vectorizer import TfidfVectorizer

__all__ = ["CountVectorizer", "HashingVectorizer", "TfidfVectorizer"]
