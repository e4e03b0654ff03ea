"""Pooling over sites: published numbers, coverage, and sites that differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nxpredict.evaluation import Comparison, cross_validate, evaluate, pool

ARMS = ("naltrexone", "nalmefene")
# Thirteen trials of BCG vaccine (Colditz et al. 1994): cases and others, vaccinated and not.
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)


def test_the_bcg_trials_give_the_published_numbers():
    """Log risk ratio by REML as in Viechtbauer 2010: -0.7145, tau squared 0.3132."""
    a, b, c, d = BCG.T
    ratio = np.log(a / (a + b)) - np.log(c / (c + d))
    error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    found = pool(ratio, error)
    assert found.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert found.between_sites_sd**2 == pytest.approx(0.3132, abs=5e-5)
    assert found.prediction_lower < found.lower < found.upper < found.prediction_upper
    assert found.sites == 13


@pytest.mark.filterwarnings("ignore")
def test_the_interval_is_that_of_statsmodels_where_sites_do_not_differ():
    module = pytest.importorskip("statsmodels.stats.meta_analysis")
    values, errors = np.array([0.1, 0.5, -0.3, 0.9]), np.array([0.5, 0.4, 0.6, 0.5])
    found = pool(values, errors)
    assert found.between_sites_sd == 0
    fixed = module.combine_effects(values, errors**2, use_t=True)
    assert found.estimate == pytest.approx(fixed.mean_effect_fe)
    factor = np.sqrt(max(1.0, fixed.scale_hksj_fe) / fixed.scale_hksj_fe)
    reach = factor * (fixed.summary_frame().loc["fixed effect wls", "ci_upp"] - found.estimate)
    assert found.upper - found.estimate == pytest.approx(reach, rel=1e-6)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_intervals_cover(spread):
    rng = np.random.default_rng(3)
    covered, predicted, cohorts = 0, 0, 800
    for _ in range(cohorts):
        errors = rng.uniform(0.1, 0.4, 8)
        found = pool(rng.normal(0.2, spread, 8) + errors * rng.normal(size=8), errors)
        covered += found.lower < 0.2 < found.upper
        predicted += found.prediction_lower < rng.normal(0.2, spread) < found.prediction_upper
    # Binomial error of 0.95 in 800: 0.008. Without spread the interval may only be too wide.
    assert covered / cohorts > 0.925
    assert covered / cohorts < (0.975 if spread else 1.0)
    # Known to be too narrow with eight sites that differ (Partlett & Riley 2017): about 0.88.
    assert predicted / cohorts > 0.85


def test_few_sites_say_little():
    assert pool(np.array([]), np.array([])).sites == 0
    assert pool(np.array([0.3, np.nan]), np.array([0.1, 0.1])).estimate == 0.3
    assert np.isnan(pool(np.array([0.3, 0.1]), np.array([0.1, 0.1])).prediction_lower)


@pytest.mark.parametrize(("spread", "low", "high"), [(0.0, -0.01, 0.10), (0.25, 0.15, 0.40)])
def test_sites_that_differ_in_benefit_are_told_from_those_that_do_not(
    trial, learner, spread, low, high
):
    rng = np.random.default_rng(8)
    t, site = trial(1600, seed=12), np.repeat(np.arange(8), 200)
    p = 0.5 + np.where(t.arm == ARMS[1], 1, -1) * np.linspace(-1, 1, 8)[site] * spread * 0.76
    y = (rng.random(1600) < p).astype(float)
    by_site = cross_validate(learner(), t.X, y, t.arm, groups=site, folds=4, repeats=1)
    assert pd.Series(by_site.fold[0]).groupby(site).nunique().eq(1).all()
    out = cross_validate(learner(), t.X, y, t.arm)
    comparison = Comparison(t.X, y, t.arm, ARMS, ARMS[0], "randomised", site=site)
    result = evaluate(out, comparison, by_site=by_site)
    benefit = result.contrasts["nalmefene_vs_naltrexone"]["between_sites"]["ate"]
    # A site's benefit has an error of 0.07, so its variance over eight sites one of 0.0027.
    assert low < benefit["between_sites_sd"] < high
    assert benefit["sites"] == 8
    area = result.per_arm["nalmefene"]["between_sites"]["auc"]
    assert 0 < area["prediction_lower"] < area["estimate"] < area["prediction_upper"] < 1
    assert {"gain", "ate"} == set(result.contrasts["nalmefene_vs_naltrexone"]["between_sites"])


def test_a_site_of_two_patients_is_not_pooled(trial, learner):
    """Two on the reference who do not respond: their mean has a tiny error, and means nothing."""
    t, site = trial(402, seed=13), np.repeat(np.arange(5), [100, 100, 100, 100, 2])
    arm, y = t.arm.copy(), t.y.copy()
    arm[400:], y[400:] = ARMS[0], 0.0
    by_site = cross_validate(learner(), t.X, y, arm, groups=site, folds=5, repeats=1)
    out = cross_validate(learner(), t.X, y, arm)
    comparison = Comparison(t.X, y, arm, ARMS, ARMS[0], "randomised", site=site)
    found = evaluate(out, comparison, by_site=by_site).contrasts["nalmefene_vs_naltrexone"]
    assert found["between_sites"]["ate"]["sites"] == 4
    assert found["between_sites"]["gain"]["sites"] == 4
