"""What stands beside the response: missing ones, those treated, and stopping for adverse events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.cohort import Cohort
from nxpredict.config import Study
from nxpredict.evaluation import (
    Comparison,
    OutOfFold,
    as_treated,
    as_treated_sentences,
    cross_validate,
    missing_response,
    missing_response_sentences,
    tolerability,
    tolerability_sentences,
)
from nxpredict.models import ArmModel, make_model
from nxpredict.workflows._progress import Progress

FEWEST = 10
"""Patients who stopped, who did not, and who are known in each arm: fewer teach a model nothing."""

AS_OBSERVED = (
    "Missing responses, those who took the drug, stopping: there every period counts as it was "
    "observed, so that the average difference, which alone allows for what an arm may leave to "
    "the next one, may be another number."
)


@dataclass(frozen=True)
class BesideResults:
    """Sections of evaluation.json, sentences about them, and tables."""

    sections: dict[str, Any] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def look_beside(
    model: ArmModel,
    study: Study,
    cohort: Cohort,
    comparison: Comparison,
    out_of_fold: OutOfFold,
    *,
    jobs: int,
    progress: Progress,
) -> BesideResults:
    """Return the sensitivity analyses of the response, and the tolerability where declared."""
    results = BesideResults()
    if missing := missing_response(out_of_fold, comparison, cohort.unknown):
        results.sections["missing_response"] = missing
        results.sentences.extend(missing_response_sentences(missing))
    if cohort.treated is not None:
        found = as_treated(out_of_fold, comparison, cohort.treated)
        results.sections["as_treated"] = found
        results.sentences.extend(as_treated_sentences(found, cohort.scale))
    if cohort.period is not None and (results.sections or cohort.stopped is not None):
        results.sentences.append(AS_OBSERVED)
    if cohort.stopped is None:
        return results
    rows = np.flatnonzero(~np.isnan(cohort.stopped))
    stopped, arm = cohort.stopped[rows], cohort.arm[rows]
    known = [int(np.sum(arm == name)) for name in cohort.arms.names]
    if min(stopped.sum(), (1 - stopped).sum(), *known) < FEWEST:
        results.sentences.append(
            f"Tolerability was not modelled: fewer than {FEWEST} patients stopped for adverse "
            "events, or did not, or are known in an arm."
        )
        return results
    with progress("Cross-validating tolerability") as step:
        stopping = cross_validate(
            _of_stopping(model, study, cohort),
            comparison.X.iloc[rows].reset_index(drop=True),
            stopped,
            arm,
            propensity=None if cohort.propensity is None else cohort.propensity.iloc[rows],
            groups=cohort.groups[rows],
            told={name: values[rows] for name, values in cohort.repeats.items()},
            site=None if cohort.site is None else cohort.site[rows],
            folds=study.evaluation.folds,
            repeats=study.evaluation.repeats,
            random_state=study.model.seed,
            n_jobs=jobs,
            progress=step,
        )
    facts, curves = tolerability(
        out_of_fold.take(rows),
        stopping,
        comparison.take(rows),
        stopped,
        random_state=study.model.seed,
    )
    results.sections["tolerability"] = facts
    results.sentences.extend(tolerability_sentences(facts))
    results.tables["tolerability_calibration"] = curves
    return results


def _of_stopping(model: ArmModel, study: Study, cohort: Cohort) -> ArmModel:
    """Return the learner of a second response, which is there or not whatever the first is."""
    if not cohort.scale.continuous:
        return model
    return make_model(study.model.learner, random_state=study.model.seed, **cohort.learner_options)
