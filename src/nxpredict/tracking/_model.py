"""The model folder as a model that MLflow lists, registers and serves."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle, package_versions, save_bundle

NAME = "nxpredict-model"
_CODE = "_served.py"


def log_model(
    client: Any, run_id: str, experiment_id: str, bundle: Bundle, register: str | None
) -> str:
    """Log the model of a run; return its MLflow id, ``m-...``."""
    from mlflow.entities import LoggedModelOutput

    with tempfile.TemporaryDirectory() as scratch:
        served = Path(scratch) / "served"
        _write_served(bundle, Path(scratch) / "bundle", served)
        logged = client.create_logged_model(
            experiment_id, name=NAME, source_run_id=run_id, model_type="nxpredict"
        )
        model_id = str(logged.model_id)
        client.log_model_artifacts(model_id, str(served))
        client.finalize_logged_model(model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])
    if register:
        _register(client, register, run_id, logged, bundle)
    return model_id


def _register(client: Any, name: str, run_id: str, logged: Any, bundle: Bundle) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    client.create_model_version(
        name,
        # Not `models:/m-...`, which MLflow would look up in the store of the process.
        source=logged.artifact_location,
        run_id=run_id,
        model_id=logged.model_id,
        tags={"nxpredict.model_id": bundle.model_id},
    )


def _write_served(bundle: Bundle, folder: Path, served: Path) -> None:
    """Write MLflow's folder around the model folder: models-from-code, nothing pickled."""
    import mlflow.pyfunc
    from mlflow.models import Model

    save_bundle(bundle, folder)
    described = Model()
    mlflow.pyfunc.save_model(
        path=str(served),
        python_model=str(Path(__file__).with_name(_CODE)),
        artifacts={"bundle": str(folder)},
        # None: when MLflow enforces a signature and fails, its server quotes the whole request.
        signature=False,
        input_example=example(bundle),
        pip_requirements=[f"nxpredict=={package_versions()['nxpredict']}"],
        mlflow_model=described,
    )
    # MLflow writes down where its sources lay; nobody else needs the paths of this machine.
    function = described.flavors["python_function"]
    function["model_code_path"] = _CODE
    function["artifacts"]["bundle"]["uri"] = function["artifacts"]["bundle"]["path"]
    described.save(str(served / "MLmodel"))


def example(bundle: Bundle) -> pd.DataFrame:
    """Return one raw row that is nobody: the middle of the drawn background."""
    row: dict[str, Any] = {bundle.schema.id_column: "example"}
    for spec in bundle.table_schema.predictors:
        if spec.column is None or spec.name not in bundle.background:
            continue
        drawn = bundle.background[spec.name].dropna()
        if drawn.empty:
            continue
        middle = drawn.sort_values().iloc[len(drawn) // 2]
        if spec.kind in ("binary", "ordinal"):
            level = spec.levels[int(middle)]
            middle = next(text for text, known in spec.codes.items() if known == level)
        elif spec.kind != "categorical":
            middle = round(float(middle) / spec.factor, 6)
        row[spec.column] = middle
    return pd.DataFrame([row])
