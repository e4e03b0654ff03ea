"""Every rule of the wording can be reached, and says something whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nxpredict.report._messages import holds, rules, say
from nxpredict.report._next_test import next_test_facts
from nxpredict.study import ResponseScale

LEVELS = ("supported", "suggestive", "not supported", "not assessable")


def split_world(world) -> Any:
    """Three arms that differ, and none of them better than both others."""
    split = world(arms=("a", "b", "c"))
    for answer in split.answers["average"].values():
        answer["established"] = True
    return split


def cohort_cases(world) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        for better in (None, "nalmefene"):
            w = world(level=level, better=better)
            found += [w.cohort_page(), w.cohort_page(explained=False)]
    for allocation in ("observational", "pooled-indirect"):
        found.append(world(allocation=allocation, site=False).cohort_page())
    bare = world(level="not assessable", allocation="pooled-indirect")
    evaluation = bare.evaluation | {"average": {}, "heterogeneity": {}}
    for arm in evaluation["per_arm"].values():
        arm["auc"] = {"estimate": 0.5, "lower": 0.4, "upper": 0.6}
        arm["calibration_slope"] = {"estimate": 0.4, "lower": 0.2, "upper": 0.7}
    found.append(bare.cohort_page(evaluation=evaluation))
    small = world(n=60)
    small.bundle.inputs = ["age", "sex", "serotonin", "smoker"]
    found.append(small.cohort_page(explained=False))
    found.append(split_world(world).cohort_page())
    wide = world()
    wide.answers["verdict"]["gain"] = {"estimate": 0.06, "lower": -0.04, "upper": 0.16}
    found.append(wide.cohort_page())
    evaluation = wide.evaluation
    for arm in evaluation["per_arm"].values():
        arm["auc"] = {"estimate": 0.5, "lower": 0.4, "upper": 0.6}
    found.append(wide.cohort_page(evaluation=evaluation))
    varied = world(level="not supported")
    for answer in varied.answers["heterogeneity"].values():
        answer["established"] = True
    found.append(varied.cohort_page())
    registry = world(level="suggestive", allocation="observational")
    found.append(registry.cohort_page())
    number = world()
    number.cohort.facts = {"response": ResponseScale("days", "lower").to_dict()}
    found.append(number.cohort_page())
    return found


def patient_cases(world) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        for better in (None, "nalmefene"):
            w = world(level=level, better=better)
            found += [w.patient_page(), w.patient_page(explained=False)]
    pooled = world(level="not assessable", allocation="pooled-indirect")
    found.append(pooled.patient_page())
    w = world()
    blocks = [c for c in w.catalog.cautions_for(w.arms.names) if c.level == "block"]
    code = f"{blocks[0].drug}:{blocks[0].code}"
    found += [
        w.patient_page(preferred="nalmefene", basis="individual"),
        w.patient_page(preferred="nalmefene", basis="average"),
        w.patient_page(status="not_scorable", reasons="ggt:out_of_range"),
        w.patient_page(prob_nalmefene_better=0.5),
        w.patient_page(outside_training_range="ggt", cautions=code),
        w.patient_page(cautions_not_assessed=code),
        world(allocation="observational").patient_page(),
    ]
    chance = world()
    chance.bundle.training = chance.training(lower=0.45)
    return [*found, chance.patient_page(), split_world(world).patient_page()]


def driver_cases(world) -> list[dict[str, Any]]:
    worlds = [world(), world(noise=3.0), world(leads=0.9)]
    return [part for w in worlds for part in w.cohort_page()["drivers"]["differences"]]


def model_cases(world) -> list[dict[str, Any]]:
    w = world(level="not supported")
    bare = {name: table for name, table in w.tables.items() if name != "coefficients"}
    return [w.cohort_page(), w.cohort_page(tables=bare)]


def next_test_cases(world) -> list[dict[str, Any]]:
    found = []
    for level in LEVELS:
        for status in ("scored", "not_scorable"):
            w = world(level=level)
            for tests in (w.tests(), w.tests(0.0), w.tests(np.nan, np.nan)):
                specs = {spec.name: spec for spec in w.schema.predictors}
                facts = next_test_facts(tests, 2, specs, status, level)
                found.append(facts | {"status": status, "level": level})
    return found


def speaking(page: str) -> list[tuple[str, int, dict[str, str]]]:
    lists = {k: v for k, v in rules(page).items() if isinstance(v, list)}
    return [(name, i, rule) for name, found in lists.items() for i, rule in enumerate(found)]


@pytest.mark.parametrize("page", ["cohort", "driver", "model", "next_test", "patient"])
def test_every_rule_is_reached_by_a_real_case(world, page) -> None:
    cases = {
        "cohort": cohort_cases,
        "driver": driver_cases,
        "model": model_cases,
        "next_test": next_test_cases,
        "patient": patient_cases,
    }[page](world)
    for name, i, rule in speaking(page):
        before = [r["when"] for r in rules(page)[name][:i]]
        singular = name in {"headline", "average", "differs", "choosing"} or name.startswith("no_")
        reached = [
            case
            for case in cases
            if holds(rule["when"], case) and not (singular and any(holds(w, case) for w in before))
        ]
        assert reached, f"{page}.{name}[{i}] is never said: {rule['text']}"
        text = say(rule["text"], reached[0])
        assert text
        assert "None" not in text
        assert "{" not in text
        assert "  " not in text


def test_a_headline_always_speaks(world) -> None:
    for case in cohort_cases(world):
        assert case["words"]["headline"]
        assert case["words"]["average"]
        assert case["words"]["differs"]
        assert case["words"]["choosing"]
    for case in patient_cases(world):
        assert case["words"]["headline"]


def test_no_page_gives_advice(world) -> None:
    banned = ("should take", "recommend", "we advise", "must take", "choose this")
    for case in (*cohort_cases(world), *patient_cases(world)):
        words = " ".join(
            text
            for value in case["words"].values()
            for text in ([value] if isinstance(value, str) else value or [])
        )
        assert not [b for b in banned if b in words.lower()]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ggt:out_of_range", "gamma-glutamyl transferase is outside what is plausible"),
        ("no_predictor", "no predictor was given"),
        ("ggt:something_new", "something new (gamma-glutamyl transferase)"),
        ("something_new", "something new"),
        ("duplicate_id", "an earlier row has the same patient identifier"),
        ("missing_id", "the row has no patient identifier"),
        ("ragged_row", "the row has more or fewer fields than the header"),
    ],
)
def test_refusals_are_words(world, code, words) -> None:
    facts = world().patient_page(status="not_scorable", reasons=code)
    assert facts["reasons"] == [words]
    assert words in facts["words"]["reasons"][0]


def test_a_scope_refusal_says_the_caution(world) -> None:
    w = world()
    scope = next(c for c in w.catalog.cautions if c.level == "scope")
    facts = w.patient_page(status="not_scorable", reasons=f"out_of_scope:{scope.code}")
    assert scope.text.partition(". ")[0][1:] in facts["reasons"][0]
