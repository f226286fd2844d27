# ruff: noqa: RUF001, S311 - odd letters are what they are for; no secret
"""Texts that vectorizers could stumble over, from seeds."""

from __future__ import annotations

import random

ODD = [
    "",
    " ",
    "a",
    "The quick brown fox -- it's 12 o'clock, isn't it?",
    "İstanbul IĞDIR ΟΔΟΣ ΣΑΣ ΑΣ. Σ ς Å ﬁne ǅ ẞ Straße",
    "naïve café résumé Žižek Ångström e\u0301 e\u0301\u0323",
    "한국어 텍스트 日本語のテキスト 中文文本 ภาษาไทย हिन्दी नमस्ते",
    "١٢٣ ४५६ ² ½ Ⅷ ⑤ x₂ 𝟘𝟙 𝔸𝔹 𝒳𝓎",
    "a_b __init__ _ x__y 1_000 under_score",
    "tabs\tand\nlines\r\nand\x0bmore\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029 \u00a0\u2003 end",
    "emoji 😀 👩‍👩‍👧 🇩🇪 e\ufe0f zero\u200bwidth soft\u00adhyphen",
    "A" * 70 + " " + "b" * 64 + " " + "Cé" * 40,
    "word " * 300,
    "\x00 null\x00bytes \x7f",
    "don't DON'T dOn't; the THE of a an",
]
_ALPHABETS = [
    "abc ABC'",
    "ab .,!?-_0123456789 ",
    "aéÉßẞÀà ïİıΣσςΟ ",
    "漢字かなカナ한글 aA",
    "".join(map(chr, range(1, 0x250))),
    "abcdefg ABCDEFG 123 \u0300\u0301\u0345 Σ",
]


def random_text(rng: random.Random) -> str:
    """Return a text of one alphabet, or of all of Unicode."""
    n = rng.choice([0, 1, 2, 5, 20, 60, 63, 64, 65, 200])
    if rng.random() < 0.2:
        codes = (rng.randrange(0x110000) for _ in range(n))
        return "".join(chr(c) for c in codes if not 0xD800 <= c < 0xE000)
    return "".join(rng.choices(rng.choice(_ALPHABETS), k=n))


def random_corpus(seed: int, n_texts: int = 60) -> list[str]:
    """Return odd and random texts, of which some occur twice."""
    rng = random.Random(seed)
    texts = [*ODD, *(random_text(rng) for _ in range(n_texts))]
    rng.shuffle(texts)
    return texts + rng.sample(texts, 5)
