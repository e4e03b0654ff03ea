"""Whole studies drawn, trained and judged, and the model used where the truth is known."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort, Declared, load
from nxpredict.errors import DataError
from nxpredict.evaluation import Comparison, Evaluation, cross_validate, evaluate
from nxpredict.models import ArmModel, make_model
from nxpredict.planning._finished import FinishedStudy
from nxpredict.planning._questions import Choosing
from nxpredict.study import (
    ArmSet,
    ColumnResponse,
    CrossoverDesign,
    Design,
    GenotypeSource,
    ParallelDesign,
    TableSource,
)
from nxpredict.synthetic import Scenario, simulate, write_files

FOLDS = 5
TEST_PATIENTS = 2000
_TEST_SEED = 987_654
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class TestPatients:
    """Patients of the same kind whose response under every arm is known.

    Parameters
    ----------
    X : DataFrame
        Typed predictors, observed as in a study.
    p : array of float64, shape (worlds, n, arms)
        Probabilities or means. One world where the truth is known, several where a model is
        believed.
    """

    X: pd.DataFrame
    p: FloatArray

    def of(self, seed: int) -> TestPatients:
        """Return the patients as they are in the world of one study."""
        return replace(self, p=self.p[[seed % len(self.p)]])


@dataclass(frozen=True)
class ChoosingTask:
    """One study to draw.

    Parameters
    ----------
    question : Choosing
    n : int
    seed : int
    test : TestPatients
    """

    question: Choosing
    n: int
    seed: int
    test: TestPatients


def choosing_test_patients(question: Choosing, *, size: int = TEST_PATIENTS) -> TestPatients:
    """Draw the patients on whom every model of a plan is used.

    Parameters
    ----------
    question : Choosing
    size : int
    """
    if isinstance(question.scenario, FinishedStudy):
        rng = np.random.default_rng(_TEST_SEED)
        complete = question.scenario.patients(size, rng)
        worlds = question.scenario.worlds(complete)
        return TestPatients(question.scenario.observed(complete, rng), worlds)
    scenario = replace(
        question.scenario,
        n=size,
        seed=_TEST_SEED,
        new_patients=1,
        allocation="randomised",
        design="parallel",
    )
    cohort, truth = _draw(scenario)
    own = truth.set_index("patient_id").loc[cohort.ids]
    columns = [f"{question.scale.prefix}_{arm}" for arm in scenario.arms]
    p = own[columns].to_numpy(dtype=np.float64)
    return TestPatients(cohort.X, p[None])


def simulate_choosing(task: ChoosingTask) -> dict[str, float]:
    """Draw one study and return what it would have concluded and what its model is worth.

    Parameters
    ----------
    task : ChoosingTask

    Returns
    -------
    dict
        `supported` (1 when the verdict is), `differs` (1 when heterogeneity is established),
        `gain` (true share of test patients who respond, or their true mean response, under the
        arm with the best prediction, minus that under the arm that is best for all),
        `worth_<family>` (what that gain loses without the family).

    Notes
    -----
    Every study is judged as `nxpredict train` does, with one repeat of five folds.
    """
    question = task.question
    try:
        cohort = _study(question, task.n, task.seed)
    except DataError:
        # The door refused it (an arm with too few of a response, a predictor that looks like a
        # leak): such a study ends with one arm for all.
        worth = {f"worth_{family}": 0.0 for family in question.without}
        return {"supported": 0.0, "differs": 0.0, "gain": 0.0, **worth}
    X = cohort.inputs
    model = make_model(
        question.learner,
        response=cohort.scale.kind,
        random_state=task.seed,
        **cohort.learner_options,
    )
    with threadpool_limits(limits=1):
        judged = _judged(question, cohort, X, model, task.seed)
        test = task.test.of(task.seed)
        gain = _gain(model, cohort, X, test)
        found = {
            "supported": float(judged.verdict["level"] == "supported"),
            "differs": float(any(h["established"] for h in judged.heterogeneity.values())),
            "gain": gain,
        }
        for family in question.without:
            kept = [name for name in X if cohort.schema.spec(str(name)).family != family]
            found[f"worth_{family}"] = gain - _gain(model, cohort, X[kept], test)
    return found


def _judged(
    question: Choosing, cohort: Cohort, X: pd.DataFrame, model: ArmModel, seed: int
) -> Evaluation:
    out = cross_validate(
        model, X, cohort.y, cohort.arm, propensity=cohort.propensity, site=cohort.site,
        groups=cohort.groups, told=cohort.repeats, folds=FOLDS, repeats=1, random_state=seed,
    )  # fmt: skip
    comparison = Comparison.of(cohort, question.scenario.allocation)
    return evaluate(out, comparison, minimum_benefit=question.minimum_benefit, random_state=seed)


def _study(question: Choosing, n: int, seed: int) -> Cohort:
    if isinstance(question.scenario, FinishedStudy):
        return question.scenario.draw(n, seed)
    return _draw(replace(question.scenario, n=n, seed=seed, new_patients=1))[0]


def _draw(scenario: Scenario) -> tuple[Cohort, pd.DataFrame]:
    """Draw a cohort and read it through the door, as a study's files are."""
    catalog, number = load_catalog(), scenario.number
    drawn = simulate(scenario, catalog)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_files(drawn, Path(scratch) / "cohort")
        told = Declared(
            catalog=catalog,
            arms=ArmSet.of(drawn.labels, reference=scenario.arms[0]),
            design=_design(scenario),
            response=number.response if number else ColumnResponse("responder", "1"),
            genotypes=GenotypeSource((folder / "cohort.vcf.gz",)),
        )
        cohort = load(TableSource(folder / "cohort.csv"), told)
    return cohort, drawn.truth


def _design(scenario: Scenario) -> Design:
    randomised = scenario.allocation == "randomised"
    common: dict[str, Any] = {
        "site": "site",
        # Declared, as in the study file of a drawn cohort.
        "probabilities": dict.fromkeys(scenario.arms, 1 / len(scenario.arms))
        if randomised
        else None,
    }
    if scenario.design == "parallel":
        return ParallelDesign("patient_id", "arm", scenario.allocation, **common)
    days = scenario.wash_out_days
    return CrossoverDesign("patient_id", "arm", period="period", wash_out_days=days, **common)


def _gain(model: ArmModel, cohort: Cohort, X: pd.DataFrame, test: TestPatients) -> float:
    from sklearn.base import clone

    kept = tuple(name for name in model.nuisance if name in X)
    fitted: Any = clone(model).set_params(nuisance=kept)
    fitted.fit(X, cohort.y, arm=cohort.arm, propensity=cohort.propensity, **cohort.repeats)
    new = test.X.reindex(columns=list(X.columns))
    text = [str(name) for name in X if not pd.api.types.is_numeric_dtype(X[name])]
    new[text] = new[text].astype("str")
    prediction = fitted.predict_response(new).to_numpy()
    chosen = prediction.argmax(axis=1)
    p = test.p[0]
    got = p[np.arange(len(chosen)), chosen].mean()
    return float(got - p.mean(axis=0).max())
