"""One training, one MLflow run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nxpredict.bundle import Bundle, package_versions
from nxpredict.errors import RESEARCH_USE
from nxpredict.tracking._looks import MODEL, PATIENTS, count_looks
from nxpredict.tracking._model import log_model
from nxpredict.tracking._run import batched, mlflow_key, new_run
from nxpredict.tracking._study import log_study

# What MLflow would fill in with a person's name and a path of this machine.
_NEUTRAL = {
    "mlflow.user": "nxpredict",
    "mlflow.source.name": "nxpredict train",
    "mlflow.source.type": "LOCAL",
}


class LoggedRun(NamedTuple):
    """A run in MLflow.

    Parameters
    ----------
    run_id : str
    look : int
        How many different models were trained on the same patients in this store, this one
        included.
    """

    run_id: str
    look: int


def log_training(
    *,
    bundle: Bundle,
    patients: str,
    evaluation: Mapping[str, Any],
    outputs: Path,
    study: Mapping[str, Any],
    study_text: str | None,
    uri: str,
    experiment: str,
    register: str | None = None,
    folder: Path,
) -> LoggedRun:
    """Log a finished training as one MLflow run, and its model as one that MLflow can serve.

    Parameters
    ----------
    bundle : Bundle
        The trained model.
    patients : str
        Fingerprint of who the patients are.
    evaluation : mapping
        Content of evaluation.json; its numbers become metrics such as ``naltrexone/auc`` and
        ``benefit/nalmefene_vs_naltrexone/ate``, their intervals ``..._lower`` and ``..._upper``.
    outputs : Path
        Folder of what the training wrote; logged as it is.
    study : mapping
        The study as it ran, as nested values.
    study_text : str, optional
        The study file, if it says what ran.
    uri : str
        Where MLflow keeps runs; a relative SQLite path starts from `folder`.
    experiment : str
        Name of the experiment.
    register : str, optional
        Name under which the model is registered, as a new version.
    folder : Path
        Folder of the study file.

    Returns
    -------
    LoggedRun

    Raises
    ------
    AccessError
        When the store refuses; nothing in `outputs` is touched.
    """
    tags = tags_of(bundle) | {PATIENTS: patients, "mlflow.note.content": _description(bundle)}
    with new_run(
        name=bundle.study, tags=tags, uri=uri, experiment=experiment, folder=folder
    ) as run:
        look = count_looks(run.client, patients, bundle.sha256)
        run.client.set_tag(run.id, "nxpredict.look", str(look))
        _log_facts(run.client, run.id, bundle, evaluation)
        folds = evaluation.get("model", {}).get("folds_sha256")
        log_study(run.client, run.id, study, study_text, {"folds_sha256": folds} if folds else {})
        run.client.log_artifacts(run.id, str(outputs))
        log_model(run.client, run.id, run.experiment, bundle, register)
    return LoggedRun(run.id, look)


def _description(bundle: Bundle) -> str:
    """Return what the page of a run says first, in Markdown."""
    verdict = bundle.answers["verdict"]
    lines = [f"**Does this cohort support choosing? {str(verdict['level']).capitalize()}.**", ""]
    lines += [f"- {reason}" for reason in verdict.get("reasons", ())]
    lines += [
        "",
        "Under Artifacts: `report.html`, `figures`, `tables.html`, `model_card.md`.",
        "Runs with the same `folds_sha256` were judged on the same folds.",
        "",
        RESEARCH_USE,
    ]
    return "\n".join(lines)


def tags_of(bundle: Bundle) -> dict[str, str]:
    """Return what names a model in a run."""
    return {
        **_NEUTRAL,
        "nxpredict.version": package_versions()["nxpredict"],
        "nxpredict.model_id": bundle.model_id,
        MODEL: bundle.sha256,
        "nxpredict.data_fingerprint": bundle.fingerprint,
        "nxpredict.catalog_version": bundle.catalog_version,
        "nxpredict.verdict": str(bundle.answers["verdict"]["level"]),
        "nxpredict.research_use": RESEARCH_USE,
    }


def _log_facts(
    client: Any,
    run_id: str,
    bundle: Bundle,
    evaluation: Mapping[str, Any],
) -> None:
    log_numbers(client, run_id, metrics(evaluation))
    client.log_inputs(run_id, [_dataset(bundle)])


def log_numbers(client: Any, run_id: str, numbers: Iterable[tuple[str, float]]) -> None:
    """Log numbers by their names."""
    from mlflow.entities import Metric

    named = {mlflow_key(name): value for name, value in numbers}
    for values in batched(Metric(name, number, 0, 0) for name, number in named.items()):
        client.log_batch(run_id, metrics=values)


def _dataset(bundle: Bundle) -> Any:
    """Return the cohort as MLflow names data: a digest, a shape and the columns, no rows."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    rows, columns = int(bundle.training["n"]), len(bundle.schema.predictors)
    named = [{"type": "any", "name": p.name, "required": False} for p in bundle.schema.predictors]
    dataset = Dataset(
        name=bundle.study,
        digest=bundle.fingerprint[:32],
        source_type="nxpredict",
        source=json.dumps({"sha256": bundle.fingerprint}),
        schema=json.dumps({"mlflow_colspec": named}),
        profile=json.dumps({"num_rows": rows, "num_elements": rows * columns}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])


def metrics(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of evaluation.json under the names that MLflow shows.

    Examples
    --------
    >>> auc = {"estimate": 0.7, "lower": 0.6, "upper": 0.8}
    >>> dict(metrics({"per_arm": {"naltrexone": {"auc": auc}}}))
    {'naltrexone/auc': 0.7, 'naltrexone/auc_lower': 0.6, 'naltrexone/auc_upper': 0.8}
    """
    yield from _numbers(evaluation.get("per_arm", {}), "")
    yield from _numbers(evaluation.get("average", {}), "average/")
    yield from _numbers(evaluation.get("heterogeneity", {}), "heterogeneity/")
    yield from _numbers(evaluation.get("contrasts", {}), "benefit/")
    tolerability = evaluation.get("tolerability", {})
    for part in ("per_arm", "average"):
        yield from _numbers(tolerability.get(part, {}), "tolerability/")


def _numbers(value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield from _numbers(item, f"{prefix}{key}/")
        elif isinstance(item, int | float) and math.isfinite(item):
            place = prefix.rstrip("/")
            of_parent = {"estimate": place, "lower": f"{place}_lower", "upper": f"{place}_upper"}
            yield of_parent.get(key, f"{prefix}{key}"), float(item)
