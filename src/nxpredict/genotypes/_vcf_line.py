"""One VCF record, its sample columns parsed as arrays: no Python object a sample."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nxpredict.errors import DataError, Fault
from nxpredict.genotypes._calls import MISSING, NO_SECOND, Bools, Int16
from nxpredict.genotypes._numbers import number_or_nan

_TAB, _COLON, _DOT, _SLASH, _BAR, _ZERO = b"\t:./|0"
Ints = NDArray[np.int64]


def broken(place: str, what: str, hint: str = "") -> DataError:
    """Make the error for a record that cannot be read."""
    hint = hint or "the file is damaged or was cut short: copy or write it again"
    return DataError([Fault("bad-genotype-record", what, hint, file=place)])


@dataclass(frozen=True, slots=True)
class Genotypes:
    """The GT field of every sample.

    ``codes`` has shape (n, 2): allele index, -1 missing, -2 no second allele; ``ploidy`` is the
    number of alleles written; ``phased`` is true where all separators are bars.
    """

    codes: Int16
    ploidy: NDArray[np.int8]
    phased: Bools


class SampleColumns:
    """The tab-separated sample cells of one VCF line.

    Parameters
    ----------
    text : bytes
        Everything after the FORMAT column.
    keys : tuple of str
        FORMAT keys.
    n_samples : int
        Samples named in the header.
    place : str
        File and line, for errors.
    """

    def __init__(self, text: bytes, keys: tuple[str, ...], n_samples: int, place: str) -> None:
        self._bytes = np.frombuffer(text, np.uint8)
        self.n_samples = n_samples
        self._keys = keys
        self._place = place
        tabs = np.flatnonzero(self._bytes == _TAB)
        if len(tabs) != n_samples - 1:
            raise broken(
                place,
                f"expected {n_samples} sample columns as in the header, found {len(tabs) + 1}",
            )
        self._start = np.concatenate(([0], tabs + 1))
        self._end = np.concatenate((tabs, [len(self._bytes)]))

    @cached_property
    def _colons(self) -> Ints:
        return np.flatnonzero(self._bytes == _COLON)

    def _field(self, key: str) -> tuple[Ints, Ints] | None:
        """Return start and end of one FORMAT field in every cell; empty where dropped."""
        if key not in self._keys:
            return None
        which = self._keys.index(key)
        if len(self._keys) == 1:
            return self._start, self._end
        if not len(self._colons):
            return (self._start, self._end) if which == 0 else (self._end, self._end)
        first = np.searchsorted(self._colons, self._start)
        bounds = np.append(self._colons, len(self._bytes))
        last = len(bounds) - 1
        start = self._start
        if which:
            before = bounds[np.minimum(first + which - 1, last)]
            start = np.where(before < self._end, before + 1, self._end)
        end = np.minimum(bounds[np.minimum(first + which, last)], self._end)
        return start, np.maximum(end, start)

    def genotypes(self) -> Genotypes:
        """Parse GT; a cell that is no genotype is an error."""
        found = self._field("GT")
        if found is None:
            hint = "make genotypes of what it has: bcftools +tag2tag, or plink2 --import-dosage"
            raise broken(self._place, "the record has neither GT nor probabilities or DS", hint)
        start, end = found
        length = end - start
        if not len(length):
            raise broken(self._place, "the record has no sample columns")
        if (length == 3).all():
            quick = self._three_characters(start)
            if quick is not None:
                return quick
        return self._any_length(start, length)

    def _three_characters(self, start: Ints) -> Genotypes | None:
        text = self._bytes
        first, mark, second = text[start], text[start + 1], text[start + 2]
        bar = mark == _BAR
        codes = np.stack([first, second], axis=1).astype(np.int16) - _ZERO
        missing = codes == _DOT - _ZERO
        if (
            not (bar | (mark == _SLASH)).all()
            or not (((codes >= 0) & (codes <= 9)) | missing).all()
        ):
            return None
        codes[missing] = MISSING
        return Genotypes(codes, np.full(len(start), 2, np.int8), bar)

    def _any_length(self, start: Ints, length: Ints) -> Genotypes:
        n, longest = len(start), int(length.max())
        if longest > 64 or not length.all():
            raise broken(self._place, "a genotype is empty or longer than any genotype")
        text = np.append(self._bytes, np.zeros(1, np.uint8))
        value, have, dot = np.zeros(n, np.int32), np.zeros(n, bool), np.zeros(n, bool)
        slot, phased = np.zeros(n, np.int8), np.ones(n, bool)
        codes = np.full((n, 3), NO_SECOND, np.int16)
        for k in range(longest + 1):
            char = np.where(k < length, text[np.minimum(start + k, len(text) - 1)], 0)
            inside = k < length
            digit = inside & (char >= _ZERO) & (char <= _ZERO + 9)
            mark = inside & ((char == _SLASH) | (char == _BAR))
            if (inside & ~digit & ~mark & (char != _DOT)).any():
                raise broken(self._place, "a genotype holds a character that none may hold")
            close = (mark | (k == length)) & ((k > 0) | ~mark)
            value = np.where(digit, np.minimum(value * 10 + char - _ZERO, 32_000), value)
            have, dot = have | digit, dot | (inside & (char == _DOT))
            if (close & ~(have ^ dot)).any():
                raise broken(self._place, "a genotype lacks an allele between its separators")
            rows = np.flatnonzero(close)
            codes[rows, np.minimum(slot[rows], 2)] = np.where(have, value, MISSING)[rows]
            slot += close
            phased &= ~(inside & (char == _SLASH))
            value[rows], have[rows], dot[rows] = 0, False, False
        phased &= slot > 1
        return Genotypes(codes[:, :2].copy(), slot, phased)

    def integers(self, key: str) -> Ints | None:
        """Parse a whole-number field; -1 where missing, None where FORMAT lacks it."""
        values = self.numbers(key)
        if values is None:
            return None
        return np.where(np.isnan(values), -1, values).astype(np.int64)

    def numbers(self, key: str, part: int = 0) -> NDArray[np.float64] | None:
        """Parse one number of a field (number `part` of a list); NaN if missing."""
        found = self._field(key)
        if found is None:
            return None
        start, end = found
        for _ in range(part):
            start, _ = self._next_part(start, end)
        _, end = self._next_part(start, end)
        return self._decimal(start, end)

    def _next_part(self, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Return where the next comma part starts, and where the present one ends."""
        commas = np.append(np.flatnonzero(self._bytes == ord(",")), len(self._bytes))
        comma = commas[np.minimum(np.searchsorted(commas, start), len(commas) - 1)]
        stop = np.minimum(comma, end)
        return np.minimum(stop + 1, end), stop

    def _decimal(self, start: Ints, end: Ints) -> NDArray[np.float64]:
        length = end - start
        width = int(min(length.max(initial=0), 24))
        cells = np.zeros((len(start), max(width, 1)), np.uint8)
        for k in range(width):
            at = np.minimum(start + k, len(self._bytes) - 1)
            cells[:, k] = np.where(k < length, self._bytes[at], 0)
        words = cells.reshape(-1).view(f"S{max(width, 1)}")
        unique, inverse = np.unique(words, return_inverse=True)
        return np.array([number_or_nan(word) for word in unique.tolist()])[inverse]

    def texts(self, key: str) -> list[bytes]:
        """Return a text field of every cell as it stands; empty where FORMAT lacks it."""
        found = self._field(key) or (self._end, self._end)
        text = self._bytes.tobytes()
        return [text[a:b] for a, b in zip(*found, strict=True)]

    def text_is(self, key: str, accepted: tuple[bytes, ...]) -> Bools | None:
        """Tell where a text field is one of a few words; None where FORMAT lacks it."""
        found = self._field(key)
        if found is None:
            return None
        start, end = found
        result = np.zeros(len(start), bool)
        for word in accepted:
            same = (end - start) == len(word)
            for k, char in enumerate(word):
                same &= self._bytes[np.minimum(start + k, len(self._bytes) - 1)] == char
            result |= same
        return np.asarray(result | (end == start), bool)
