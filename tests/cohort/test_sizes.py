from __future__ import annotations

import numpy as np
import pytest

from nxpredict.cohort._sizes import check_probabilities, check_sites, check_sizes
from nxpredict.errors import FaultLog
from nxpredict.study import ArmSet, ResponseScale

ARMS = ArmSet.of({"naltrexone": "N", "nalmefene": "M"})
WHERE = {"file": "cohort.csv", "column": "drug"}


def found(y, patient=None, *, unit=None):
    """What is said of the second arm, whose responses these are, beside a first of 100."""
    faults, first = FaultLog(), np.arange(100)
    both = np.concatenate([first % 2 if unit is None else first, y])
    who = np.concatenate([first, 100 + (np.arange(len(y)) if patient is None else patient)])
    arm = np.repeat([0, 1], [100, len(y)])
    check_sizes(arm, both, who, ARMS, ResponseScale(unit), faults, **WHERE)
    return [(fault.code, fault.severity) for fault in faults]


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, [("absent-arm", "error")]),
        (19, [("small-arm", "error")]),
        (20, [("small-arm", "warning")]),
        (40, [("small-arm", "warning")]),
        (41, []),
    ],
)
def test_an_arm_needs_twenty_patients_and_up_to_forty_are_few(n, said):
    assert found(np.arange(n) % 2.0) == said
    # Periods of the same patients make no more of them.
    patient = np.repeat(np.arange(n), 3)
    assert found(patient % 2.0, patient) == said


@pytest.mark.parametrize(("few", "said"), [(4, [("few-responses", "error")]), (5, [])])
@pytest.mark.parametrize("rarer", [0.0, 1.0])
def test_an_arm_needs_five_patients_of_either_response(few, said, rarer):
    patient = np.arange(few + 60)
    assert found(np.where(patient < few, rarer, 1 - rarer)) == said
    patient = np.repeat(patient, 3)
    assert found(np.where(patient < few, rarer, 1 - rarer), patient) == said


@pytest.mark.parametrize(("different", "said"), [(4, [("few-responses", "error")]), (5, [])])
def test_an_arm_needs_five_different_numbers(different, said):
    assert found(np.arange(60.0) % different, unit="days") == said


@pytest.mark.parametrize(("sites", "said"), [(40, []), (41, ["tiny-sites"])])
def test_two_patients_a_site_are_enough_to_say_nothing(sites, said):
    faults = FaultLog()
    site = np.array([f"S{k % sites}" for k in range(80)], dtype=object)
    check_sites(np.arange(80) // 40, site, faults, **WHERE)
    codes = [fault.code for fault in faults]
    assert [code for code in codes if code != "arm-is-site"] == said


@pytest.mark.parametrize(("declared", "said"), [(0.5, False), (0.34, False), (0.3, True)])
def test_a_share_more_than_four_standard_errors_off_is_said(declared, said):
    """Of 120 patients half: 3.7 standard errors from 0.34 and 4.8 from 0.3."""
    faults = FaultLog()
    given = {"naltrexone": declared, "nalmefene": 1 - declared}
    check_probabilities(np.arange(120) % 2, ARMS, given, faults, "cohort.csv", "drug")
    assert bool(list(faults)) is said
