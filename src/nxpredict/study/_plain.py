"""Names in plain letters, for what may hold only these."""

from __future__ import annotations

import unicodedata

_SMALL = {"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "œ": "oe", "ø": "oe", "ł": "l", "đ": "d"}
_SPELLED = str.maketrans(
    {
        **_SMALL,
        **{letter.upper(): plain.capitalize() for letter, plain in _SMALL.items()},
        "ß": "ss",
        "ẞ": "SS",
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
    }
)


def plain_letters(text: str) -> str:
    """Return a text with letters spelled in a to z where that is customary, and without marks.

    Letters of other scripts stay.

    Examples
    --------
    >>> plain_letters("Größe"), plain_letters("âge")
    ('Groesse', 'age')
    """
    spelled = unicodedata.normalize("NFC", text).translate(_SPELLED)
    parts = unicodedata.normalize("NFKD", spelled)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
