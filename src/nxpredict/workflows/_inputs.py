"""A new cohort's predictors as an existing model reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.cohort import Cohort
from nxpredict.errors import FaultLog, closest


def require_new_cohort(bundle: Bundle, cohort: Cohort) -> None:
    """Refuse the cohort that the model was trained on, another response, and unknown arms.

    Raises
    ------
    DataError
        With every such fault.
    """
    faults = FaultLog(cohort.issues)
    seen = {bundle.fingerprint, dict(bundle.training.get("recalibration", {})).get("fingerprint")}
    if cohort.fingerprint in seen:
        faults.error(
            "same-cohort",
            "the model learned from these very patients, so they can say nothing about it",
            "validate on others; `nxpredict train` judges a cohort out of fold",
        )
    if bundle.scale != cohort.scale:
        faults.error(
            "other-response",
            f"the model predicts {bundle.scale.described}, the response of this cohort is "
            f"{cohort.scale.described}",
            "declare the kind, unit and better end of the response as in the training study",
        )
    for arm in cohort.arms.names:
        if arm not in bundle.arms.names:
            faults.error(
                "arm-without-model",
                f"the model knows no arm '{arm}'",
                closest(arm, bundle.arms.names)
                or f"its arms are {', '.join(bundle.arms.names)}; name yours the same",
            )
    faults.raise_if_errors()


def model_inputs(bundle: Bundle, cohort: Cohort) -> tuple[pd.DataFrame, list[str]]:
    """Return the model's predictors in its order, and what is worth saying about them.

    A predictor that the cohort lacks is missing for everybody, which is said.

    Raises
    ------
    DataError
        When a predictor of the same name is another one: of another kind, unit or coding.
    """
    own = {spec.name: spec for spec in cohort.schema.predictors}
    faults = FaultLog(cohort.issues)
    columns: dict[str, pd.Series] = {}
    absent = []
    for name in bundle.inputs:
        trained = bundle.schema.spec(name)
        here = own.get(name)
        if here is None:
            text = trained.kind == "categorical"
            empty = pd.Series(None if text else np.nan, index=cohort.X.index)
            columns[name] = empty.astype("str" if text else "float64")
            absent.append(name)
            continue
        same = (here.kind, here.unit) == (trained.kind, trained.unit)
        if trained.kind in ("binary", "ordinal"):
            same = same and here.levels == trained.levels
        if not same:
            expected = f"{trained.kind}" + (f" in {trained.unit}" if trained.unit else "")
            if trained.levels:
                expected += f" with the levels {', '.join(trained.levels)}"
            faults.error(
                "other-predictor",
                f"'{name}' is not what the model was trained on, which was {expected}",
                "declare its kind, unit, labels and levels as in the training study",
                column=here.column,
            )
        columns[name] = cohort.X[name]
    faults.raise_if_errors()
    warnings = []
    if absent:
        warnings.append(
            f"{len(absent)} of {len(bundle.inputs)} predictors of the model are not in this table "
            f"and count as missing for everybody: {', '.join(absent)}."
        )
    return pd.DataFrame(columns), warnings
