"""One validation, one MLflow run: what the model was before, and what it is after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.tracking._log import log_numbers, metrics, tags_of
from nxpredict.tracking._model import log_model
from nxpredict.tracking._run import new_run
from nxpredict.tracking._study import log_study


def log_validation(
    *,
    validated: Bundle,
    recalibrated: Bundle | None,
    validation: Mapping[str, Any],
    outputs: Path,
    study: Mapping[str, Any],
    study_text: str | None,
    uri: str,
    experiment: str,
    register: str | None = None,
    folder: Path,
) -> str:
    """Log a finished validation and, where there is one, the recalibrated model.

    Parameters
    ----------
    validated : Bundle
        The model as it came; the run's tags name it, with the verdict on what it became.
    recalibrated : Bundle, optional
        Its child; logged, and registered under `register`.
    validation : mapping
        Content of validation.json; its numbers become metrics such as
        ``before/naltrexone/auc`` and ``after/benefit/nalmefene_vs_naltrexone/ate``.
    outputs : Path
        Folder of what the validation wrote; logged as it is.
    study, study_text, uri, experiment, register, folder
        As in `log_training`; of the study of the new cohort.

    Returns
    -------
    str
        The id of the run.

    Raises
    ------
    AccessError
        When the store refuses; nothing in `outputs` is touched.
    """
    judged = validation["after"] or validation["before"]
    tags = {
        **tags_of(validated),
        "mlflow.source.name": "nxpredict validate",
        "nxpredict.verdict": str(judged["verdict"]["level"]),
        "nxpredict.recalibration": str(validation["recalibration"]["step"]),
    }
    name = f"{validation['study']} validation"
    with new_run(name=name, tags=tags, uri=uri, experiment=experiment, folder=folder) as run:
        log_study(run.client, run.id, study, study_text)
        for stage in ("before", "after"):
            found = metrics(validation[stage] or {})
            log_numbers(run.client, run.id, ((f"{stage}/{key}", value) for key, value in found))
        run.client.log_artifacts(run.id, str(outputs))
        if recalibrated is not None:
            log_model(run.client, run.id, run.experiment, recalibrated, register)
    return run.id
