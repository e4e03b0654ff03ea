"""Samples of a source joined to the patients of a study: strictly, and saying what is left over."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from nxpredict.errors import DataError, Fault, counted
from nxpredict.genotypes._open import head, magic

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Match:
    """``rows`` are positions among the patients, ``found`` the same people among the samples."""

    rows: Rows
    found: Rows
    unmatched_samples: tuple[str, ...]
    warnings: tuple[Fault, ...]


def read_id_map(source: Path | str | Mapping[str, str] | None) -> dict[str, str]:
    """Read a map from sample name to patient id: a mapping, or a two-column CSV or TSV file.

    A header row is kept as one more pair: it matches no sample, and a file may have none.
    """
    if source is None:
        return {}
    if isinstance(source, Mapping):
        return {str(k).strip(): str(v).strip() for k, v in source.items()}
    path = Path(source)
    magic(path)
    text = head(path, 1 << 26).decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    mark = "\t" if "\t" in first else ";" if ";" in first else ","
    rows = [row for row in csv.reader(text.splitlines(), delimiter=mark) if row]
    faults = [
        Fault("bad-id-map", "expected two columns: sample, patient id", "", str(path), number)
        for number, row in enumerate(rows, 1)
        if len(row) != 2
    ]
    pairs = [(row[0].strip(), row[1].strip()) for row in rows if len(row) == 2]
    if len({sample for sample, _ in pairs}) < len(pairs):
        faults.append(
            Fault("bad-id-map", "a sample stands twice", "give each sample one row", str(path))
        )
    if faults:
        raise DataError(faults)
    return dict(pairs)


def _same_family(sample: str) -> str:
    """``P1_P1`` and ``0_P1`` become ``P1``."""
    half = len(sample) // 2
    if len(sample) % 2 and sample[half] == "_" and sample[:half] == sample[half + 1 :]:
        return sample[:half]
    return sample.removeprefix("0_")


def _whole_number(sample: str) -> str:
    """``12.0`` becomes ``12``."""
    number, _, rest = sample.partition(".")
    return number if number.isdigit() and set(rest) == {"0"} else sample


_REPAIRS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces around the name", str.strip),
    ("a family id before the name (FID_IID)", _same_family),
    ("a decimal part that a spreadsheet added", _whole_number),
)


def match_samples(
    samples: Sequence[str],
    patients: NDArray[np.object_],
    id_map: Mapping[str, str],
    file: str,
    *,
    other_names: Sequence[str] = (),
) -> Match:
    """Join sample names to patient ids.

    The join is exact, after the map. What does not join is tried again without spaces around it,
    without a family id and without a decimal part; a name is used only when that gives exactly
    one patient, and this is said. Leading zeros are never added or dropped: that is refused with
    the fix.

    Raises
    ------
    DataError
        When two samples would become the same patient.
    """
    names = [id_map.get(sample, sample) for sample in samples] if id_map else list(samples)
    if len(names) == len(patients) and names == patients.tolist():
        everyone = np.arange(len(names))
        return Match(everyone, everyone, (), ())
    row_of = {patient: i for i, patient in enumerate(patients)}
    rows = np.array([row_of.get(name, -1) for name in names], np.intp)
    warnings = []
    if other_names:
        second = np.array([row_of.get(name, -1) for name in other_names], np.intp)
        rows = np.where(rows < 0, second, rows)
    for words, repair in _REPAIRS:
        rest = np.flatnonzero(rows < 0)
        if not len(rest):
            break
        by_repaired = _unambiguous(patients, repair)
        found = np.array([by_repaired.get(repair(names[i]), -1) for i in rest], np.intp)
        rows[rest] = found
        if (found >= 0).any():
            warnings.append(_repaired(int((found >= 0).sum()), words, file))
    used = rows[rows >= 0]
    if len(np.unique(used)) < len(used):
        raise DataError(
            [
                Fault(
                    "duplicate-sample",
                    "two samples are the same patient",
                    "keep one sample a patient, or give an id_map",
                    file=file,
                )
            ]
        )
    unmatched = tuple(samples[int(i)] for i in np.flatnonzero(rows < 0))
    if unmatched:
        free = [str(patient) for patient in np.delete(patients, used)]
        warnings += [
            *_zeros_lost(unmatched, free, file),
            *_case_differs(unmatched, free, file),
            *_families_differ(unmatched, free, file),
        ]
    matched = np.flatnonzero(rows >= 0)
    return Match(rows[matched], matched, unmatched, tuple(warnings))


def join_keys(names: pa.Array) -> pa.Array:
    """Return what is equal whenever two names could be joined, or nearly: never less.

    The last part after an underscore, without spaces, decimals that a spreadsheet added, and
    leading zeros.

    Examples
    --------
    >>> join_keys(pa.array([" 0_P1", "P1_P1", "007.0"])).to_pylist()
    ['P1', 'P1', '7']
    """
    key = pc.utf8_trim_whitespace(names)
    key = pc.replace_substring_regex(key, r"\.0+$", "")
    key = pc.replace_substring_regex(key, r"^(?s:.)*_", "")
    return pc.utf8_ltrim(pc.utf8_trim_whitespace(key), "0")


def _unambiguous(patients: NDArray[np.object_], repair: Callable[[str], str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for i, patient in enumerate(patients):
        name = repair(str(patient))
        found[name] = -1 if name in found else i
    return found


def _repaired(number: int, words: str, file: str) -> Fault:
    return Fault(
        "sample-name-repaired",
        f"{counted(number, 'sample name matches', 'sample names match')} a patient only without "
        f"{words}",
        "check the join, or give an id_map",
        file=file,
        severity="warning",
    )


def _families_differ(unmatched: Sequence[str], free: Sequence[str], file: str) -> list[Fault]:
    """Name the cause where one side writes FID_IID and the other IID."""
    samples, patients = set(unmatched), set(free)
    near = sum(not patients.isdisjoint(_endings(sample)) for sample in unmatched)
    near = near or sum(not samples.isdisjoint(_endings(patient)) for patient in free)
    if not near:
        return []
    return [
        Fault(
            "family-ids",
            f"{counted(near, 'sample')} would match a patient without what stands before "
            "an underscore; PLINK writes FID_IID so",
            "write samples by their person id alone (plink2 --export vcf id-paste=iid), or give "
            "an id_map (sample, patient id)",
            file=file,
            severity="warning",
        )
    ]


def _endings(name: str) -> set[str]:
    """Return what follows each underscore of a name."""
    parts = name.strip().split("_")
    return {"_".join(parts[i:]) for i in range(1, len(parts))}


def _zeros_lost(unmatched: Sequence[str], patients: Sequence[str], file: str) -> list[Fault]:
    free = {patient.lstrip("0") for patient in patients}
    near = sum(
        1 for sample in unmatched if sample.strip().lstrip("0") in free and sample.strip("0 ")
    )
    if not near:
        return []
    return [
        Fault(
            "leading-zeros",
            f"{counted(near, 'sample')} would match a patient if leading zeros were added or "
            "dropped",
            "write ids as text in both files, or give an id_map; zeros are never guessed",
            file=file,
            severity="warning",
        )
    ]


def _case_differs(unmatched: Sequence[str], patients: Sequence[str], file: str) -> list[Fault]:
    free = {patient.casefold() for patient in patients}
    near = sum(1 for sample in unmatched if sample.strip().casefold() in free)
    if not near:
        return []
    return [
        Fault(
            "letter-case",
            f"{counted(near, 'sample')} would match a patient if small and capital letters were "
            "the same",
            "write ids alike in both files, or give an id_map; letters are never guessed",
            file=file,
            severity="warning",
        )
    ]
