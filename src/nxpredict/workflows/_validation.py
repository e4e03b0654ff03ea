"""An existing model on a new cohort: before recalibration, which one pays, and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort
from nxpredict.config import Study
from nxpredict.errors import RESEARCH_USE
from nxpredict.evaluation import (
    Advice,
    Comparison,
    OutOfFold,
    advise_recalibration,
    assign_folds,
    case_mix,
    evaluate,
    learn_recalibration,
    quarters,
    rounded,
)
from nxpredict.models import Recalibration, recalibrated
from nxpredict.report import untested
from nxpredict.workflows._comparison import make_comparison
from nxpredict.workflows._inputs import model_inputs, require_new_cohort
from nxpredict.workflows._progress import Progress
from nxpredict.workflows._target import target_results

FORMAT = "nxpredict-validation/1"
FOLDS = 5
LEVELLED = (
    "predictions run against the responses of this cohort: the slope was set to 0, so that the "
    "recalibrated model no longer tells its patients apart; do not use it in this population"
)


def judge_model(
    study: Study, model: Bundle, cohort: Cohort, *, target: Path | None, progress: Progress
) -> tuple[dict[str, Any], Bundle | None]:
    """Return validation.json and, where one is recommended, the recalibrated model."""
    require_new_cohort(model, cohort)
    X, warnings = model_inputs(model, cohort)
    codes = np.array([cohort.arms.names.index(a) for a in cohort.arm], dtype=np.int64)
    catalog = load_catalog()
    comparison = make_comparison(study, cohort, catalog)
    with progress("Predicting"), threadpool_limits(limits=1):
        p = _predict(model, cohort, X)
    with progress("Judging"):
        before = _judge(study, cohort, comparison, p)
        scale, y = cohort.scale, _learned(model, cohort.y)
        advice = advise_recalibration(
            _learned(model, p),
            y,
            codes,
            clusters=cohort.clusters,
            continuous=scale.continuous,
            random_state=study.model.seed,
        )
    change, moved, moved_p, after = None, None, p, None
    if advice.step != "none":
        with progress("Recalibrating"), threadpool_limits(limits=1):
            change = _learn(advice, model, cohort, X, y, codes)
            centre, unit = model.model.scale_
            moved_p = centre + unit * advice.cross_fitted
            after = _judge(study, cohort, comparison, moved_p)
            moved = _child(model, cohort, study, advice, change, after)
    document = {
        "format": FORMAT,
        "study": study.name,
        "model": {"id": model.model_id, "study": model.study},
        "response": scale.to_dict(),
        "n": len(cohort.one_row_each),
        "arms": list(cohort.arms.names),
        "reference": cohort.arms.reference,
        "allocation": study.design.allocation,
        "before": before,
        "recalibration": _advice(advice, model, change),
        "after": after,
        "recalibrated_model": None if moved is None else moved.model_id,
        "case_mix": case_mix(
            X, model.background, model.ranges, dict(model.training).get("missing", {})
        ).to_dict("records"),
        "linear_predictor": _linear_predictor(model, p),
        "target": None
        if target is None
        else target_results(
            target,
            study=study,
            cohort=cohort,
            model=model,
            X=X,
            comparison=comparison,
            out=_given(study, cohort, moved_p),
        ),
        "warnings": [*warnings, *_cautions(change, cohort)],
        "limitations": [text for text in [untested(catalog, cohort.arms.names)] if text],
        "research_use": RESEARCH_USE,
    }  # fmt: skip
    return rounded(document), moved


def _cautions(change: Recalibration | None, cohort: Cohort) -> list[str]:
    """Return what to beware of in the recalibrated model and in the cohort."""
    levelled = [LEVELLED] if change is not None and change.slope == 0 else []
    return levelled + [str(replace(i, file=None)) for i in cohort.issues if i.severity == "warning"]


def _predict(
    model: Bundle, cohort: Cohort, X: pd.DataFrame, change: Recalibration | None = None
) -> np.ndarray[Any, Any]:
    """Return predicted responses under the arms of the cohort, in its order."""
    learner = model.model if change is None else recalibrated(model.model, change)
    return learner.predict_response(X)[list(cohort.arms.names)].to_numpy()


def _learned(model: Bundle, response: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return responses on the scale that the model learned; a probability is its own."""
    centre, unit = model.model.scale_
    return np.asarray((response.astype(np.float64) - centre) / unit)


