"""The verb ``train``: study in; model, evaluation, report and an MLflow run out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle, save_bundle
from nxpredict.catalog import load_catalog
from nxpredict.config import Study, read_study
from nxpredict.errors import RESEARCH_USE
from nxpredict.output import fresh_folder, refuse_foreign
from nxpredict.report import (
    cohort_facts,
    figure_files,
    paper_tables,
    render_cohort_report,
    render_model_card,
    render_tables,
    tripod_csv,
    tripod_markdown,
    tripod_table,
)
from nxpredict.scoring import joblib_on
from nxpredict.tracking import log_training, store_uri
from nxpredict.workflows._again import command_again
from nxpredict.workflows._drivers import explain_cohort
from nxpredict.workflows._fit import Judged, fit_and_judge
from nxpredict.workflows._load import load_cohort
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._progress import Progress, silent
from nxpredict.workflows._words import training_text


@dataclass(frozen=True)
class TrainingRun:
    """What training made.

    Parameters
    ----------
    model : Bundle
        The trained model with `predict_response` and `predict_benefit` on raw patient tables.
    evaluation : mapping
        The content of ``evaluation.json``.
    mlflow_run_id : str
        The run that holds the same.
    look : int
        How many different models were trained on these patients in this store, this one included.
    """

    model: Bundle
    evaluation: Mapping[str, Any]
    mlflow_run_id: str
    look: int


def train(
    study: Study,
    out: Path | str | None = None,
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> TrainingRun:
    """Train on a study's cohort, evaluate, report and track.

    Parameters
    ----------
    study : Study
        What `load_study` returned.
    out : path, optional
        Folder for ``model/ evaluation.json report.html tables.html tripod_ai.csv tripod_ai.md
        model_card.md tables/``; written whole or not at all. None keeps them in MLflow only.
    jobs : int, optional
        Processes; all cores by default.
    scheduler : str, optional
        Address of a running Dask scheduler that does the repeated work instead.
    progress : Progress, optional

    Returns
    -------
    TrainingRun

    Raises
    ------
    DataError
        With every fault of the study and its data; nothing is written then.
    AccessError
        When the disk or the MLflow store refuses.
    """
    if out is not None:
        refuse_foreign(Path(out), "training", study.path)
    cohort = load_cohort(study)
    catalog = load_catalog()
    with joblib_on(scheduler, jobs) as n_jobs:
        judged = fit_and_judge(study, cohort, catalog, jobs=n_jobs, progress=progress)
    with progress("Explaining"):
        drivers = explain_cohort(judged.bundle, cohort, judged.looks, seed=study.model.seed)
    facts = cohort_facts(
        cohort=cohort,
        evaluation=judged.evaluation,
        tables=judged.tables,
        bundle=judged.bundle,
        catalog=catalog,
        drivers=drivers,
        run={
            "command": command_again("train", study.path, study.overrides),
            "seed": str(study.model.seed),
        },
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(out) if out is not None else Path(scratch) / "training"
        with fresh_folder(folder, "training") as new:
            write_training(new, judged, facts)
        with progress("Tracking in MLflow"):
            logged = log_training(
                bundle=judged.bundle,
                patients=cohort.patients,
                evaluation=judged.evaluation,
                outputs=folder,
                study=study.to_dict(),
                study_text=study.text,
                uri=study.tracking.uri,
                experiment=study.tracking.experiment or study.name,
                register=study.tracking.register_as,
                folder=study.directory,
            )
    return TrainingRun(judged.bundle, judged.evaluation, logged.run_id, logged.look)


def write_training(folder: Path, judged: Judged, facts: Mapping[str, Any]) -> None:
    """Write every file of a training into an empty folder."""
    save_bundle(judged.bundle, folder / "model")
    texts = {
        "evaluation.json": _json(judged.evaluation),
        "facts.json": _json(facts),
        "report.html": render_cohort_report(facts),
        "tables.html": render_tables(facts),
        "model_card.md": render_model_card(facts),
        "tripod_ai.csv": tripod_csv(tripod_table(facts)),
        "tripod_ai.md": tripod_markdown(tripod_table(facts)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for kind, files in (("figures", figure_files(facts)), ("tables", _tables(judged, facts))):
        (folder / kind).mkdir()
        for name, text in files.items():
            (folder / kind / name).write_text(text, encoding="utf-8")


def _tables(judged: Judged, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the numbers in full, and the tables of a paper by the number they have there."""
    full = {
        f"{name}.csv": table.to_csv(index=False, float_format="%.10g")
        for name, table in judged.tables.items()
    }
    printed = enumerate(paper_tables(facts), start=1)
    return full | {f"table_{k}_{table.name}.csv": table.csv() for k, table in printed}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def train_files(
    path: Path,
    out: Path | None = None,
    *,
    overrides: Sequence[str] = (),
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Run ``nxpredict train``: the outcome names the paths and the command of the MLflow UI.

    Parameters
    ----------
    path : Path
        The study file.
    out : Path, optional
        By default a folder of the study's name in ``nxpredict-results``.
    overrides : sequence of str
        ``key=value``, as of ``--set``.
    jobs, scheduler, progress
        As of `train`.
    """
    study = read_study(path, overrides)
    folder = out or Path("nxpredict-results") / study.name
    run = train(study, folder, jobs=jobs, scheduler=scheduler, progress=progress)
    facts = {
        "study": study.name,
        "out": str(folder),
        "report": str(folder / "report.html"),
        "model": str(folder / "model"),
        "model_id": run.model.model_id,
        "mlflow_run_id": run.mlflow_run_id,
        "look": run.look,
        "verdict": run.evaluation["verdict"],
        "average": run.evaluation["average"],
        "warnings": run.evaluation["warnings"],
        "research_use": RESEARCH_USE,
    }
    store = store_uri(study.tracking.uri, study.directory.absolute())
    return Outcome(training_text(study, run.evaluation, run.look, folder, store), facts)
