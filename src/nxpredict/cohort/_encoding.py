"""Text of whatever encoding as one text: one rule for training and scoring."""

from __future__ import annotations

import codecs

_FALLBACK = "nxpredict-latin-1"


def latin_1_fallback() -> str:
    """Return the name of the decoders' rule by which bytes that are no UTF-8 are Latin-1.

    Examples
    --------
    >>> mixed = "Köln,".encode() + "Köln".encode("latin-1")
    >>> mixed.decode(errors=latin_1_fallback())
    'Köln,Köln'
    """
    codecs.register_error(_FALLBACK, _as_latin_1)
    return _FALLBACK


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end
