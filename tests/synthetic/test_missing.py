from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from nxpredict.catalog import Catalog
from nxpredict.synthetic import Scenario, SyntheticCohort, simulate
from nxpredict.synthetic._parameters import load_parameters

Drawn = Callable[..., SyntheticCohort]
THREE = ("naltrexone", "nalmefene", "placebo")


def _chance(missing: object, site: object) -> float:
    table = np.array(_crosstab(missing, site))
    return float(stats.chi2_contingency(table).pvalue)


def _crosstab(missing: object, site: object) -> list[list[int]]:
    missing, site = np.asarray(missing), np.asarray(site)
    return [[int(((site == s) & (missing == m)).sum()) for s in np.unique(site)] for m in (0, 1)]


def test_values_are_missing_as_often_as_stated(drawn: Drawn, catalog: Catalog) -> None:
    table = drawn("published", n=10_000, arms=THREE).cohort
    for name, variable in load_parameters().variables.items():
        if variable.missing_with is None and variable.missing > 0:
            found = table[catalog.predictors[name].column].isna().mean()
            error = np.sqrt(variable.missing * (1 - variable.missing) / len(table))
            assert found == pytest.approx(variable.missing, abs=4 * error), name


@pytest.mark.parametrize("column", ["pacs_score", "peth_ng_per_ml", "cue_reactivity_z"])
def test_missingness_depends_on_the_site(drawn: Drawn, column: str) -> None:
    table = drawn("published", n=10_000, arms=THREE).cohort
    assert _chance(table[column].isna(), table["site"]) < 1e-8
    at_random = drawn("published", n=10_000, missingness="at_random").cohort
    assert _chance(at_random[column].isna(), at_random["site"]) > 1e-5


def test_missingness_depends_on_severity(drawn: Drawn) -> None:
    table = drawn("published", n=10_000, arms=THREE).cohort
    severe = table["audit_score"] > 26
    share = table["pacs_score"].isna().groupby(severe).mean()
    assert share[True] > share[False] + 0.02


def test_some_sites_cannot_size_the_repeat_or_measure_amines(drawn: Drawn) -> None:
    cohort = drawn("published", n=10_000, arms=THREE)
    array_only = cohort.cohort["site"].isin(["S3", "S6", "S8"]).to_numpy()
    assert (cohort.genotypes["DRD4_exon3_VNTR"][array_only] == -1).all()
    assert (cohort.genotypes["DRD4_exon3_VNTR"][~array_only] > 0).any()
    measured = cohort.cohort["serotonin_ng_per_ml"].notna()
    assert set(cohort.cohort.loc[measured, "site"]) == {"S2", "S5"}


def test_what_is_asked_together_is_missing_together(drawn: Drawn) -> None:
    table = drawn("consensus", n=4000).cohort
    for first, second in [
        ("smoker", "cigarettes_per_day"),
        ("serotonin_ng_per_ml", "tube_type"),
        ("alcohol_intake_g_per_day", "drinking_risk_level"),
    ]:
        assert (table[first].isna() == table[second].isna()).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mechanism", ["site_and_severity", "at_random"])
def test_no_column_is_missing_for_everybody(catalog: Catalog, seed: int, mechanism: str) -> None:
    scenario = Scenario("consensus", n=30, new_patients=5, seed=seed, missingness=mechanism)
    cohort = simulate(scenario, catalog)
    stated = cohort.cohort.drop(columns="child_pugh")  # stated in cirrhosis only
    assert stated.notna().any().all()
    assert all((calls >= 0).any() for calls in cohort.genotypes.values())


def test_nothing_is_missing_when_asked(drawn: Drawn) -> None:
    cohort = drawn("published", n=10_000, missingness="none")
    assert cohort.cohort.drop(columns="child_pugh").notna().all().all()
    assert all((calls >= 0).all() for calls in cohort.genotypes.values())


def test_laboratories_err_now_and_then(catalog: Catalog) -> None:
    from nxpredict.synthetic._draws import stream
    from nxpredict.synthetic._missing import misread

    n = 50_000
    pair = {
        "OPRM1_rs1799971": np.zeros((n, 2), dtype=np.int64),
        "DRD4_exon3_VNTR": np.full((n, 2), 4),
    }
    read = misread(pair, load_parameters(), catalog, stream(1, "error"))
    wrong = {locus: (read[locus] != pair[locus]).any(axis=1).mean() for locus in pair}
    assert wrong["OPRM1_rs1799971"] == pytest.approx(0.002, abs=4 * np.sqrt(0.002 / n))
    assert wrong["DRD4_exon3_VNTR"] == pytest.approx(0.02, abs=4 * np.sqrt(0.02 / n))
    assert set(np.unique(read["DRD4_exon3_VNTR"])) == {3, 4, 5}
