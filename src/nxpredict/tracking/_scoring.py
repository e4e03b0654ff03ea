"""One scoring run, one MLflow run: its summary, and nothing of any patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.tracking._log import batched, metric_name, tags_of
from nxpredict.tracking._store import (
    database_file,
    mlflow_client,
    open_experiment,
    set_up,
    store_uri,
)


def log_scoring(
    *, bundle: Bundle, meta: Mapping[str, Any], page: str, uri: str, folder: Path
) -> str:
    """Log the summary of a scoring run in the experiment that bears the study's name.

    Parameters
    ----------
    bundle : Bundle
        The model.
    meta : mapping
        Content of the sidecar of the scores.
    page : str
        The page about it, as HTML.
    uri : str
        Where MLflow keeps runs; a relative SQLite path starts from `folder`.
    folder : Path

    Returns
    -------
    str
        The id of the run.

    Raises
    ------
    AccessError
        When the store refuses.
    """
    from mlflow.entities import Metric

    if (database := database_file(uri, folder)) is not None:
        set_up(database)
    with mlflow_client(store_uri(uri, folder)) as client:
        place = open_experiment(client, bundle.study, uri, folder)
        tags = {**tags_of(bundle), "mlflow.source.name": "nxpredict score"}
        run = client.create_run(place, tags=tags, run_name=f"{bundle.study} scores")
        run_id = str(run.info.run_id)
        try:
            for values in batched(Metric(name, value, 0, 0) for name, value in _numbers(meta)):
                client.log_batch(run_id, metrics=values)
            client.log_dict(run_id, dict(meta), "scores.meta.json")
            client.log_text(run_id, page, "scores.html")
        except BaseException:
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id)
    return run_id


def _numbers(meta: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    population = meta["population"]
    yield "patients", float(meta["scores"]["rows"])
    for name in ("outside_training_range", "no_preference"):
        if population[name] is not None:
            yield name, float(population[name])
    for predictor, facts in population["predictors"].items():
        for name in ("psi", "missing"):
            if facts[name] is not None:
                yield metric_name(f"{name}/{predictor}"), float(facts[name])
