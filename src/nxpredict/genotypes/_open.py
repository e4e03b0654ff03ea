"""Files opened by what is in them: plain, gzip, bgzip and zip, with errors that name the place."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from nxpredict.errors import AccessError, DataError, Fault

_READ = 1 << 20
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
MAGIC_BYTES = 18
"""As many as the header of a BGZF block has."""


def damaged(path: Path | str, what: str, hint: str = "") -> DataError:
    """Make the error for a file that cannot be read to its end."""
    hint = hint or "copy the file again, or write it again with the program that made it"
    return DataError([Fault("damaged-file", what, hint, file=str(path))])


def head(path: Path, size: int = 1 << 16) -> bytes:
    """Return the first bytes of a file after decompression."""
    found = bytearray()
    for chunk in chunks(path):
        found += chunk
        if len(found) >= size:
            break
    return bytes(found[:size])


def magic(path: Path) -> bytes:
    """Return the first bytes of a file as they lie on the disk."""
    try:
        with path.open("rb") as handle:
            return handle.read(MAGIC_BYTES)
    except FileNotFoundError:
        raise DataError(
            [Fault("no-such-file", "there is no such genotype file", "check the path", str(path))]
        ) from None
    except OSError as error:
        raise AccessError(
            f"{path} cannot be read ({error.strerror}).", "Check the path and its permissions."
        ) from None


def is_bgzf(start: bytes) -> bool:
    """Tell bgzip from plain gzip by its first bytes."""
    return start[:4] == b"\x1f\x8b\x08\x04" and start[12:14] == b"BC"


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the decompressed bytes of a file in large pieces.

    Raises
    ------
    DataError
        When compressed data are damaged or cut short, naming file and byte.
    AccessError
        When the file cannot be read.
    """
    start = magic(path)
    if start[:2] == b"PK":
        yield from _zip_chunks(path)
    elif is_bgzf(start):
        yield from _bgzf_chunks(path)
    elif start[:2] == b"\x1f\x8b":
        yield from _gzip_chunks(path)
    else:
        with path.open("rb") as handle:
            while piece := handle.read(_READ >> 2):
                yield piece


def _zip_chunks(path: Path) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                info
                for info in archive.infolist()
                if not info.is_dir() and not Path(info.filename).name.startswith((".", "__"))
            ]
            if any(info.filename == "[Content_Types].xml" for info in members):
                what = "this is a spreadsheet workbook"
                raise damaged(path, what, "save the sheet as CSV, with genotypes as text")
            if len(members) != 1:
                raise damaged(
                    path,
                    f"expected one file in the zip archive, found {len(members)}",
                    "unpack it and give the files one by one, or a folder of them",
                )
            with archive.open(members[0]) as handle:
                while piece := handle.read(_READ):
                    yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise damaged(
            path, f"the zip archive cannot be unpacked ({type(error).__name__})"
        ) from None


def _gzip_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        inflate, fresh = zlib.decompressobj(31), True
        while piece := handle.read(_READ):
            while piece:
                try:
                    yield inflate.decompress(piece)
                except zlib.error:
                    if fresh and not piece.strip(b"\0"):
                        return
                    raise damaged(
                        path, f"the compressed data are damaged before byte {handle.tell()}"
                    ) from None
                piece, fresh = inflate.unused_data, False
                if inflate.eof:
                    inflate, fresh = zlib.decompressobj(31), True
        if not fresh:
            raise damaged(path, f"the compressed data stop short at byte {handle.tell()}")


def bgzf_block_size(header: bytes) -> int:
    """Return the size of a bgzip block from its first 18 bytes; 0 when they start none."""
    if len(header) < 18 or not is_bgzf(header):
        return 0
    return int(struct.unpack_from("<H", header, 16)[0]) + 1


def _bgzf_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        buffer, offset, last = b"", 0, b""
        while more := handle.read(_READ):
            buffer, at = buffer + more, 0
            while (length := bgzf_block_size(buffer[at : at + 18])) and at + length <= len(buffer):
                last = buffer[at : at + length]
                yield inflate_block(last, path, offset + at)
                at += length
            if len(buffer) - at >= 18 and not length:
                raise damaged(path, f"no bgzip block starts at byte {offset + at}")
            buffer, offset = buffer[at:], offset + at
        if buffer or last != _BGZF_END:
            raise cut_short(path)


def cut_short(path: Path) -> DataError:
    """Make the error for a bgzip file without its end marker."""
    return damaged(
        path,
        f"the bgzip end marker is missing: the file was cut short at byte {path.stat().st_size}",
    )


def inflate_block(block: bytes, path: Path, offset: int) -> bytes:
    """Decompress one bgzip block, checking its sum."""
    try:
        return zlib.decompress(block, 31, 1 << 16)
    except zlib.error:
        raise damaged(path, f"the bgzip block at byte {offset} is damaged") from None


def has_bgzf_end(path: Path) -> bool:
    """Tell whether a bgzip file ends with its end marker."""
    with path.open("rb") as handle:
        handle.seek(max(path.stat().st_size - len(_BGZF_END), 0))
        return handle.read() == _BGZF_END
