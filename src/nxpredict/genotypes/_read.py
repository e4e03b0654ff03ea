"""`read_calls`: any genotype source to one table of calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.catalog import Variant
from nxpredict.errors import DataError, Fault, counted
from nxpredict.genotypes._build import BUILDS
from nxpredict.genotypes._calls import REASON_CODES, Bools, CallsTable, LocusCalls, State
from nxpredict.genotypes._formats import read_source
from nxpredict.genotypes._loci import Locus
from nxpredict.genotypes._match import Match, match_samples, read_id_map
from nxpredict.genotypes._merge import Accumulator
from nxpredict.genotypes._record import Orientation, Reading, interpret, without_failed


def read_calls(
    sources: Path | str | Iterable[Path | str],
    loci: Sequence[Locus],
    *,
    patient_ids: Sequence[str] | Callable[[Sequence[str]], Sequence[str]] | None = None,
    absent_is_reference: bool = False,
    id_map: Path | str | Mapping[str, str] | None = None,
    build: str | None = None,
    strand: Orientation = "unknown",
    failed_filter: Literal["use", "no call"] = "use",
    id_column: str | None = None,
) -> CallsTable:
    """Read the loci from genotype files, whatever their format.

    Parameters
    ----------
    sources : path or paths
        VCF, gVCF, BCF, PLINK 1 or 2, consumer-array text (zipped too), VNTR-caller output, or a
        folder of such files. The format is told from the content, never from the name.
    loci : sequence of Variant or RepeatLocus
        What to read; nothing else of the files is kept.
    patient_ids : sequence of str, or function, optional
        Patients of the study, in order. Without it every sample is a patient. A function is
        given the names of all samples and returns the patients that may be among them.
    absent_is_reference : bool
        Take a variant without a record as homozygous reference. Wrong for most files; refused for
        arrays (also as VCF) and PLINK files, and never applied to repeats, to missing
        chromosomes, or where a record of another kind lies over the variant.
    id_map : path or mapping, optional
        Sample name to patient id.
    build : {"GRCh37", "GRCh38"}, optional
        Only used where the data do not tell.
    strand : {"forward", "reverse", "unknown"}
        Strand of letters in sources that do not guarantee one (PLINK, unknown arrays).
    failed_filter : {"use", "no call"}
        What to make of VCF records that failed their own filter where no record passed.
    id_column : str, optional
        Header of the identifiers in tables of genotypes, before ``patient_id``, ``IID`` and such.

    Returns
    -------
    CallsTable

    Raises
    ------
    DataError
        When a source cannot be read to its end or its samples match no patient.
    AccessError
        When the disk refuses or an optional library is missing.
    """
    paths = [Path(sources)] if isinstance(sources, str | Path) else [Path(s) for s in sources]
    readings = [
        reading
        for path in paths
        for reading in read_source(path, loci, build=build, strand=strand, id_column=id_column)
    ]
    if absent_is_reference:
        _refuse_arrays(readings)
    names = read_id_map(id_map)
    every = [sample for reading in readings for sample in reading.samples]
    every = [names.get(sample, sample) for sample in every] if names else every
    patients = _patients(patient_ids, every, readings)
    builder, warnings = Accumulator(patients, loci), []
    matches = []
    for reading in readings:
        if failed_filter == "no call":
            reading = replace(reading, records=[without_failed(r) for r in reading.records])
        match = match_samples(
            reading.samples, patients, names, reading.name, other_names=reading.other_names
        )
        matches.append(match)
        warnings += [*reading.warnings, *match.warnings]
        assume = absent_is_reference and not reading.only_repeats
        if assume and reading.build not in BUILDS:
            warnings.append(_places_unknown(reading))
            assume = False
        if not reading.records and not assume:
            warnings.append(_nothing_of(reading, loci))
        _add(builder, reading, match, loci, assume)
    missed = _unmatched_patients(patients, matches)
    warnings += _join_faults(missed, matches, patients, [str(path) for path in paths])
    return builder.finish(
        CallsTable(
            patients,
            {},
            faults=tuple(fault for reading in readings for fault in reading.faults),
            warnings=tuple(_summarised(warnings)),
            unmatched_patients=missed,
            unmatched_samples=tuple(s for match in matches for s in match.unmatched_samples),
            builds={str(r.path): r.build for r in readings if r.build},
        )
    )


def _patients(
    asked: Sequence[str] | Callable[[Sequence[str]], Sequence[str]] | None,
    samples: Sequence[str],
    readings: Sequence[Reading],
) -> NDArray[np.object_]:
    """Return the patients asked for, each once; those of the samples where none are."""
    if callable(asked):
        asked = asked([*samples, *(n for r in readings for n in r.other_names)])
    who = samples if asked is None else map(str, asked)
    return np.array(list(dict.fromkeys(who)), dtype=object)


def _add(
    builder: Accumulator, reading: Reading, match: Match, loci: Sequence[Locus], assume: bool
) -> None:
    for name, reason in reading.absent.items():
        builder.explain_absence(name, match.rows, reason)
    said = {locus.name: np.zeros(len(reading.samples), bool) for locus in loci}
    for record in sorted(reading.records, key=lambda record: bool(np.all(record.priority == 1))):
        calls = interpret(record)
        calls.source[:] = builder.source(record.place)
        block, known = calls.priority == 1, said[record.locus.name]
        told = ~(block & known)[match.found]
        known |= calls.priority > 1
        _count_as_record(calls, block)
        everyone = len(match.found) == len(reading.samples) and bool(told.all())
        builder.add(match.rows[told], calls if everyone else calls.take(match.found[told]))
    if assume:
        for locus in loci:
            if isinstance(locus, Variant):
                place = f"{reading.path.name}:no record"
                builder.assume_reference(locus.name, match.rows, place, locus.reference_allele)


def _count_as_record(calls: LocusCalls, block: Bools) -> None:
    """Let blocks stand beside records of other sources: records go first in their own file only."""
    typed = block & (calls.state >= State.ABSENT)
    failed = calls.reason == REASON_CODES["used-despite-filter"]
    calls.priority[typed] = np.where(failed, 2, 3)[typed]


def _places_unknown(reading: Reading) -> Fault:
    known = f"the source is in {reading.build}" if reading.build else "its build could not be told"
    return Fault(
        "absent-is-not-reference",
        f"absent records were not taken as reference: {known}, so their places are not known",
        "declare the build of the source (build: GRCh37 or GRCh38), or give it in one of these",
        file=reading.name,
        severity="warning",
    )


def _nothing_of(reading: Reading, loci: Sequence[Locus]) -> Fault:
    found = {x.chromosome for x in loci if reading.absent.get(x.name) == "absent-contig"}
    contigs = sorted(found, key=lambda name: (len(name), name))
    lacking = f", and nothing of chromosome {' or '.join(contigs)}" if contigs else ""
    return Fault(
        "no-locus-in-source",
        f"the source holds none of the {counted(len(loci), 'locus', 'loci')}{lacking}",
        "check that this is the right file, and that it is whole",
        file=reading.name,
        severity="warning",
    )


def _refuse_arrays(readings: Sequence[Reading]) -> None:
    faults = [
        Fault(
            "absent-is-not-reference",
            "an absent row of an array means that the variant was not on it",
            "leave out absent_is_reference for this source",
            file=reading.name,
        )
        for reading in readings
        if reading.array
    ]
    if faults:
        raise DataError(faults)


def _unmatched_patients(patients: np.ndarray, matches: Sequence[Match]) -> tuple[str, ...]:
    seen = np.zeros(len(patients), bool)
    for match in matches:
        seen[match.rows] = True
    return tuple(patients[~seen])


_SAME_IDS = "write the same ids in both files, or give an id_map (sample, patient id)"


def _join_faults(
    missed: Sequence[str], matches: Sequence[Match], patients: np.ndarray, files: Sequence[str]
) -> list[Fault]:
    file = files[0] if len(files) == 1 else None
    left = sum(len(match.unmatched_samples) for match in matches)
    causes = {"leading-zeros", "letter-case", "family-ids"}
    near = [w for match in matches for w in match.warnings if w.code in causes]
    if len(patients) and len(missed) == len(patients) and left:
        raise DataError(
            [
                Fault(
                    "no-sample-matches",
                    f"no sample ({left}) is a patient of the table ({len(patients)})",
                    f"{near[0].message}: {near[0].hint}" if near else _SAME_IDS,
                    file=file,
                )
            ]
        )
    found = []
    for number, who, where in (
        (len(missed), "patient", "the genotype files"),
        (left, "sample", "the table"),
    ):
        if number:
            found.append(
                Fault(
                    f"unmatched-{who}s",
                    f"{counted(number, f'{who} is', f'{who}s are')} not in {where}",
                    "check the ids; `nxpredict check STUDY --calls FILE` lists both sides",
                    file=file,
                    severity="warning",
                )
            )
    return found


def _summarised(warnings: Iterable[Fault]) -> list[Fault]:
    """Keep one of each warning; many files of one kind are summed up."""
    by_kind: dict[tuple[str, str], list[Fault]] = {}
    for fault in warnings:
        by_kind.setdefault((fault.code, fault.message), []).append(fault)
    kept = []
    for group in by_kind.values():
        if len(group) <= 3:
            kept += list(dict.fromkeys(group))
        else:
            first = group[0]
            message = f"{first.message} ({len(group)} files)"
            kept.append(Fault(first.code, message, first.hint, severity=first.severity))
    return kept
