"""An existing model on a new cohort: before recalibration, which one pays, and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort
from nxpredict.config import Study
from nxpredict.errors import RESEARCH_USE
from nxpredict.evaluation import Advice, case_mix, link_of, rounded
from nxpredict.models import Recalibration, recalibrated
from nxpredict.report import untested
from nxpredict.workflows._comparison import make_comparison
from nxpredict.workflows._inputs import model_inputs, require_new_cohort
from nxpredict.workflows._new_cohort import Floats, NewCohort
from nxpredict.workflows._progress import Progress
from nxpredict.workflows._target import target_results

FORMAT = "nxpredict-validation/1"
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
    catalog = load_catalog()
    here = NewCohort(study, model, cohort, X, make_comparison(study, cohort, catalog))
    with progress("Predicting"), threadpool_limits(limits=1):
        p = here.predict()
    with progress("Judging"):
        before, advice = here.judge(p), here.advise(p)
    moved = None
    if advice.step != "none":
        with progress("Recalibrating"), threadpool_limits(limits=1):
            moved = _recalibrated(here, advice)
    change = None if moved is None else moved.change
    judged = before if moved is None else moved.after
    document = {
        **_about(here),
        "before": before,
        "recalibration": _advice(advice, model, change),
        "after": None if moved is None else moved.after,
        "recalibrated_model": None if moved is None else moved.model.model_id,
        "case_mix": case_mix(
            X, model.background, model.ranges, dict(model.training).get("missing", {})
        ).to_dict("records"),
        "linear_predictor": _linear_predictor(model, p),
        "target": None
        if target is None
        else target_results(target, here, p if moved is None else moved.p),
        "warnings": [*warnings, *judged["warnings"], *_cautions(change, cohort)],
        "limitations": [text for text in [untested(catalog, cohort.arms.names)] if text],
        "research_use": RESEARCH_USE,
    }
    return rounded(document), None if moved is None else moved.model


class _Moved(NamedTuple):
    """A recalibrated model; what it predicts out of fold, and how good that is."""

    change: Recalibration
    model: Bundle
    p: Floats
    after: dict[str, Any]


def _recalibrated(here: NewCohort, advice: Advice) -> _Moved:
    change = here.learn(advice)
    centre, unit = here.model.model.scale_
    p = centre + unit * advice.cross_fitted
    after = here.judge(p)
    return _Moved(change, _child(here, advice, change, after), p, after)


def _about(here: NewCohort) -> dict[str, Any]:
    """Return what was judged, and on whom."""
    cohort, model = here.cohort, here.model
    return {
        "format": FORMAT,
        "study": here.study.name,
        "model": {"id": model.model_id, "study": model.study},
        "response": cohort.scale.to_dict(),
        "n": len(cohort.one_row_each),
        "arms": here.arms,
        "reference": cohort.arms.reference,
        "allocation": here.study.design.allocation,
    }


def _cautions(change: Recalibration | None, cohort: Cohort) -> list[str]:
    """Return what to beware of in the recalibrated model and in the cohort."""
    levelled = [LEVELLED] if change is not None and change.slope == 0 else []
    return levelled + [str(replace(i, file=None)) for i in cohort.issues if i.severity == "warning"]


def _child(
    here: NewCohort, advice: Advice, change: Recalibration, after: Mapping[str, Any]
) -> Bundle:
    """Return the recalibrated model: the parent's name, and what this cohort could say."""
    model, study, cohort = here.model, here.study, here.cohort
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
        answers=_answers(model.arms.names, here.arms, after),
        preference={
            "minimum_benefit": study.preference.minimum_benefit,
            "probability": study.preference.probability,
        },
        eligibility=study.eligibility,
        training={**model.training, "recalibration": parent},
    )


def _answers(arms: Sequence[str], seen: Sequence[str], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the three answers of a cohort for a model of `arms`, of which it may lack some."""
    found = {name: after[name] for name in ("average", "heterogeneity", "verdict")}
    if not (absent := [arm for arm in arms if arm not in seen]):
        return found
    reason = f"The cohort of the recalibration lacks {', '.join(absent)}."
    return found | {
        "average": {name: {**each, "better": None} for name, each in found["average"].items()},
        "verdict": {**found["verdict"], "level": "not assessable", "reasons": [reason]},
    }


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


def _linear_predictor(model: Bundle, p: Floats) -> dict[str, dict[str, float]]:
    """Return mean and spread of what is predicted here and among drawn training patients.

    Log-odds, or means as they stand in the table.
    """
    drawn = model.model.predict_response(model.background).to_numpy()
    link = link_of(model.scale.continuous)
    found = {}
    for name, values in (("cohort", p), ("training", drawn)):
        mean = model.scale.turned(link.predictor(values)).mean(axis=1)
        found[name] = {"mean": float(mean.mean()), "sd": float(mean.std(ddof=1))}
    return found
