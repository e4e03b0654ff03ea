"""How fast and how exact explanations of the deployed default learner are.

Usage: python experiments/explanation_speed/run.py

20 predictors, 50 background rows, 256 draws of 2 arms. CPU seconds of one thread; every line is
measured on the same fitted model in the same run, and the plain explainer of shap is given the
same function and the same background.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.explain import Explanation, explain_response
from nxpredict.models import ArmModel, make_model

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "operating_characteristics"))
from cohorts import SCENARIOS, KnownCohort, draw  # noqa: E402

BACKGROUND_ROWS = 50
PATIENTS, PATIENTS_BY_TABLES, PATIENTS_OF_SHAP = 100, 20, 3
EXACT_PREDICTORS = [f"predictor_{j:02d}" for j in (0, 1, 2, 3, 8, 9, 10, 11, 12, 14)]


class AnyModel:
    """The same function without the sum over predictors: what any other learner costs."""

    def __init__(self, model: ArmModel) -> None:
        self.predict_response = model.predict_response
        self.predict_draws = model.predict_draws


def fitted(cohort: KnownCohort, names: list[str]) -> ArmModel:
    model = make_model("default", random_state=1)
    return model.fit(cohort.X[names], cohort.y, arm=cohort.arm, propensity=cohort.propensity)


def background_of(X: pd.DataFrame) -> pd.DataFrame:
    """Draw each column apart, as the model file does."""
    columns = {
        name: X[name].sample(BACKGROUND_ROWS, random_state=k, ignore_index=True)
        for k, name in enumerate(X)
    }
    return pd.DataFrame(columns)


def plain_shap(model: ArmModel, X: pd.DataFrame, background: pd.DataFrame) -> None:
    import shap

    names = list(X.columns)
    masker = shap.maskers.Independent(background.to_numpy(), max_samples=len(background))
    explainer = shap.PermutationExplainer(
        lambda rows: model.predict_response(pd.DataFrame(rows, columns=names)).to_numpy(), masker
    )
    explainer(X.to_numpy(), silent=True)


def a_second(patients: int, work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return patients / (time.process_time() - start)


def speeds(cohort: KnownCohort) -> dict[str, float]:
    names = list(cohort.X.columns)
    model, background = fitted(cohort, names), background_of(cohort.X)
    patients = cohort.X.head(PATIENTS)

    def ours(n: int, asked: object, *, intervals: bool) -> float:
        some = patients.head(n)
        return a_second(n, lambda: explain_response(asked, some, background, intervals=intervals))

    ours(1, model, intervals=False)
    return {
        "default, point values": ours(PATIENTS, model, intervals=False),
        "default, intervals": ours(PATIENTS, model, intervals=True),
        "any model, point values": ours(PATIENTS_BY_TABLES, AnyModel(model), intervals=False),
        "shap.PermutationExplainer": a_second(
            PATIENTS_OF_SHAP,
            lambda: plain_shap(model, patients.head(PATIENTS_OF_SHAP), background),
        ),
    }


def distance_from_exact(cohort: KnownCohort) -> tuple[float, float]:
    """Return the mean absolute difference from enumeration, and the error that was stated."""
    X = cohort.X[EXACT_PREDICTORS]
    model, background = fitted(cohort, EXACT_PREDICTORS), background_of(X)
    found: list[Explanation] = [
        explain_response(model, X.head(10), background, method=method)
        for method in ("exact", "permutation")
    ]
    return float(np.abs(found[0].values - found[1].values).mean()), found[1].error


def main() -> None:
    cohort = draw(SCENARIOS["many modifiers, SD 0.20"], 1000, [1, 2])
    with threadpool_limits(limits=1):
        found = speeds(cohort)
        distance, stated = distance_from_exact(cohort)
    rows = [("patients a CPU second", name, f"{value:.3g}") for name, value in found.items()]
    rows += [
        ("from exact enumeration, 10 predictors", "mean absolute difference", f"{distance:.2g}"),
        ("from exact enumeration, 10 predictors", "stated error of a value", f"{stated:.2g}"),
    ]
    table = pd.DataFrame(rows, columns=["quantity", "of", "value"])
    table.to_csv(HERE / "results.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
