from __future__ import annotations

from sklearn.utils.estimator_checks import parametrize_with_checks

from nxpredict.models import LEARNERS, make_model

# `default` is `shrunken_interactions` today: one of two equal learners is enough.
DIFFERENT = [name for name in LEARNERS if name != "shrunken_interactions"]


@parametrize_with_checks([make_model(name, random_state=0, n_draws=32) for name in DIFFERENT])
def test_scikit_learn_conformance(estimator, check):
    check(estimator)
