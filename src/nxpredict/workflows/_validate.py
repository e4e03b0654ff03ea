"""The verb ``validate``: an existing model on a new cohort."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle, save_bundle
from nxpredict.config import Study, read_study
from nxpredict.errors import RESEARCH_USE
from nxpredict.output import fresh_folder, refuse_foreign
from nxpredict.report import (
    predictor_labels,
    predictor_units,
    render_validation_report,
    validation_facts,
)
from nxpredict.tracking import log_validation, store_uri
from nxpredict.workflows._again import command_again
from nxpredict.workflows._load import load_cohort
from nxpredict.workflows._outcome import Outcome
from nxpredict.workflows._patients import load_model
from nxpredict.workflows._progress import Progress, silent
from nxpredict.workflows._validation import judge_model
from nxpredict.workflows._words import validation_text


@dataclass(frozen=True)
class ValidationRun:
    """What validation found.

    Parameters
    ----------
    validation : mapping
        The content of ``validation.json``.
    model : Bundle, optional
        The recalibrated model, naming its parent; None when no change is recommended.
    mlflow_run_id : str
        The run that holds the same.
    """

    validation: Mapping[str, Any]
    model: Bundle | None
    mlflow_run_id: str


def validate(
    study: Study,
    model: Bundle,
    out: Path | str | None = None,
    *,
    target: Path | None = None,
    progress: Progress = silent,
) -> ValidationRun:
    """Judge a model on a cohort that it was not trained on, and recalibrate it where that pays.

    Parameters
    ----------
    study : Study
        The new cohort; its arms must be arms of the model. The run is tracked where it says.
    model : Bundle
    out : path, optional
        Folder for ``validation.json report.html`` and, when recalibrated, ``model/``; written
        whole or not at all. None keeps them in MLflow only.
    target : Path, optional
        A population to carry the results to: a table of patients, or a YAML file with the mean
        of each number and the share of each label.
    progress : Progress, optional

    Returns
    -------
    ValidationRun

    Raises
    ------
    DataError
        With every fault of the study, its data and its fit to the model.
    AccessError
        When the disk or the MLflow store refuses.
    """
    if out is not None:
        refuse_foreign(Path(out), "validation", study.path)
    found, moved = judge_model(study, model, load_cohort(study), target=target, progress=progress)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(out) if out is not None else Path(scratch) / "validation"
        with fresh_folder(folder, "validation") as new:
            if moved is not None:
                save_bundle(moved, new / "model")
            _write(new, found, study, model, target)
        with progress("Tracking in MLflow"):
            run_id = log_validation(
                validated=model,
                recalibrated=moved,
                validation=found,
                outputs=folder,
                study=study.to_dict(),
                study_text=study.text,
                uri=study.tracking.uri,
                experiment=study.tracking.experiment or study.name,
                register=study.tracking.register_as,
                folder=study.directory,
            )
    return ValidationRun(found, moved, run_id)


def _write(
    folder: Path,
    validation: Mapping[str, Any],
    study: Study,
    model: Bundle,
    target: Path | None,
) -> None:
    text = json.dumps(validation, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    (folder / "validation.json").write_text(text, encoding="utf-8")
    options = ["--model", model.model_id] + (
        [] if target is None else ["--target", Path(target).name]
    )
    facts = validation_facts(
        validation,
        labels=predictor_labels(model.schema),
        units=predictor_units(model.schema),
        command=command_again("validate", study.path, study.overrides, *options),
    )
    (folder / "report.html").write_text(render_validation_report(facts), encoding="utf-8")


def validate_files(
    path: Path,
    model: str,
    out: Path | None = None,
    *,
    target: Path | None = None,
    overrides: Sequence[str] = (),
    progress: Progress = silent,
) -> Outcome:
    """Run ``nxpredict validate``: validation.json, report.html and, when recalibrated, model/.

    Parameters
    ----------
    path : Path
        The study file of the new cohort.
    model : str
        See `load_model`.
    out, overrides
        As of `train_files`.
    target, progress
        As of `validate`.
    """
    study = read_study(path, overrides)
    folder = out or Path("nxpredict-results") / f"{study.name}-validation"
    refuse_foreign(folder, "validation")
    store = store_uri(study.tracking.uri, study.directory.absolute())
    bundle = load_model(model, tracking_uri=store)
    run = validate(study, bundle, folder, target=target, progress=progress)
    answer = {
        "study": study.name,
        "out": str(folder),
        "report": str(folder / "report.html"),
        "model": None if run.model is None else str(folder / "model"),
        "model_id": None if run.model is None else run.model.model_id,
        "parent": bundle.model_id,
        "mlflow_run_id": run.mlflow_run_id,
        "step": run.validation["recalibration"]["step"],
        "verdict": (run.validation["after"] or run.validation["before"])["verdict"],
        "warnings": run.validation["warnings"],
        "research_use": RESEARCH_USE,
    }
    return Outcome(validation_text(run.validation, folder), answer)
