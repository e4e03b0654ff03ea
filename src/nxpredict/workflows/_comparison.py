"""Who had which arm and what happened, as the evaluation takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort import Cohort, PredictorSpec
from nxpredict.config import Study
from nxpredict.evaluation import Comparison, FixedRule
from nxpredict.study import SMALLEST_CELL, figures


def make_comparison(study: Study, cohort: Cohort, catalog: Catalog) -> Comparison:
    """Return who had which arm, what happened and what may be claimed."""
    return replace(
        Comparison.of(cohort, study.design.allocation),
        site=pooled_sites(cohort.site, cohort.groups),
        subgroups=subgroup_labels(study, cohort),
        rules=_published_rules(cohort, catalog),
    )


def _published_rules(cohort: Cohort, catalog: Catalog) -> list[FixedRule]:
    """Return the published rules of which this cohort has at least one predictor."""
    applied = [
        FixedRule(rule.name, arm, versus, *rule.apply(cohort.X))
        for rule, arm, versus in catalog.rules_for(cohort.arms.names)
    ]
    return [rule for rule in applied if np.isfinite(rule.score).any()]


def pooled_sites(
    site: np.ndarray[Any, Any] | None, patient: np.ndarray[Any, Any]
) -> list[str] | None:
    """Return site labels with those of few patients pooled, so that no output names them."""
    if site is None:
        return None
    labels = pd.Series(site, dtype="str")
    small = pd.Series(patient).groupby(labels).transform("nunique") < SMALLEST_CELL
    return labels.mask(small, "small sites together").to_list()


def subgroup_labels(study: Study, cohort: Cohort) -> dict[str, list[str]]:
    """Return each patient's label in the subgroups of the study file."""
    specs = {spec.name: spec for spec in cohort.schema.predictors}
    return {
        name: _labels(cohort.X[name], specs[name])
        for name in study.evaluation.subgroups
        if name in specs
    }


def _labels(column: pd.Series[Any], spec: PredictorSpec) -> list[str]:
    """Return a column's labels: as they stand, by level, or below and above the median."""
    missing = column.isna().to_numpy()
    if spec.kind == "categorical":
        text = column.astype(object).to_numpy()
    elif spec.levels:
        levels = np.array(spec.levels, dtype=object)
        text = levels[np.where(missing, 0, column.fillna(0)).astype(int)]
    else:
        median = float(column.median())
        where = figures(median)
        text = np.where(column.to_numpy() > median, f"above {where}", f"up to {where}")
    return [str(label) for label in np.where(missing, "not recorded", text)]