def _judge(
    study: Study, cohort: Cohort, comparison: Comparison, p: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Return the evaluation of given predictions, as training writes it."""
    evaluation = evaluate(
        _given(study, cohort, p),
        comparison,
        minimum_benefit=study.preference.minimum_benefit,
        random_state=study.model.seed,
    )
    calibration = evaluation.tables["calibration"]
    return {
        **evaluation.to_dict(),
        "curves": {
            name: calibration[calibration["arm"] == name].drop(columns="arm").to_dict("records")
            for name in cohort.arms.names
        },
    }


def _given(study: Study, cohort: Cohort, p: np.ndarray[Any, Any]) -> OutOfFold:
    """Return predictions that no fold was needed for, with folds for what is learned of them."""
    balanced = quarters(cohort.y.astype(np.float64)).tolist()
    strata = list(zip(cohort.arm.tolist(), balanced, strict=True))
    fold = assign_folds(strata, cohort.groups.tolist(), folds=FOLDS, seed=study.model.seed)
    known = None
    if cohort.propensity is not None:
        known = cohort.propensity[list(cohort.arms.names)].to_numpy()
    return OutOfFold(cohort.arms.names, fold[None, :], p[None, :, :], known, cohort.clusters)


def _learn(
    advice: Advice,
    model: Bundle,
    cohort: Cohort,
    X: pd.DataFrame,
    y: np.ndarray[Any, Any],
    codes: np.ndarray[Any, Any],
) -> Recalibration:
    """Learn the change on the model's own draws, in the order of its arms."""
    names, order = list(cohort.arms.names), [str(arm) for arm in model.model.arms_]

    def of_all(values: tuple[float, ...]) -> tuple[float, ...]:
        # Arms that this cohort lacks move with the mean of those it has.
        own = dict(zip(names, values, strict=True)) if values else {}
        return tuple(own.get(arm, float(np.mean(values))) for arm in order) if own else ()

    def widened(change: Recalibration) -> Recalibration:
        return replace(change, intercepts=of_all(change.intercepts), by_arm=of_all(change.by_arm))

    return widened(
        learn_recalibration(
            advice.step,
            lambda change: _learned(model, _predict(model, cohort, X, widened(change))),
            y,
            codes,
            n_arms=len(names),
            kept=advice.kept,
            continuous=cohort.scale.continuous,
        )
    )


def _child(
    model: Bundle,
    cohort: Cohort,
    study: Study,
    advice: Advice,
    change: Recalibration,
    after: Mapping[str, Any],
) -> Bundle:
    """Return the recalibrated model: the parent's name, and what this cohort could say."""
    parent = {
        "parent": model.model_id,
        "parent_sha256": model.sha256,
        "step": advice.step,
        "change": _told(change, model),
        "study": study.name,
        "n": len(cohort.one_row_each),
        "fingerprint": cohort.fingerprint,
    }
    return replace(
        model,
        model=recalibrated(model.model, change),
        allocation=study.design.allocation,
        answers={name: after[name] for name in ("average", "heterogeneity", "verdict")},
        eligibility=study.eligibility,
        training={**model.training, "recalibration": parent},
    )


def _told(change: Recalibration, model: Bundle) -> dict[str, Any]:
    """Return a change of log-odds, or of means as they stand in the table."""
    found = change.of_responses(*model.model.scale_).to_dict()
    return found | {"intercepts": [model.scale.turned(value) for value in found["intercepts"]]}


def _advice(advice: Advice, model: Bundle, change: Recalibration | None) -> dict[str, Any]:
    return {
        "step": advice.step,
        "closed_test": advice.tested,
        "kept": advice.kept,
        "steps": [
            {
                "step": r.step,
                "parameters": r.parameters,
                "p": r.p,
                "gain": r.gain,
                "error": r.error,
            }
            for r in advice.results
        ],
        "change": None if change is None else _told(change, model),
    }


def _linear_predictor(model: Bundle, p: np.ndarray[Any, Any]) -> dict[str, dict[str, float]]:
    """Return mean and spread of what is predicted here and among drawn training patients.

    Log-odds, or means as they stand in the table.
    """
    drawn = model.model.predict_response(model.background).to_numpy()
    found = {}
    for name, values in (("cohort", p), ("training", drawn)):
        if not model.scale.continuous:
            inside = np.clip(values, 1e-6, 1 - 1e-6)
            values = np.log(inside / (1 - inside))
        mean = model.scale.turned(values).mean(axis=1)
        found[name] = {"mean": float(mean.mean()), "sd": float(mean.std(ddof=1))}
    return found
