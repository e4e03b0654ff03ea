"""The verb ``score``: new patients in, scores out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from nxpredict.errors import RESEARCH_USE, UsageError, counted
from nxpredict.output import fresh_file, not_ours
from nxpredict.report import predictor_labels, render_scores_page, scores_facts
from nxpredict.scoring import (
    NO_CONTRAST,
    Engine,
    ScoreReport,
    dask_engine,
    local_engine,
    score_file,
)
from nxpredict.tracking import log_scoring
from nxpredict.workflows._outcome import NOT_SCORABLE, Outcome
from nxpredict.workflows._patients import genotypes_of, reading_of
from nxpredict.workflows._progress import Progress, silent


def score(
    patients: Path | str,
    model: Path | str,
    out: Path | str,
    *,
    study: Path | str | None = None,
    genotypes: Sequence[Path | str] = (),
    allow_absent: bool = False,
    next_test: bool = False,
    overrides: Sequence[str] = (),
    engine: str = "local",
    scheduler: str | None = None,
    jobs: int | None = None,
    resume: bool = False,
    track: str | None = None,
    progress: Progress = silent,
) -> ScoreReport:
    """Score a table of new patients.

    Parameters
    ----------
    patients : path
        CSV, TSV, Parquet or a folder of Parquet files.
    model : path or address
        See `load_model`.
    out : path
        ``.csv`` or ``.parquet``; it, ``<out>.meta.json`` and ``<out>.html``, which say how these
        patients compare with the cohort, appear whole or not at all.
    study : path, optional
        A study file whose ``predictors`` and ``additional_predictors`` say how these patients
        are named and coded; the training study's by default.
    genotypes : sequence of path
        Genotype files of these patients.
    allow_absent : bool
        Whether a predictor's column may be missing altogether.
    next_test : bool
        Whether to add which missing genotype or blood value is worth obtaining next.
    overrides : sequence of str
        Overrides of `study`.
    engine : {"local", "dask"}
        Where blocks are scored; the result does not depend on it.
    scheduler : str, optional
        Address of a running Dask scheduler; implies the engine ``dask``.
    jobs : int, optional
        Workers; all cores by default. The result does not depend on it.
    resume : bool
        Whether to go on from the complete parts of an interrupted run.
    track : str, optional
        Address of an MLflow store in which the summary is logged as a run, such as
        ``sqlite:///mlflow.db``.

    Returns
    -------
    ScoreReport
        Counts, and the content of the sidecar.
    """
    chosen = _engine(engine, scheduler, jobs or cores())
    _refuse_foreign_page(page_beside(out))
    reading = reading_of(model, Path(patients), study, overrides, genotype_files=bool(genotypes))
    look_up = genotypes_of([Path(g) for g in genotypes], Path(patients), reading)
    with progress("Scoring") as step:
        report = score_file(
            Path(patients),
            reading.bundle,
            Path(out),
            schema=reading.schema,
            separator=reading.separator,
            decimal=reading.decimal or ".",
            genotypes=look_up,
            warnings=[] if look_up is None else [str(warning) for warning in look_up.warnings],
            genotype_files=[Path(g) for g in genotypes],
            allow_absent=allow_absent,
            next_test=next_test,
            engine=chosen,
            resume=resume,
            progress=step,
        )
    labels = predictor_labels(reading.bundle.schema)
    page = render_scores_page(scores_facts(report.meta, labels))
    with fresh_file(page_beside(out)) as temporary:
        temporary.write_text(page, encoding="utf-8")
    if track is not None:
        log_scoring(
            bundle=reading.bundle, meta=report.meta, page=page, uri=track, folder=Path.cwd()
        )
    return report


def _refuse_foreign_page(page: Path) -> None:
    """Raise UsageError when something that is no page of ours has its name."""
    if not page.exists():
        return
    try:
        ours = RESEARCH_USE in page.read_text(encoding="utf-8", errors="replace")
    except OSError:
        ours = False
    if not ours:
        raise not_ours(page)


def page_beside(out: Path | str) -> Path:
    """Return where the page about a score file lies.

    Examples
    --------
    >>> page_beside("scores.csv").name
    'scores.csv.html'
    """
    return Path(f"{out}.html")


def _engine(name: str, scheduler: str | None, jobs: int) -> Engine:
    if name not in ("local", "dask"):
        raise UsageError(f"There is no engine '{name}'.", "Choose local or dask.")
    if name == "dask" or scheduler is not None:
        return dask_engine(scheduler, jobs)
    return local_engine(jobs)


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def score_outcome(report: ScoreReport) -> Outcome:
    """Return what ``nxpredict score`` says: exit code 4 when some patients could not be scored.

    Parameters
    ----------
    report : ScoreReport
        Of `score`.
    """
    out = report.out
    lines = [f"{counted(report.rows, 'patient')}, {report.rows - report.not_scorable} scored"]
    lines += _counted("preferred", report.meta)
    if report.not_scorable:
        lines.append(f"Not scorable: {report.not_scorable}, each with its reason in the file")
        lines += _counted("reasons", report.meta)
    lines += [f"Warning: {text}" for text in report.meta["warnings"]]
    if found := report.meta["population"]["warnings"]:
        lines += ["Unlike the cohort that made the model:", *(f"  {text}" for text in found)]
    lines += ["", f"Scores      {out}", f"About them  {out}.meta.json, {page_beside(out)}"]
    lines += ["", RESEARCH_USE]
    facts = {**report.meta, "out": str(out), "research_use": RESEARCH_USE}
    return Outcome("\n".join(lines), facts, NOT_SCORABLE if report.not_scorable else 0)


def _counted(name: str, meta: dict[str, object]) -> list[str]:
    counts = meta.get("counts")
    found = counts.get(name, {}) if isinstance(counts, dict) else {}
    return [
        f"  {key or 'none':<44}{count:>8}" for key, count in found.items() if key != NO_CONTRAST
    ]
