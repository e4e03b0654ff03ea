"""The verbs ``check`` and ``init``: what is wrong, what was understood, what to write down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.catalog import load_catalog
from nxpredict.cohort import StudyCalls, draft_study, read_study_calls
from nxpredict.config import Study, read_study
from nxpredict.errors import RESEARCH_USE, DataError, FaultLog, UsageError
from nxpredict.genotypes import CallsTable, genotype_facts
from nxpredict.output import fresh_file, refuse_other_table
from nxpredict.workflows._load import load_cohort
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._words import check_text, genotypes_text


def draft(table: Path) -> Outcome:
    """Return a drafted study file; the guesses in it are marked."""
    text = draft_study(table)
    return Outcome(text.rstrip("\n"), {"study_file": text, "research_use": RESEARCH_USE})


def check_study(
    path: Path,
    *,
    overrides: Sequence[str] = (),
    genotypes_only: bool = False,
    calls: Path | None = None,
) -> Outcome:
    """Read a study and its data; raise every fault together, or say what was understood.

    Parameters
    ----------
    path : Path
        The study file.
    overrides : sequence of str
    genotypes_only : bool
        Read the genotypes and nothing else of the table.
    calls : Path, optional
        Where to write the calls, one row a patient and locus; ``NAME.unmatched.csv`` beside it
        lists the patients without a sample and the samples of no patient.
    """
    study = read_study(path, overrides)
    if genotypes_only or calls is not None:
        faults = FaultLog()
        found = _calls(study, faults)
        if calls is not None:
            _write_calls(found.calls, calls)
        if genotypes_only:
            return _genotype_outcome(study, found, faults, calls)
    cohort = load_cohort(study)
    facts = {
        "study": study.name,
        **cohort.facts,
        "fingerprint": cohort.fingerprint,
        "issues": [issue.to_dict() for issue in cohort.issues],
        "research_use": RESEARCH_USE,
    }
    return Outcome(f"{study.name}\n{check_text(cohort.facts, cohort.issues)}", facts)


def _write_calls(table: CallsTable, path: Path) -> None:
    """Write the calls, and beside them who of either side of the join found no partner."""
    tables = {path: table.to_frame(), _unmatched(path): table.misses()}
    for file, frame in tables.items():
        refuse_other_table(file, frame.columns)
    for file, frame in tables.items():
        with fresh_file(file) as new:
            frame.to_csv(new, index=False, float_format="%g")


def _unmatched(path: Path) -> Path:
    return path.with_name(f"{path.stem}.unmatched{path.suffix}")


def _calls(study: Study, faults: FaultLog) -> StudyCalls:
    found = read_study_calls(
        study.table,
        catalog=load_catalog(),
        design=study.design,
        predictors=study.predictors,
        genotypes=study.genotypes,
        faults=faults,
    )
    if found is None:
        faults.raise_if_errors()
        raise UsageError(
            "This study names no genotypes.",
            "Add `genotypes:` with the files, or columns named after a locus of the catalogue; "
            "copies of long repeats, of a haplotype or in fractions are no calls.",
        )
    return found


def _genotype_outcome(
    study: Study, found: StudyCalls, faults: FaultLog, calls: Path | None
) -> Outcome:
    facts = {
        "study": study.name,
        **genotype_facts(found.calls, site=found.site, ancestry=found.ancestry),
        "calls": None if calls is None else str(calls),
        "unmatched": None if calls is None else str(_unmatched(calls)),
        "research_use": RESEARCH_USE,
    }
    facts["faults"] = [fault.to_dict() for fault in faults.errors]
    text = genotypes_text(study.name, facts, faults.errors)
    return Outcome(text, facts, DataError.exit_code if faults.errors else 0)
