"""From a cohort to a judged model: cross-validate, evaluate, fit, explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from nxpredict.bundle import (
    Bundle,
    make_background,
    make_distributions,
    make_ranges,
    make_similar,
)
from nxpredict.catalog import Catalog
from nxpredict.cohort import Cohort
from nxpredict.config import Study
from nxpredict.errors import RESEARCH_USE
from nxpredict.evaluation import (
    Evaluation,
    Look,
    OutOfFold,
    cross_validate,
    evaluate,
    planned_tests,
    rounded,
)
from nxpredict.models import ArmModel, ExpectedEffect, coefficients, make_model
from nxpredict.study import share_of
from nxpredict.workflows._beside import BesideResults, look_beside
from nxpredict.workflows._comparison import make_comparison, pooled_sites
from nxpredict.workflows._drivers import DriverTables, few_patients, look_at_drivers
from nxpredict.workflows._progress import Progress

FORMAT = "nxpredict-evaluation/1"
BACKGROUND_ROWS = 50
DESIGN = ("kind", "allocation", "patients", "periods", "wash_out_days", "carry_over", "carried")
FEWEST_SITES = 3
"""Fewer, and there is nothing to say about sites that were not in the cohort."""


@dataclass(frozen=True)
class Judged:
    """A model, what the cohort says about it, and the drivers of every fold's model."""

    bundle: Bundle
    evaluation: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    looks: tuple[DriverTables, ...]


def fit_and_judge(
    study: Study, cohort: Cohort, catalog: Catalog, *, jobs: int, progress: Progress
) -> Judged:
    """Train the study's learner, evaluate it out of fold and gather the model file."""
    X, options = cohort.inputs, cohort.learner_options
    if study.model.prior == "sceptical":
        options["expected"] = _expected(catalog, cohort.arms.names)
    model = make_model(
        study.model.learner,
        response=cohort.scale.kind,
        random_state=study.model.seed,
        **options,
    )
    rng = np.random.default_rng(study.model.seed)
    patients = cohort.X.iloc[cohort.one_row_each]
    background = make_background(patients, cohort.schema, BACKGROUND_ROWS, rng=rng)
    look = partial(
        look_at_drivers,
        patients=few_patients(cohort, list(background.columns)),
        background=background,
        contrasts=cohort.arms.contrasts,
    )
    out_of_fold, by_site = _cross_validated(model, X, study, cohort, look, jobs, progress)
    comparison = make_comparison(study, cohort, catalog)
    evaluation = evaluate(
        out_of_fold,
        comparison,
        by_site=by_site,
        minimum_benefit=study.preference.minimum_benefit,
        random_state=study.model.seed,
    )
    beside = look_beside(
        model, study, cohort, comparison, out_of_fold, jobs=jobs, progress=progress
    )
    # One thread: several change the last digits, and lose most of their time on small matrices.
    with threadpool_limits(limits=1):
        model.fit(X, cohort.y, arm=cohort.arm, propensity=cohort.propensity, **cohort.repeats)
    bundle = _bundle(study, cohort, catalog, model, evaluation, background, out_of_fold)
    document = _document(study, cohort, model, evaluation, beside)
    document["model"]["folds_sha256"] = out_of_fold.folds_sha256
    found = coefficients(model, reference=cohort.arms.reference)
    tables = evaluation.tables | beside.tables
    if found is not None:
        tables |= {"coefficients": found}
    return Judged(bundle, document, tables, out_of_fold.looks)


def _cross_validated(
    model: ArmModel,
    X: pd.DataFrame,
    study: Study,
    cohort: Cohort,
    look: Look,
    jobs: int,
    progress: Progress,
) -> tuple[OutOfFold, OutOfFold | None]:
    """Return predictions for patients left out and, with enough sites, for sites left out."""
    options: dict[str, Any] = {
        "propensity": cohort.propensity,
        "random_state": study.model.seed,
        "n_jobs": jobs,
        "told": cohort.repeats,
    }
    with progress("Cross-validating") as step:
        out_of_fold = cross_validate(
            model,
            X,
            cohort.y,
            cohort.arm,
            groups=cohort.groups,
            site=cohort.site,
            folds=study.evaluation.folds,
            repeats=study.evaluation.repeats,
            progress=step,
            look=look,
            **options,
        )
    site = pooled_sites(cohort.site, cohort.groups)
    if site is None or len(set(site)) < FEWEST_SITES:
        return out_of_fold, None
    with progress("Leaving sites out") as step:
        by_site = cross_validate(
            model,
            X,
            cohort.y,
            cohort.arm,
            groups=site,
            folds=min(study.evaluation.folds, len(set(site))),
            repeats=1,
            progress=step,
            **options,
        )
    return out_of_fold, by_site


