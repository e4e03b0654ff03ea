"""How often the same patients were looked at: the multiplicity that no single run can see."""

from __future__ import annotations

from typing import Any

PATIENTS = "nxpredict.patients"
MODEL = "nxpredict.model_sha256"
_PAGE = 1000


def count_looks(client: Any, patients: str, model: str) -> int:
    """Return the number of different models trained on these patients, `model` included.

    Parameters
    ----------
    client : MlflowClient
    patients : str
        Fingerprint of who they are, whatever the response and the predictors.
    model : str
        Digest of the model about to be logged; the same analysis run again is no new look.

    Returns
    -------
    int
        At least 1. Runs of every experiment of the store count, failed and deleted ones too.
    """
    from mlflow.entities import ViewType

    places = [
        experiment.experiment_id
        for experiment in _pages(
            lambda token: client.search_experiments(
                view_type=ViewType.ALL, max_results=_PAGE, page_token=token
            )
        )
    ]
    runs = _pages(
        lambda token: client.search_runs(
            places,
            filter_string=f"tags.`{PATIENTS}` = '{patients}'",
            run_view_type=ViewType.ALL,
            max_results=_PAGE,
            page_token=token,
        )
    )
    return len({run.data.tags.get(MODEL) for run in runs} | {model})


def _pages(search: Any) -> list[Any]:
    found, token = [], None
    while True:
        page = search(token)
        found += list(page)
        token = page.token
        if not token:
            return found
