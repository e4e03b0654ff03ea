"""Random access to bgzipped text by its ``.tbi`` or ``.csi`` index, checked against the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._open import (
    bgzf_block_size,
    chunks,
    cut_short,
    has_bgzf_end,
    inflate_block,
)

Chunk = tuple[int, int]


def index_beside(path: Path) -> Path | None:
    """Return the index file beside a bgzipped file, if there is one."""
    for ending in (".tbi", ".csi"):
        candidate = path.with_name(path.name + ending)
        if candidate.is_file():
            return candidate
    return None


def _wrong(index: Path, what: str) -> DataError:
    hint = "delete the index, or make it again with tabix -f -p vcf"
    return DataError([Fault("wrong-index", what, hint, file=str(index))])


@dataclass(frozen=True)
class Index:
    """Bins of a tabix or CSI index; their chunks are decoded when asked for.

    ``contigs`` is empty in the index of a BCF, whose header names them. ``bins`` gives, by contig
    and bin number, where the chunks lie in ``data`` and how many.

    Raises
    ------
    DataError
        When the index is damaged.
    """

    path: Path
    data: bytes
    contigs: tuple[str, ...]
    bins: tuple[dict[int, tuple[int, int]], ...]
    min_shift: int
    depth: int

    @classmethod
    def read(cls, path: Path) -> Index:
        """Read an index file."""
        data = b"".join(chunks(path))
        try:
            if data[:4] == b"TBI\1":
                return cls._read_tbi(path, data)
            if data[:4] == b"CSI\1":
                return cls._read_csi(path, data)
        except (struct.error, ValueError, IndexError):
            raise _wrong(path, "the index is damaged or cut short") from None
        raise _wrong(path, "this is no tabix or CSI index")

    @classmethod
    def _read_tbi(cls, path: Path, data: bytes) -> Index:
        n_ref, *_, name_length = struct.unpack_from("<8i", data, 4)
        names = data[36 : 36 + name_length]
        at, bins = 36 + name_length, []
        for _ in range(n_ref):
            found, at = _find_bins(data, at, with_offset=False)
            (n_intervals,) = struct.unpack_from("<i", data, at)
            at += 4 + 8 * n_intervals
            bins.append(found)
        return cls(path, data, _names(names, n_ref), tuple(bins), 14, 5)

    @classmethod
    def _read_csi(cls, path: Path, data: bytes) -> Index:
        min_shift, depth, aux_length = struct.unpack_from("<3i", data, 4)
        if not 0 < depth < 10 or aux_length < 0:
            raise ValueError("impossible depth")
        names = data[16 + 28 : 16 + aux_length] if aux_length > 28 else None
        at = 16 + aux_length
        (n_ref,) = struct.unpack_from("<i", data, at)
        at, bins = at + 4, []
        for _ in range(n_ref):
            found, at = _find_bins(data, at, with_offset=True)
            bins.append(found)
        contigs = () if names is None else _names(names, n_ref)
        return cls(path, data, contigs, tuple(bins), min_shift, depth)

    def chunks_of(self, contig: str, first: int, last: int) -> list[Chunk]:
        """Return the merged pieces of the file that may hold records over ``first..last``."""
        bins = self.bins[self.contigs.index(contig)]
        numbers = (n for n in self._bins_over(first - 1, last) if n in bins)
        found = sorted(chunk for number in numbers for chunk in self._chunks(*bins[number]))
        merged: list[Chunk] = []
        for start, stop in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged

    def _chunks(self, at: int, number: int) -> Iterator[Chunk]:
        pairs = struct.unpack_from(f"<{2 * number}Q", self.data, at)
        return zip(pairs[::2], pairs[1::2], strict=True)

    def _bins_over(self, start: int, stop: int) -> Iterator[int]:
        shift, offset = self.min_shift + 3 * self.depth, 0
        for level in range(self.depth + 1):
            yield from range(offset + (start >> shift), offset + ((stop - 1) >> shift) + 1)
            offset += 1 << (3 * level)
            shift -= 3

    @property
    def end(self) -> int:
        """Virtual offset where the last record ends, 0 when there is none."""
        statistics = ((1 << (3 * (self.depth + 1))) - 1) // 7 + 1
        ends = []
        for bins in self.bins:
            if statistics in bins:
                ends += [stop for _, stop in list(self._chunks(*bins[statistics]))[:1]]
            else:
                ends += [stop for where in bins.values() for _, stop in self._chunks(*where)]
        return max(ends, default=0)


def _names(text: bytes, n_ref: int) -> tuple[str, ...]:
    names = tuple(name.decode("utf-8") for name in text.split(b"\0") if name)
    if len(names) != n_ref:
        raise ValueError("contig names and bins differ")
    return names


def _find_bins(
    data: bytes, at: int, *, with_offset: bool
) -> tuple[dict[int, tuple[int, int]], int]:
    (n_bins,) = struct.unpack_from("<i", data, at)
    head = struct.Struct("<I8xi" if with_offset else "<Ii")
    unpack, size, at, bins = head.unpack_from, head.size, at + 4, {}
    for _ in range(n_bins):
        number, n_chunks = unpack(data, at)
        at += size
        bins[number] = (at, n_chunks)
        at += 16 * n_chunks
        if n_chunks < 0 or at > len(data):
            raise ValueError("bins reach beyond the file")
    return bins, at


def check_index(path: Path, index: Path) -> Index:
    """Read an index and refuse one that does not end where the data end: it is another file's."""
    found = Index.read(index)
    if not has_bgzf_end(path):
        raise cut_short(path)
    size = path.stat().st_size
    block, within = found.end >> 16, found.end & 0xFFFF
    with path.open("rb") as handle:
        handle.seek(min(block, size))
        length = bgzf_block_size(handle.read(18))
        good = bool(length)
        if good and block + length < size:
            handle.seek(block)
            text = inflate_block(handle.read(length), path, block)
            rest = handle.read(64)
            good = within == len(text) and bgzf_block_size(rest) == len(rest)
    if found.end and not good:
        raise _wrong(index, "the index does not belong to this file")
    return found


