"""Block gzip, the compression that indexed VCF files need (SAM specification, section 4.1)."""

from __future__ import annotations

import struct
import zlib

_BLOCK = 0xFF00  # bytes of text a block, small enough that any block fits its 16-bit size
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def compress(text: bytes) -> bytes:
    """Return `text` as BGZF: gzip members of at most 64 KiB with their size, and the end marker.

    Examples
    --------
    >>> import gzip
    >>> gzip.decompress(compress(b"chr6"))
    b'chr6'
    """
    blocks = [_block(text[start : start + _BLOCK]) for start in range(0, len(text), _BLOCK)]
    return b"".join(blocks) + _END


def _block(text: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflate.compress(text) + deflate.flush()
    # gzip header with one extra field "BC": the size of the whole block less one
    header = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(body) + 25)
    return header + body + struct.pack("<II", zlib.crc32(text), len(text))
