"""What a study asks, in the words of ICH E9(R1), stands wherever its results do."""

from __future__ import annotations

import html

from nxpredict.report import render_cohort_report, render_model_card, tripod_table


def test_every_attribute_of_the_estimand_stands_in_page_card_and_checklist(world) -> None:
    facts = world().cohort_page()
    assert len(facts["estimand"]) == 5
    page = html.unescape(render_cohort_report(facts))
    card = render_model_card(facts)
    (item,) = (row for row in tripod_table(facts) if row.number == "8a")
    for attribute, text in facts["estimand"].items():
        title = attribute.replace("_", " ").capitalize()
        for shown in (page, card, item.content):
            assert title in shown
            assert text in shown


def test_a_report_on_alcohol_drugs_says_that_no_trial_of_one_has_been_tested(world) -> None:
    said = "not been tested on a trial of an alcohol drug"
    assert any(said in text for text in world().cohort_page()["words"]["limitations"])
    others = world(arms=("zidovudine", "didanosine")).cohort_page()
    assert not any(said in text for text in others["words"]["limitations"])
