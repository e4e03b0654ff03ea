from __future__ import annotations

import pytest

from nxpredict.errors import UsageError
from nxpredict.evaluation import riley_sample_size


@pytest.mark.parametrize(
    ("parameters", "prevalence", "auc", "published"),
    [
        # The example of the authors' package, whose R squared is simulated: 662.
        (24, 0.174, 0.89, 662),
        # Worked values made with an independent simulation, prevalence 0.35.
        (10, 0.35, 0.70, 762),
        (30, 0.35, 0.70, 2286),
        (10, 0.35, 0.65, 1374),
        (15, 0.35, 0.75, 709),
    ],
)
def test_published_examples(parameters, prevalence, auc, published):
    found = riley_sample_size(parameters=parameters, prevalence=prevalence, auc=auc)
    assert found.required == pytest.approx(published, rel=0.015)


def test_the_overall_risk_needs_385_patients_at_a_half():
    found = riley_sample_size(parameters=1, prevalence=0.5, auc=0.9)
    assert found.prevalence == found.required == 385


@pytest.mark.parametrize("wrong", [{"parameters": 0}, {"prevalence": 1.0}, {"auc": 0.5}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(UsageError):
        riley_sample_size(**({"parameters": 5, "prevalence": 0.4, "auc": 0.7} | wrong))
