"""One scoring run, one MLflow run: its summary, and nothing of any patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nxpredict.bundle import Bundle
from nxpredict.tracking._log import log_numbers, tags_of
from nxpredict.tracking._run import new_run


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
    with new_run(
        name=f"{bundle.study} scores",
        tags={**tags_of(bundle), "mlflow.source.name": "nxpredict score"},
        uri=uri,
        experiment=bundle.study,
        folder=folder,
    ) as run:
        log_numbers(run.client, run.id, _numbers(meta))
        run.client.log_dict(run.id, dict(meta), "scores.meta.json")
        run.client.log_text(run.id, page, "scores.html")
    return run.id


def _numbers(meta: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    population = meta["population"]
    yield "patients", float(meta["scores"]["rows"])
    for name in ("outside_training_range", "no_preference"):
        if population[name] is not None:
            yield name, float(population[name])
    for predictor, facts in population["predictors"].items():
        for name in ("psi", "missing"):
            if facts[name] is not None:
                yield f"{name}/{predictor}", float(facts[name])
