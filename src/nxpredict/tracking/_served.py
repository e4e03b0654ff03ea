"""The model as MLflow runs it; MLflow executes this file, and it executes nothing but nxpredict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from nxpredict.bundle import load_bundle
from nxpredict.cohort import read_batch
from nxpredict.scoring import score_batch
from nxpredict.tracking._store import import_mlflow

mlflow = import_mlflow()


class ScoringModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """Gives the scores of `nxpredict score` for raw patient tables."""

    def load_context(self, context: Any) -> None:
        """Load the model folder that was logged beside this file."""
        self.bundle = load_bundle(Path(context.artifacts["bundle"]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Return one row of scores for each patient."""
        del context, params
        if not isinstance(model_input, pd.DataFrame):
            raise TypeError("send the patients as dataframe_split or dataframe_records")
        if model_input.shape[1] == 0:
            expected = ", ".join(self.bundle.table_schema.columns)
            raise ValueError(f"none of the columns is known; expected some of: {expected}")
        if model_input.columns.has_duplicates:
            raise ValueError("two columns have the same name; each may be given once")
        table = model_input.reset_index(drop=True)
        return score_batch(read_batch(table, self.bundle.schema_of(table.columns)), self.bundle)


mlflow.models.set_model(ScoringModel())