class IndexedText:
    """Lines of a bgzipped file found through its index."""

    def __init__(self, path: Path, index: Path) -> None:
        self.path = path
        self.index = check_index(path, index)

    def lines(self, contig: str, first: int, last: int) -> Iterator[bytes]:
        """Yield the lines of a contig that may overlap ``first..last``."""
        own = contig.encode() + b"\t"
        for start, stop in self.index.chunks_of(contig, first, last):
            for line in self._between(start, stop):
                position = line[len(own) : len(own) + 12].split(b"\t")[0]
                if not line.startswith(own) or not position.isdigit() or len(position) > 11:
                    raise _wrong(self.index.path, f"it points to no record of {contig}")
                if int(position) > last:
                    return
                yield line

    def _between(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the lines between two virtual offsets."""
        at, skip, rest = start >> 16, start & 0xFFFF, b""
        with self.path.open("rb") as handle:
            handle.seek(at)
            block = handle.read(1 << 16)
            while (at << 16) < stop:
                if len(block) < 18:
                    block += handle.read(1 << 16)
                length = bgzf_block_size(block[:18])
                if not length:
                    raise _wrong(self.index.path, f"it points to no block, at byte {at}")
                if length > len(block):
                    block += handle.read(1 << 16)
                text, block = inflate_block(block[:length], self.path, at), block[length:]
                if skip > len(text):
                    raise _wrong(self.index.path, f"it points past a block, at byte {at}")
                limit = stop & 0xFFFF if at == stop >> 16 else len(text)
                *whole, rest = (rest + text[skip:limit]).split(b"\n")
                yield from whole
                at, skip = at + length, 0
        if rest:
            raise _wrong(self.index.path, "it points into the middle of a record")
