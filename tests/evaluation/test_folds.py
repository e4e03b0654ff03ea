from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.evaluation import assign_folds

cohorts = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from((0, 1))), min_size=20, max_size=120
)


@settings(max_examples=60, deadline=None)
@given(strata=cohorts, seed=st.integers(0, 10**6), folds=st.integers(2, 7))
def test_every_stratum_is_spread_evenly(strata, seed, folds):
    fold = assign_folds(strata, range(len(strata)), folds=folds, seed=seed)
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.max() - sizes.min() <= 1
    for stratum in set(strata):
        own = np.array([s == stratum for s in strata])
        counts = np.bincount(fold[own], minlength=folds)
        assert counts.max() - counts.min() <= 1


@settings(max_examples=40, deadline=None)
@given(strata=cohorts, seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
def test_order_of_rows_and_names_of_arms_do_not_matter(strata, seed, order):
    labels = [f"P{i}" for i in range(len(strata))]
    fold = assign_folds(strata, labels, folds=5, seed=seed)
    rows = list(range(len(strata)))
    order.shuffle(rows)
    shuffled = assign_folds(
        [strata[r] for r in rows], [labels[r] for r in rows], folds=5, seed=seed
    )
    np.testing.assert_array_equal(shuffled, fold[rows])
    renamed = [({"a": "z", "b": "c"}[arm], y) for arm, y in strata]
    np.testing.assert_array_equal(assign_folds(renamed, labels, folds=5, seed=seed), fold)


@given(seed=st.integers(0, 10**6))
def test_groups_stay_together(seed):
    groups = np.repeat(np.arange(15), 2)
    fold = assign_folds(list("ab" * 15), groups.tolist(), folds=3, seed=seed)
    np.testing.assert_array_equal(fold[::2], fold[1::2])


def test_the_seed_matters():
    one, two = (assign_folds([0] * 50, range(50), folds=5, seed=seed) for seed in (1, 2))
    assert (one != two).any()


def test_sites_are_spread_over_the_folds_within_each_stratum():
    rng = np.random.default_rng(3)
    strata = [(a, y) for a in "ab" for y in (0, 1) for _ in range(100)]
    site = rng.choice(list("uvwxyz"), 400)
    groups = [str(k) for k in range(400)]
    fold = assign_folds(strata, groups, folds=5, seed=1, site=list(site))
    for stratum in set(strata):
        rows = np.array([s == stratum for s in strata])
        counts = np.bincount(fold[rows], minlength=5)
        assert counts.max() - counts.min() <= 1
        for place in "uvwxyz":
            here = np.bincount(fold[rows & (site == place)], minlength=5)
            assert here.max() - here.min() <= 1