def _expected(catalog: Catalog, arms: tuple[str, ...]) -> tuple[ExpectedEffect, ...]:
    """Return the sceptical priors of the catalogue for the arms that it knows."""
    return tuple(
        ExpectedEffect(
            arm=prior.drug,
            column=prior.predictor,
            log_odds=prior.consensus_mean,
            per_sd=prior.scale == "sd",
            **({} if prior.condition is None else prior.condition.bounds),
        )
        for prior in catalog.priors
        if prior.drug in arms and prior.times is None
    )


def _bundle(
    study: Study,
    cohort: Cohort,
    catalog: Catalog,
    model: ArmModel,
    evaluation: Evaluation,
    background: pd.DataFrame,
    out_of_fold: OutOfFold,
) -> Bundle:
    arms = cohort.arms.names
    answers = evaluation.to_dict()
    patients = cohort.X.iloc[cohort.one_row_each]
    training = _training(cohort, patients, answers["per_arm"])
    if not cohort.scale.continuous:
        predicted = out_of_fold.ordered(arms).prediction.mean(axis=0)
        # A patient counts once in an arm, however many periods there were.
        once = ~pd.DataFrame({"who": cohort.groups, "arm": cohort.arm}).duplicated().to_numpy()
        training["similar"] = make_similar(
            predicted[once],
            cohort.y[once],
            cohort.arm[once],
            arms=arms,
            reference=cohort.arms.reference,
        )
    return Bundle(
        model=model,
        schema=cohort.schema,
        arms=cohort.arms,
        study=study.name,
        allocation=study.design.allocation,
        answers={name: answers[name] for name in ("average", "heterogeneity", "verdict")},
        preference={
            "minimum_benefit": study.preference.minimum_benefit,
            "probability": study.preference.probability,
        },
        eligibility=study.eligibility,
        ranges=make_ranges(patients, cohort.schema),
        background=background,
        training=training,
        catalog_version=catalog.version,
        fingerprint=cohort.fingerprint,
        scale=cohort.scale,
    )


def _training(cohort: Cohort, patients: pd.DataFrame, per_arm: Mapping[str, Any]) -> dict[str, Any]:
    """Return aggregates of a cohort that its model keeps."""
    scale, fit = cohort.scale, "r_squared" if cohort.scale.continuous else "auc"
    return {
        "n": len(patients),
        "per_arm": {
            arm: {
                "n": int(np.sum(own)),
                scale.average: float(scale.turned(cohort.y[own].mean())),
                fit: per_arm[arm][fit],
            }
            for arm in cohort.arms.names
            for own in [cohort.arm == arm]
        },
        "missing": {
            str(name): round(share, 4)
            for name, column in patients.items()
            # A share that tells of few patients is left out.
            for share in [share_of(column.isna().to_numpy())]
            if share is not None
        },
        "distributions": make_distributions(patients, cohort.schema),
    }


def _document(
    study: Study,
    cohort: Cohort,
    model: ArmModel,
    evaluation: Evaluation,
    beside: BesideResults,
) -> dict[str, Any]:
    """Return evaluation.json: no times, paths or run ids."""
    answers = evaluation.to_dict()
    document: dict[str, Any] = {
        "format": FORMAT,
        "study": study.name,
        "design": {
            **{key: cohort.facts["design"][key] for key in DESIGN if key in cohort.facts["design"]},
            "reference": cohort.arms.reference,
            "tests": planned_tests([f"{a}_vs_{b}" for a, b in cohort.arms.contrasts]),
        },
        "response": cohort.scale.to_dict(),
        "n": len(cohort.one_row_each),
        "arms": list(cohort.arms.names),
        **answers,
        "model": rounded(
            {
                "learner": study.model.learner,
                "seed": study.model.seed,
                "folds": study.evaluation.folds,
                "repeats": study.evaluation.repeats,
                **model.description(),
            }
        ),
    }
    document |= rounded(beside.sections)
    known = cohort.schema.names
    document["research_use"] = RESEARCH_USE
    document["warnings"] = [
        *(
            f"Subgroup '{name}' is not in this table, so no results by it."
            for name in study.evaluation.subgroups
            if name not in known
        ),
        *(
            # Without the name of a file: the same data under another name give the same bytes.
            str(replace(issue, file=None))
            for issue in cohort.issues
            if issue.severity == "warning"
        ),
        *beside.sentences,
        *answers["warnings"],
    ]
    return document
