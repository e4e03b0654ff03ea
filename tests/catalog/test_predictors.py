from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from nxpredict.catalog import Catalog, Predictor, load_catalog

CATALOG = load_catalog()
PREDICTORS = list(CATALOG.predictors.values())
CONTINUOUS = [p for p in PREDICTORS if p.kind == "continuous"]
UNITS = [(p, unit) for p in PREDICTORS for unit in p.units]
FAR_UNITS = [(p, unit) for p, unit in UNITS if not 1 / 8 < p.factor(unit) < 8]
ASKED_FOR = """
    OPRM1_rs1799971_G_dosage AKR1C4_haplotype_dosage DRD4_VNTR_long_dosage sex age family_history
    onset_age cue_reactivity smoker cigarettes_per_day ftnd audit ads pacs ocds heavy_drinking_days
    alcohol_intake drinking_risk_level reward_relief sweet_liker treatment_goal
    days_since_last_drink previous_detoxifications withdrawal_history depression anxiety ssri_use
    psychosocial_treatment social_stability bmi pain prior_adherence other_drug_use employed married
    education_years ggt alt ast mcv cdt peth cortisol prolactin beta_endorphin serotonin dopamine
    norepinephrine tube_type fib4 child_pugh egfr bdnf ancestry race current_opioid_use
    opioid_use_disorder_treatment past_opioid_use_disorder planned_surgery opioid_free_days
    acute_alcohol_withdrawal pregnancy suicidality acute_hepatitis disulfiram_use thioridazine_use
    galactose_intolerance
"""


def by_name(item: object) -> str:
    return item.name if isinstance(item, Predictor) else str(item)


def middle(predictor: Predictor) -> float:
    """A cohort median in the middle of the typical range, on the log scale where it has one."""
    low, high = predictor.typical_low, predictor.typical_high
    assert low is not None
    assert high is not None
    return math.sqrt(low * high) if low > 0 else (low + high) / 2


def test_every_predictor_asked_for_is_there(catalog: Catalog):
    assert set(ASKED_FOR.split()) <= set(catalog.predictors)


@pytest.mark.parametrize("predictor", PREDICTORS, ids=by_name)
class TestEveryPredictor:
    def test_has_provenance(self, predictor: Predictor, tags: frozenset[str]):
        assert predictor.certainty in tags
        assert predictor.reference.strip()
        assert predictor.description.strip().endswith(".")
        assert predictor.label.strip()

    def test_kind_agrees_with_labels_and_unit(self, predictor: Predictor):
        count = len(predictor.labels)
        if predictor.kind in {"continuous", "dosage"}:
            assert count == 0
        elif predictor.kind == "binary":
            assert count == 2
        else:
            assert count >= 3
        assert bool(predictor.unit) == (predictor.kind == "continuous")
        assert not predictor.units or predictor.kind == "continuous"

    def test_vocabulary_is_closed(self, predictor: Predictor):
        assert predictor.family in {"genotype", "clinical", "biomarker"}
        assert predictor.role in {"predictor", "nuisance", "safety"}
        assert predictor.kind in {"continuous", "binary", "categorical", "ordinal", "dosage"}
        assert predictor.timing in {"baseline", "post_baseline"}
        assert (predictor.family == "genotype") == (predictor.kind == "dosage")

    def test_texts_lead_to_one_label(self, predictor: Predictor):
        texts = [text for accepted in predictor.labels.values() for text in accepted]
        assert len(texts) == len(set(texts))
        assert all(text == text.casefold().strip() for text in texts)
        for label, accepted in predictor.labels.items():
            assert label.casefold() in accepted

    def test_names_what_exists(self, predictor: Predictor):
        assert set(predictor.requires) <= set(CATALOG.predictors) - {predictor.name}
        assert set(predictor.derived_from) <= {*CATALOG.variants, *CATALOG.repeats}
        assert bool(predictor.derived_from) == (predictor.family == "genotype")

    def test_is_found_by_name_column_and_alias(self, predictor: Predictor):
        for text in (predictor.name, predictor.column, *predictor.aliases, *predictor.parts):
            for spelling in (text, text.upper(), f" {text} ", text.replace("_", " ")):
                assert CATALOG.match_column(spelling) is predictor
                assert CATALOG.is_part(spelling) == (text in predictor.parts)

    def test_only_what_is_yes_or_no_has_parts(self, predictor: Predictor):
        assert predictor.levels == ("no", "yes") or not predictor.parts


def test_every_kind_of_unit_slip_is_tried():
    assert {p.name for p, _ in FAR_UNITS} >= {"ggt", "peth", "cortisol", "alcohol_intake", "cdt"}


@pytest.mark.parametrize("predictor", CONTINUOUS, ids=by_name)
def test_ranges_are_nested(predictor: Predictor):
    assert predictor.low is not None
    assert predictor.high is not None
    assert predictor.typical_low is not None
    assert predictor.typical_high is not None
    assert predictor.low <= predictor.typical_low < predictor.typical_high <= predictor.high


def test_columns_are_unique_and_carry_the_unit(catalog: Catalog):
    assert len({p.column for p in PREDICTORS}) == len(PREDICTORS)
    assert catalog.predictors["ggt"].column == "ggt_u_per_l"
    assert catalog.predictors["age"].column == "age_years"
    assert catalog.predictors["alcohol_intake"].column == "alcohol_intake_g_per_day"
    unitless = {"score", "score (0-40)", "score (0-10)", "count", "index", "z score"}
    for predictor in CONTINUOUS:
        if predictor.unit not in unitless:
            token = predictor.unit.split("/")[0].replace("%", "percent").lower()
            assert token in predictor.column


