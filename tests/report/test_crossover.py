"""The report of patients who had one arm after another."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.report import paper_tables, render_cohort_report, tripod_table

INTERVAL = {"estimate": 0.04, "lower": -0.02, "upper": 0.10}


def crossed(w: Any, few: int) -> dict[str, Any]:
    """Return facts of 120 patients in two periods; `few` of them began with the reference."""
    cohort, n = w.cohort, 120
    names = list(w.arms.names)
    first = np.where(np.arange(n) < few, names[0], names[1])
    second = np.where(np.arange(n) < few, names[1], names[0])
    cohort.X = pd.concat([w.X.iloc[:n]] * 2, ignore_index=True)
    cohort.groups = np.tile(np.arange(n), 2)
    cohort.period = np.repeat([1, 2], n)
    cohort.arm = np.concatenate([first, second]).astype(object)
    evaluation = copy.deepcopy(w.evaluation)
    evaluation["design"] = {"kind": "crossover", "periods": 2, "carry_over": True, "carried": 0.25}
    for contrast in evaluation["contrasts"].values():
        ways = {"within": INTERVAL, "first_period": INTERVAL}
        unknown = dict.fromkeys(INTERVAL)
        contrast["crossover"] = {"patients": n, **ways, "carry_over": unknown}
    return w.cohort_page(evaluation=evaluation, cohort=cohort)


def test_patients_stand_in_one_column_beside_their_orders(world) -> None:
    facts = crossed(world(), 50)
    population = facts["population"]
    # Responses are of periods, so none stands beside the number of patients.
    assert population["groups"] == [{"name": "all", "n": 120}]
    assert [(s["arms"], s["n"]) for s in population["sequences"]] == [
        (["nalmefene", "naltrexone"], 70),
        (["naltrexone", "nalmefene"], 50),
    ]
    page = render_cohort_report(facts)
    assert "Nalmefene, then naltrexone" in page
    assert "25% of a treatment that the wash-out may leave" in page.replace("\u00a0", "")
    (patients,) = (table for table in paper_tables(facts) if table.name == "patients")
    assert patients.head == ("Predictor", "All (n = 120)", "Missing")


def test_an_order_of_few_patients_is_not_told_apart(world) -> None:
    sequences = crossed(world(), 4)["population"]["sequences"]
    assert sequences == [{"arms": [], "n": 120}]


def test_without_periods_there_are_no_orders(world) -> None:
    assert world().cohort_page()["population"]["sequences"] == []


def test_rows_are_called_periods_of_patients_wherever_they_are_counted(world) -> None:
    facts = crossed(world(), 50)
    page = render_cohort_report(facts)
    told = [table.head for table in paper_tables(facts) if table.name != "patients"]
    assert not any("Patients" in head for head in told)
    assert sum("Periods of patients" in head for head in told) >= 3
    assert "120 periods of patients. Shaded: 95% band." in page
    assert 'class="n">Patients</th><th scope="col" class="n">Predicted' not in page
    assert 'data-label="Patients"' not in page
    tripod = {row.number: row.content for row in tripod_table(facts)}
    assert "of their periods with the rarer response" in tripod["10"]
    assert "120 periods" in tripod["6c"]
