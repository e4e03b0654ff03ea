"""Texts as they may be pasted into a study file."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./+-]*")


def as_yaml(text: str) -> str:
    """Return a text as a YAML scalar, in quotes where it needs them.

    Examples
    --------
    >>> as_yaml("ggt_u_per_l"), as_yaml("GGT [U/l]")
    ('ggt_u_per_l', '"GGT [U/l]"')
    """
    if _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
