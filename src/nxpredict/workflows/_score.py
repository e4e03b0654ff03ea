"""The verb ``score``: new patients in, scores out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nxpredict.errors import RESEARCH_USE
from nxpredict.scoring import ScoreReport, score_file
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._patients import genotypes_of, reading_of
from nxpredict.workflows._progress import Progress, silent

NOT_SCORABLE = 4


def score(
    patients: Path | str,
    model: Path | str,
    out: Path | str,
    *,
    study: Path | str | None = None,
    genotypes: Sequence[Path | str] = (),
    allow_absent: bool = False,
    overrides: Sequence[str] = (),
    jobs: int = 1,
    progress: Progress = silent,
) -> ScoreReport:
    """Score a table of new patients.

    Parameters
    ----------
    patients : path
        CSV, TSV or Parquet.
    model : path or address
        See `load_model`.
    out : path
        ``.csv`` or ``.parquet``; it and ``<out>.meta.json`` appear whole or not at all.
    study : path, optional
        A study file whose ``predictors`` and ``additional_predictors`` say how these patients
        are named and coded; the training study's by default.
    genotypes : sequence of path
        Genotype files of these patients.
    allow_absent : bool
        Whether a predictor's column may be missing altogether.
    overrides : sequence of str
        Overrides of `study`.
    jobs : int
        Processes; the result does not depend on it.

    Returns
    -------
    ScoreReport
        Counts, and the content of the sidecar.
    """
    reading = reading_of(model, Path(patients), study, overrides)
    look_up = genotypes_of([Path(g) for g in genotypes], Path(patients), reading)
    with progress("Scoring") as step:
        return score_file(
            Path(patients),
            reading.bundle,
            Path(out),
            schema=reading.schema,
            decimal=reading.decimal or ".",
            genotypes=look_up,
            allow_absent=allow_absent,
            jobs=jobs,
            progress=lambda rows: step(rows, 0),
        )


def score_files(
    patients: Path,
    model: str,
    out: Path,
    *,
    study: Path | None = None,
    genotypes: Sequence[Path] = (),
    allow_absent: bool = False,
    overrides: Sequence[str] = (),
    jobs: int = 1,
    progress: Progress = silent,
) -> Outcome:
    """Run ``nxpredict score``: exit code 4 when some patients could not be scored."""
    report = score(
        patients,
        model,
        out,
        study=study,
        genotypes=genotypes,
        allow_absent=allow_absent,
        overrides=overrides,
        jobs=jobs,
        progress=progress,
    )
    lines = [f"{report.rows} patients, {report.rows - report.not_scorable} scored"]
    lines += _counted("preferred", report.meta)
    if report.not_scorable:
        lines.append(f"Not scorable: {report.not_scorable}, each with its reason in the file")
        lines += _counted("reasons", report.meta)
    lines += ["", f"Scores      {out}", f"About them  {out}.meta.json", "", RESEARCH_USE]
    facts = {**report.meta, "out": str(out), "research_use": RESEARCH_USE}
    return Outcome("\n".join(lines), facts, NOT_SCORABLE if report.not_scorable else 0)


def _counted(name: str, meta: dict[str, object]) -> list[str]:
    counts = meta.get("counts")
    found = counts.get(name, {}) if isinstance(counts, dict) else {}
    return [f"  {key or 'none':<44}{count:>8}" for key, count in found.items()]
