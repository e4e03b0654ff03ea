"""One scenario to one cohort with known truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.catalog import Catalog, Predictor
from nxpredict.synthetic._crossover import (
    draw_number_periods,
    draw_orders,
    draw_periods,
    over_periods,
    time_shifts,
)
from nxpredict.synthetic._draws import stream
from nxpredict.synthetic._missing import blank, misread, missing_shares
from nxpredict.synthetic._parameters import Parameters, load_parameters
from nxpredict.synthetic._patients import Calls, Patients, draw_patients
from nxpredict.synthetic._scenario import Scenario
from nxpredict.synthetic._study_file import study_text
from nxpredict.synthetic._terms import confounding_terms, moderator_terms, prognostic_terms, total
from nxpredict.synthetic._truth import (
    ResponseModel,
    draw_completion,
    draw_numbers,
    draw_responses,
    truth_table,
)

_REFERENCE_PATIENTS = 20_000


@dataclass(frozen=True, slots=True)
class SyntheticCohort:
    """A trial, new patients, and the truth about both.

    Parameters
    ----------
    scenario : Scenario
        The recipe.
    cohort : DataFrame
        One row a patient, or in a crossover a patient and ``period``: ``patient_id``, ``site``,
        ``arm`` (label), the predictors under the catalogue's column names, ``completed`` (1 stayed
        to the end, 0 left early) and ``responder`` (1 or 0; 0 for everybody who left early), or in
        its place the column of a response that is a number.
    new_patients : DataFrame
        Unscreened patients to score: ``patient_id`` and the predictors.
    truth : DataFrame
        ``patient_id``, ``p_<arm>`` and ``benefit_<arm>_vs_<reference>`` for the trial and the new
        patients: the probability of response given the complete predictors, drop-out counted as
        failure; ``mean_<arm>`` where the response is a number.
    genotypes, new_genotypes : mapping of str to int64 array of shape (n, 2)
        Called alleles by locus, -1 where there is no call; in the order of the tables.
    study : str
        A study file that trains on ``cohort.csv`` beside it.
    catalog : Catalog
        The catalogue that it was drawn with.
    """

    scenario: Scenario
    cohort: pd.DataFrame
    new_patients: pd.DataFrame
    truth: pd.DataFrame
    genotypes: Calls
    new_genotypes: Calls
    study: str
    catalog: Catalog = field(repr=False)

    @property
    def labels(self) -> dict[str, str]:
        """Arm to its label in the table."""
        return {arm: load_parameters().arms[arm].label for arm in self.scenario.arms}


def simulate(scenario: Scenario, catalog: Catalog) -> SyntheticCohort:
    """Draw a cohort with known truth.

    Parameters
    ----------
    scenario : Scenario
        What to draw; the same scenario gives the same cohort.
    catalog : Catalog
        Column names, loci and allele frequencies.

    Returns
    -------
    SyntheticCohort

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> drawn = simulate(Scenario("no_difference", n=40, new_patients=2), load_catalog())
    >>> len(drawn.cohort), len(drawn.truth)
    (40, 42)
    >>> float(drawn.truth["benefit_nalmefene_vs_naltrexone"].abs().max())
    0.0
    """
    parameters = load_parameters()
    reference = _draw(scenario, catalog, "reference", _REFERENCE_PATIENTS, screened=True, seed=0)
    prognostic = prognostic_terms(parameters, catalog)
    terms = {
        arm: prognostic
        + moderator_terms(arm, scenario.scenario, reference.values.columns, parameters, catalog)
        for arm in scenario.arms
    }
    rates = {arm: parameters.arms[arm].response_rate for arm in scenario.arms}
    number = scenario.number
    model = ResponseModel.with_averages(terms, reference.values, rates, number)
    seed = scenario.seed
    trial = _draw(scenario, catalog, "trial", scenario.n, screened=True, seed=seed)
    new = _draw(scenario, catalog, "new", scenario.new_patients, screened=False, seed=seed)
    ids, new_ids = _ids("P", scenario.n), _ids("N", scenario.new_patients)

    p, new_p = model.expected(trial.values), model.expected(new.values)
    rng = stream(seed, "allocation")
    if scenario.allocation == "randomised":
        arm = allocate(trial.values["site"], scenario.arms, rng)
    else:
        chosen = confounding_terms(parameters, catalog)
        arm = choose(total(chosen, trial.values), scenario.arms, rng)
    table, calls = _observe(scenario, trial, ids, catalog, "trial")
    new_table, new_calls = _observe(scenario, new, new_ids, catalog, "new")
    table.insert(1, "site", trial.values["site"].to_numpy())
    if scenario.design == "crossover":
        order = draw_orders(arm, scenario.arms, scenario.periods, stream(seed, "order"))
        table = _in_periods(scenario, table, trial, p, order)
        if number is None:
            p, new_p = (over_periods(one, time_shifts(scenario, parameters)) for one in (p, new_p))
    else:
        table = _with_response(scenario, table, trial.values, arm, _responses(scenario, p, arm))
    truth = truth_table(pd.concat([ids, new_ids]), pd.concat([p, new_p], ignore_index=True), number)
    study = study_text(scenario, parameters, catalog)
    return SyntheticCohort(scenario, table, new_table, truth, calls, new_calls, study, catalog)


def _responses(scenario: Scenario, p: pd.DataFrame, arm: NDArray[np.str_]) -> NDArray[Any]:
    rng, number = stream(scenario.seed, "response"), scenario.number
    if number is None:
        return draw_responses(p, arm, rng)
    return draw_numbers(p, arm, rng, sd=number.sd)


def _with_response(
    scenario: Scenario,
    table: pd.DataFrame,
    values: pd.DataFrame,
    arm: NDArray[np.str_],
    response: NDArray[Any],
) -> pd.DataFrame:
    """Return the table with the arm of each row, and what happened."""
    parameters, number = load_parameters(), scenario.number
    rng = stream(scenario.seed, "completion")
    table.insert(2, "arm", [parameters.arms[name].label for name in arm])
    responded = response if number is None else (response > number.middle).astype(np.int64)
    table["completed"] = draw_completion(values, arm, responded, parameters, rng)
    if number is None:
        table["responder"] = response
    else:
        table[number.column] = response.round(1)
    return table


def _in_periods(
    scenario: Scenario,
    table: pd.DataFrame,
    trial: Patients,
    p: pd.DataFrame,
    order: NDArray[np.str_],
) -> pd.DataFrame:
    """Return the table with one row a patient and period."""
    parameters, periods = load_parameters(), scenario.periods
    rng = stream(scenario.seed, "response")
    number = scenario.number
    response: NDArray[Any] = (
        draw_periods(p, order, scenario, parameters, rng)
        if number is None
        else draw_number_periods(p, order, scenario, parameters, rng, sd=number.sd)
    )
    rows = np.repeat(np.arange(len(table)), periods)
    labels = [[parameters.arms[name].label for name in arms] for arms in order]
    found = table.iloc[rows].reset_index(drop=True)
    found.insert(2, "sequence", ["-".join(labels[row]) for row in rows])
    found.insert(2, "period", np.tile(np.arange(1, periods + 1), len(table)))
    values = trial.values.iloc[rows].reset_index(drop=True)
    return _with_response(scenario, found, values, order.ravel(), response.ravel())


def allocate(site: pd.Series, arms: tuple[str, ...], rng: np.random.Generator) -> NDArray[np.str_]:
    """Randomise in equal shares within each site; sizes differ by one at most."""
    arm = np.empty(len(site), dtype=object)
    for name in sorted(site.unique()):
        rows = np.flatnonzero(site == name)
        arm[rows] = rng.permutation(np.resize(rng.permutation(arms), len(rows)))
    return arm.astype(np.str_)


def choose(
    log_odds: NDArray[np.float64], arms: tuple[str, ...], rng: np.random.Generator
) -> NDArray[np.str_]:
    """Draw arms as doctors would: the first against all others by each patient's log-odds.

    The log-odds are centred, so that about half of the patients get the first of two arms.
    """
    centred = log_odds - log_odds.mean()
    weights = np.exp(np.column_stack([np.zeros_like(centred), *[centred] * (len(arms) - 1)]))
    upto = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    drawn = (rng.random((len(centred), 1)) > upto[:, :-1]).sum(axis=1)
    named: NDArray[np.str_] = np.array(arms, dtype=np.str_)[drawn]
    return named


def _draw(
    scenario: Scenario, catalog: Catalog, who: str, size: int, *, screened: bool, seed: int
) -> Patients:
    return draw_patients(
        size,
        load_parameters(),
        ancestry_mix=scenario.ancestry_mix,
        catalog=catalog,
        seed=seed,
        who=who,
        screened=screened,
    )


def _ids(prefix: str, size: int) -> pd.Series:
    width = max(4, len(str(size)))
    return pd.Series([f"{prefix}{k:0{width}d}" for k in range(1, size + 1)], name="patient_id")


def _observe(
    scenario: Scenario, patients: Patients, ids: pd.Series, catalog: Catalog, who: str
) -> tuple[pd.DataFrame, Calls]:
    """Return the table and the calls as the study sees them; genotypes stand in the calls only."""
    parameters: Parameters = load_parameters()
    shares = missing_shares(patients.values, parameters, mechanism=scenario.missingness)
    read = misread(
        patients.genotypes, parameters, catalog, stream(scenario.seed, who, "genotyping")
    )
    seen = blank(
        Patients(patients.values, read),
        shares,
        parameters,
        stream(scenario.seed, who, "missing"),
    )
    table = pd.DataFrame({"patient_id": ids})
    for name, predictor in catalog.predictors.items():
        if name in seen.values and predictor.kind != "dosage":
            table[predictor.column] = _as_written(seen.values[name], predictor)
    return table, seen.genotypes


def _as_written(column: pd.Series, predictor: Predictor) -> pd.Series:
    """Return the column as a study would write it: labels, not codes."""
    if predictor.kind not in {"binary", "ordinal"}:
        return column
    return column.map(dict(enumerate(predictor.levels)))
