"""Any text file as valid UTF-8, a piece at a time."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Any

import pyarrow as pa

from nxpredict.cohort import latin_1_fallback

PIECE = 1 << 20


class Utf8Stream(io.RawIOBase):
    r"""Bytes of a file, unpacked; bytes that are no UTF-8 are taken for Latin-1, as in training.

    Attributes
    ----------
    quoted : bool
        Whether a quote came so far.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place) / "mixed.csv"
    ...     _ = path.write_bytes("Köln,".encode() + "Köln".encode("latin-1"))
    ...     Utf8Stream(path).readall().decode()
    'Köln,Köln'
    """

    def __init__(self, path: Path) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors=latin_1_fallback())
        self._source = pa.input_stream(path, compression="detect")
        self._waiting = memoryview(b"")
        self._ended = False
        self.quoted = False

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; 0 at the end."""
        while not self._waiting and not self._ended:
            piece = self._source.read(PIECE)
            self._ended = not piece
            text = self._decoder.decode(piece, final=self._ended)
            self.quoted = self.quoted or '"' in text
            self._waiting = memoryview(text.encode("utf-8"))
        size = min(len(buffer), len(self._waiting))
        buffer[:size] = self._waiting[:size]
        self._waiting = self._waiting[size:]
        return size

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        super().close()