def test_sex_takes_no_number(catalog: Catalog):
    sex = catalog.predictors["sex"]
    assert sex.levels == ("female", "male")
    texts = {text for accepted in sex.labels.values() for text in accepted}
    assert not any(any(c.isdigit() for c in text) for text in texts)


def test_amines_are_read_with_their_context_only(catalog: Catalog):
    for name in ("serotonin", "dopamine", "norepinephrine", "epinephrine"):
        required = set(catalog.predictors[name].requires)
        assert required == {"days_since_last_drink", "ssri_use", "tube_type"}


def test_ancestry_and_race_are_nuisance_only(catalog: Catalog):
    assert {p.name for p in PREDICTORS if p.role == "nuisance"} == {"ancestry", "race"}


@pytest.mark.parametrize(("predictor", "unit"), UNITS, ids=by_name)
def test_another_unit_has_a_usable_factor(predictor: Predictor, unit: str):
    assert predictor.factor(unit) > 0
    assert np.isfinite(predictor.factor(unit))
    assert unit != predictor.unit


@pytest.mark.parametrize(("predictor", "unit"), FAR_UNITS, ids=by_name)
def test_a_wrong_unit_shows_in_the_median(predictor: Predictor, unit: str):
    written = middle(predictor) / predictor.factor(unit)
    assert not predictor.is_typical(written)
    assert unit in predictor.likely_units(written)


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected", "tolerance"),
    [
        ("ggt", 1.0, "ukat/L", 60.0, 1e-12),
        ("ggt", 1000.0, "nkat/L", 60.0, 1e-12),
        ("peth", 3.004, "umol/L", 2112.0, 1e-3),  # PMC6430335
        ("peth", 0.30, "umol/L", 210.0, 5e-3),  # the cut-off as laboratories round it
        ("cortisol", 276.0, "nmol/L", 10.0, 1e-3),
        ("prolactin", 212.0, "mIU/L", 10.0, 1e-12),
        ("norepinephrine", 1.0, "nmol/L", 169.18, 1e-12),
        ("alcohol_intake", 5.0, "drinks_14g/day", 70.0, 1e-12),
        ("alcohol_intake", 700.0, "g/week", 100.0, 1e-12),
        ("heavy_drinking_days", 30.0, "days/30 days", 28.0, 1e-12),
        ("heavy_drinking_days", 50.0, "%", 14.0, 1e-12),
        ("age", 480.0, "months", 40.0, 1e-12),
    ],
)
def test_known_conversions(
    catalog: Catalog, name: str, value: float, unit: str, expected: float, tolerance: float
):
    converted = value * catalog.predictors[name].factor(unit)
    assert converted == pytest.approx(expected, rel=tolerance)


def test_the_canonical_unit_changes_nothing(catalog: Catalog):
    assert catalog.predictors["ggt"].factor("U/L") == 1.0


@pytest.mark.parametrize("unit", ["µkat/L", "μkat/L", " UKAT/l "])
def test_spellings_of_a_unit(catalog: Catalog, unit: str):
    assert catalog.predictors["ggt"].factor(unit) == 60.0


def test_an_unknown_unit_is_refused(catalog: Catalog):
    with pytest.raises(KeyError, match="ggt"):
        catalog.predictors["ggt"].factor("mg/dL")


def test_no_unit_of_a_predictor_is_spelt_like_another():
    for predictor in PREDICTORS:
        spellings = [u.casefold() for u in (predictor.unit, *predictor.units)]
        assert len(spellings) == len(set(spellings))


def test_usual_cohorts_are_typical(catalog: Catalog):
    """Medians of healthy people and of treatment-seeking patients pass in the right unit."""
    medians = {
        "age": (21, 46, 75),
        "ggt": (15, 60, 300),
        "alt": (15, 35, 120),
        "mcv": (88, 96, 104),
        "cdt": (0.9, 2.1, 8),
        "peth": (8, 500, 1800),
        "cortisol": (8, 15, 25),
        "prolactin": (5, 9, 25),
        "cigarettes_per_day": (4, 15, 30),
        "heavy_drinking_days": (1, 16, 23),
        "alcohol_intake": (12, 75, 180),
        "egfr": (25, 95, 120),
        "bdnf": (0.5, 20, 35),
        "norepinephrine": (150, 350, 900),
    }
    for name, values in medians.items():
        assert all(catalog.predictors[name].is_typical(value) for value in values), name


def test_code_is_what_stands_in_a_typed_table(catalog: Catalog):
    assert catalog.predictors["sex"].code("male") == 1.0
    assert catalog.predictors["drinking_risk_level"].code("high") == 3.0
    assert catalog.predictors["reward_relief"].code("relief") == "relief"
    with pytest.raises(KeyError, match="no label"):
        catalog.predictors["sex"].code("unknown")


def test_match_column_knows_no_stranger(catalog: Catalog):
    assert catalog.match_column("patient_id") is None
    assert catalog.match_column("rs1799971") is None
    assert catalog.match_column("") is None


def test_a_predictor_travels_between_processes(catalog: Catalog):
    assert pickle.loads(pickle.dumps(catalog.predictors["sex"])) == catalog.predictors["sex"]  # noqa: S301
