"""Every fault of a study file is named with its line, and says what to do."""

from __future__ import annotations

import pytest

DAYS = "timeline: {path: t.csv, id: id, day: day, amount: g, %s}"
NUMBER = "kind: continuous, column: f, favourable: lower"


def test_all_faults_come_together_each_with_its_line(faults_of) -> None:
    text = """\
study: trial
table: cohort.csv
tabel: other.csv
design: {allocation: random, id: patient_id, arm: drug}
arms: {naltrexone: NTX, Nalmefene: NTX}
reference: naltrexon
response: {column: responder, favorable: 1}
predictors: {gtt: {column: x}}
eligibility: [no_current_opioid_us]
preference: {probability: 0.3}
model: {seed: one}
study: again
"""
    faults = faults_of(text)
    for said in (
        "study.yaml:3: unknown key 'tabel'. Did you mean 'table'",
        "study.yaml:4: 'design.allocation': expected 'randomised'",
        "study.yaml:5: arm name 'Nalmefene'",
        "study.yaml:5: two arms have the label 'NTX'",
        "study.yaml:6: the reference 'naltrexon' is no arm",
        "study.yaml:7: unknown key 'response.favorable'",
        "study.yaml:7: the response lacks favourable",
        "study.yaml:8: the catalogue has no predictor 'gtt'",
        "study.yaml:9: there is no eligibility code 'no_current_opioid_us'. Did you mean",
        "study.yaml:10: 'preference.probability': should be greater than 0.5",
        "study.yaml:11: 'model.seed': expected a whole number",
        "study.yaml:12: 'study' is given twice; the first is in line 1",
    ):
        assert any(said in fault for fault in faults), (said, faults)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: parallel", "kind: crossover", "a crossover needs 'period'"),
        (
            "response:",
            "model: {learner: x_forest, prior: sceptical}\nresponse:",
            "'x_forest' cannot start from a sceptical prior",
        ),
        ("kind: parallel", "kind: parallel, period: p", "'period' belongs to a crossover"),
        ("kind: parallel", "kind: parallel, wash_out_days: 7", "belongs to a crossover"),
        ("kind: parallel", "kind: crossover, period: patient_id", "has two roles"),
        ("kind: parallel", "kind: crossover, period: p, wash_out_days: -1", "greater than or"),
        ("kind: parallel", "kind: crossover, period: p, wash_out_days: 1e9", "less than or"),
        ("kind: parallel", "kind: crossover, period: p, wash_out_days: .nan", "a number"),
        ("nalmefene: NMF", "", "two or more are compared"),
        ("study: trial\n", "", "the key 'study' is missing"),
        ("kind: parallel", "probabilities: {naltrexone: 0.7, nalmefene: 0.7}", "add up to 1.4"),
        ("kind: parallel", "probabilities: {naltrexone: 0.5, placebo: 0.5}", "one probability for"),
        ("kind: parallel", "probabilities: {naltrexone: 1.5, nalmefene: 0.5}", "below 1"),
        ("kind: parallel", "probabilities: {naltrexone: 1, nalmefene: 0}", "and of nalmefene"),
        (
            "randomised",
            "observational, probabilities: {naltrexone: 0.5, nalmefene: 0.5}",
            "known only",
        ),
        ("arm: drug", "arm: patient_id", "two roles"),
        ("nalmefene: NMF", "nalmefene_vs_placebo: NMF", "'vs' stands between"),
        ("nalmefene: NMF", "nalmefene+nalmefene: NMF", "names a drug twice"),
        (
            "nalmefene: NMF",
            "prazosin+nalmefene: NMF, nalmefene+prazosin: PN",
            "are the same drugs",
        ),
        ("column: responder", "definition: who_level", "expected 'relative_change'"),
        ("responder", "[a, b]", "expected one value"),
        ("table: cohort.csv", "table: [a]", "a section of"),
        ("table: cohort.csv", "table: {path: a, separator: ab}", "expected 1 character"),
        ("arm: drug", 'arm: ""', "expected some text"),
        (
            "table: cohort.csv",
            "table: ${NXPREDICT_TEST_UNSET}/a.csv",
            "'NXPREDICT_TEST_UNSET' is not set",
        ),
        (
            "study: trial",
            "study: trial\npreference: {minimum_benefit: -0.1}",
            "greater than or equal to 0",
        ),
        (
            "study: trial",
            "study: trial\nadditional_predictors: {age: {column: a, kind: binary}}",
            "catalogue",
        ),
        (
            "study: trial",
            "study: trial\npredictors: {rs1799971: {column: x, unit: U/L}}",
            "is a genotype locus",
        ),
        ("study: trial", "study: trial\npredictors: {age: {column: [a, b]}}", "has one column"),
        (
            "study: trial",
            "study: trial\nadditional_predictors: {'a;b': {column: a, kind: binary}}",
            "cannot name a predictor",
        ),
        (
            "study: trial",
            "study: trial\nadditional_predictors: {größe: {column: Größe, kind: binary}}",
            "Use letters a to z, digits, '_', '.' and '-', such as 'groesse'",
        ),
        ("study: trial", "study: trial\nevaluation: {subgroups: [sexx]}", "no predictor 'sexx'"),
        ("study: trial", "tracking: {uri: mlflow.db}\nstudy: trial", "begins with one of sqlite"),
        (
            "kind: parallel, allocation: randomised",
            "kind: crossover, period: p, allocation: observational",
            "randomised in a crossover, not observational",
        ),
        (
            "study: trial",
            "study: trial\npredictors: {rs1799971: {column: a}, A118G: {column: b}}",
            "'A118G' and 'rs1799971' are the same locus",
        ),
        ("study: trial", "study: trial\npreference: {minimum_benefit: 2}", "less than 1"),
    ],
)
def test_each_fault_is_named(faults_of, good, old: str, new: str, said: str) -> None:
    assert any(said in fault for fault in faults_of(good.replace(old, new)))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("definition: relative_change, baseline: b", "follow_up"),
        ("definition: who_risk_level_reduction, baseline: b, follow_up: f", "lacks levels"),
        ("definition: who_risk_level_reduction, levels: 3, baseline: b, follow_up: f", "levels"),
        ("definition: alcohol_reduction, at_least: 70, baseline: b, follow_up: f", "a share"),
        ("definition: alcohol_reduction, at_least: 0.7, follow_up: f", "lacks baseline"),
        ("definition: percent_days_abstinent, at_least: 101, follow_up: f", "0 to 100 %"),
        ("definition: craving, at_most: 3, follow_up: f, unit: g/day", "no meaning"),
        ("definition: peth, at_most: 20, follow_up: f, unit: mg", "is no unit"),
        ("definition: craving, at_most: 3, " + DAYS % "follow_up_days: [1, 4]", "from columns"),
        ("definition: no_relapse, follow_up: f", "lacks"),
        (
            "definition: no_heavy_drinking_days, " + DAYS % "follow_up_days: [1, 4]",
            "lacks heavy_day",
        ),
        (
            "definition: no_heavy_drinking_days, heavy_day: UK, " + DAYS % "follow_up_days: [1, 4]",
            "heavy days of 'UK'",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, " + DAYS % "follow_up_days: [1, 4]",
            "compares with the days before",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, "
            + DAYS % "baseline_days: [1, 5], follow_up_days: [6, 10]",
            "the baseline ends on treatment",
        ),
        (
            "definition: alcohol_reduction, at_least: 0.7, "
            + DAYS % "baseline_days: [0, -9], follow_up_days: [1, 4]",
            "'baseline_days': the first day is after the last",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, " + DAYS % "follow_up_days: [10, 1]",
            "'follow_up_days': the first day is after the last",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [4, 1], grace_days: 9",
            "the first day is after the last",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, " + DAYS % "follow_up_days: [0, 4]",
            "begins before treatment",
        ),
        (
            "definition: relative_change, at_least: 0.1, baseline: b, follow_up: b",
            "both the value before and",
        ),
        ("column: r, favourable: 1, tolerability: {column: stopped}", "unfavourable"),
        ("column: patient_id, favourable: 1", "'patient_id' has two roles"),
        ("definition: peth, at_most: 20, follow_up: drug", "'drug' has two roles"),
        ("definition: peth, at_most: -20, follow_up: f", "expected 0 or more"),
        ("definition: craving, at_most: -1, follow_up: f", "expected 0 or more"),
        ("definition: relative_change, at_most: -30, baseline: b, follow_up: f", "is all of it"),
        ("definition: relative_change, at_least: -1, baseline: b, follow_up: f", "is all of it"),
        (
            "definition: no_relapse, heavy_day: EU, heavy_days: 8, within_days: 7, "
            + DAYS % "follow_up_days: [1, 28]",
            "more heavy days than days",
        ),
        (
            "definition: no_relapse, heavy_day: EU, heavy_days: 2, within_days: 29, "
            + DAYS % "follow_up_days: [1, 28]",
            "longer than the follow-up",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [1, 100000000]",
            "longer than ten years",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [1, 28, 56]",
            "expected at most 2 entries",
        ),
        (
            "column: r, favourable: 1, tolerability: {column: r, unfavourable: 1}",
            "two roles",
        ),
        ("column: r, favourable: 1, adherence: {column: drug}", "two roles"),
        ("column: r, favourable: 1, adherence: {column: taken, at_least: 80}", "at_least"),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS % "follow_up_days: [1, 4], grace_days: 4",
            "leave no day",
        ),
        (
            "definition: percent_days_abstinent, at_least: 90, "
            + DAYS.replace("id: id", "id: day") % "follow_up_days: [1, 4]",
            "two roles",
        ),
        ("kind: continuous, definition: no_relapse, follow_up: f", "is no continuous response"),
        ("kind: continuous, definition: peth, follow_up: f, at_most: 20", "no meaning"),
        ("kind: continuous, column: f, favourable: less, unit: days", "'higher' or 'lower'"),
        (NUMBER, "lacks unit"),
        (NUMBER + ", unit: d, missing: failure", "no number stands"),
    ],
)
def test_each_fault_of_a_response_is_named(faults_of, good, keys: str, said: str) -> None:
    faults = faults_of(good.replace("column: responder, favourable: 1", keys))
    assert any(said in fault and "study.yaml:6" in fault for fault in faults), faults


