"""Each declaration that cannot be is a fault of its own that says how to put it right."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from nxpredict.cli import app

ARMS = "{naltrexone: NTX, nalmefene: NMF}"
SITE = "site: site}"
RESPONSE = "{column: responder, favourable: 1}"
DAYS = "{definition: no_relapse, heavy_day: EU, heavy_days: 2, within_days: 7, timeline: {path: \
cohort.csv, id: patient_id, day: age, amount: ggt, follow_up_days: [-28, -1]}}"
CHANGE = "{definition: alcohol_reduction, at_least: 0.7, timeline: {path: cohort.csv, id: \
patient_id, day: age, amount: ggt, baseline_days: [-28, -1], follow_up_days: [6, 10]}}"
WRONG = {
    "a crossover without period": ("kind: parallel", "kind: crossover",
        "a crossover needs 'period'", "write `period: <column>`"),
    "a period in a parallel study": (SITE, SITE[:-1] + ", period: visit}",
        "'period' belongs to a crossover", "declare `kind: crossover`"),
    "one arm": (ARMS, "{naltrexone: NTX}", "two or more are compared", "list every arm"),
    "a label that no patient has": (ARMS, "{naltrexone: NTX, nalmefene: NMF, placebo: PBO}",
        "no patient with a response has arm 'placebo'", "as it stands in the table"),
    "patients of no arm": (ARMS, "{naltrexone: NTX, nalmefene: nalmefene}",
        "label of no arm", "labels are 'NTX', 'nalmefene'"),
    "a probability of one": (SITE, SITE[:-1] + ", probabilities: {naltrexone: 1, nalmefene: 0}}",
        "the probability of naltrexone and of nalmefene is not above 0", "leave them out"),
    "a probability above one": (SITE,
        SITE[:-1] + ", probabilities: {naltrexone: 1.2, nalmefene: 0.2}}",
        "the probability of naltrexone is not above 0 and below 1", "add up to 1"),
    "follow-up before baseline": (RESPONSE, DAYS, "begins before treatment", "follow_up_days: [1"),
    "a window that ends before it begins": (RESPONSE, DAYS.replace("[-28, -1]", "[10, 1]"),
        "the first day is after the last", "write the earlier day first"),
    "grace days as long as the window": (RESPONSE, DAYS.replace("[-28, -1]", "[1, 10], grace_days: \
10"), "leave no day of the follow-up", "fewer than the 10 days of the window"),
    "a baseline on treatment": (RESPONSE, CHANGE.replace("[-28, -1]", "[1, 5]"),
        "the baseline ends on treatment", "baseline_days: [-28, -1]"),
    "one column before and after": (RESPONSE,
        "{definition: relative_change, at_least: 0.1, baseline: ggt, follow_up: ggt}",
        "both the value before", "the column of each"),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["check", "train"])
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_says_how_to_put_it_right(
    case: str, verb: str, make_study: Callable[..., Any], study_text: str
) -> None:
    old, new, said, fix = WRONG[case]
    assert old in study_text
    folder = make_study(text=study_text.replace(old, new))
    out = ["--out", str(folder.out)] if verb == "train" else []
    done = CliRunner().invoke(app, [verb, str(folder.study), *out, "--json"])
    assert done.exit_code == 3, done.output
    faults = json.loads(done.stdout)["error"]["faults"]
    found = [f for f in faults if said in f["message"]]
    assert len(found) == 1, faults
    assert fix in found[0]["hint"]
    assert not folder.out.exists()