def test_published_odds_ratios_say_nothing_of_a_number(faults_of, good) -> None:
    text = good.replace("column: responder, favourable: 1", NUMBER + ", unit: d")
    faults = faults_of(text + "\nmodel: {prior: sceptical}\npreference: {minimum_benefit: 1}\n")
    assert any("log-odds" in fault and "prior: none" in fault for fault in faults), faults


def test_stopping_may_stand_beside_a_number(faults_of, good) -> None:
    keys = NUMBER + ", unit: d, tolerability: {column: stopped, unfavourable: 1}"
    text = good.replace("column: responder, favourable: 1", keys)
    assert not any("tolerability" in fault for fault in faults_of(text))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("definition: craving, at_most: 12, follow_up: f, change: absolute", "no meaning"),
        ("kind: continuous, definition: craving, follow_up: f, change: relative", "lacks baseline"),
        ("kind: continuous, column: f, favourable: lower, unit: d, change: absolute", "no meaning"),
        (
            "kind: continuous, definition: alcohol_per_day, change: absolute, "
            + DAYS % "follow_up_days: [1, 4]",
            "baseline_days",
        ),
        (
            "kind: continuous, definition: relative_change, baseline: b, follow_up: f",
            "lacks favourable",
        ),
        (
            "kind: continuous, definition: relative_change, baseline: b, follow_up: f, at_least: 1",
            "no meaning",
        ),
        ("definition: heavy_drinking_days, follow_up: f, at_most: 40", "0 to 28 days"),
    ],
)
def test_a_change_needs_a_baseline_and_a_number(faults_of, good, keys: str, said: str) -> None:
    faults = faults_of(good.replace("column: responder, favourable: 1", keys))
    assert any(said in fault and "study.yaml:6" in fault for fault in faults), faults


def test_a_period_of_days_belongs_to_a_crossover(faults_of, good) -> None:
    keys = "definition: alcohol_per_day, at_most: 20, " + DAYS % "follow_up_days: [1, 4]"
    text = good.replace("column: responder, favourable: 1", keys)
    crossover = text.replace("kind: parallel", "kind: crossover, period: p")
    assert any("timeline lacks 'period'" in fault for fault in faults_of(crossover))
    named = text.replace("day: day", "period: phase, day: day")
    assert any("belongs to a crossover" in fault for fault in faults_of(named))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("table:\tcohort.csv", "blanks in place of tabs"),
        ('table: "C:\\Users\\cohort.csv"', "write / or single quotes"),
        ("table: [cohort.csv", "the quotes of this line"),
    ],
)
def test_a_line_that_is_no_yaml_says_what_to_do(faults_of, line: str, said: str) -> None:
    (fault,) = faults_of(f"{line}\nstudy: s\n")
    assert said in fault
