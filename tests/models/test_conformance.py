from __future__ import annotations

from sklearn.utils.estimator_checks import parametrize_with_checks

from nxpredict.models import LEARNERS, make_model

# Sizes that keep the suite short; what is checked does not depend on them.
SMALL = {"x_forest": {"n_halves": 8, "n_trees": 2}}


@parametrize_with_checks(
    [
        make_model(
            name,
            response=response,
            random_state=0,
            **SMALL.get(name, {"n_draws": 16, "max_pairs": 10}),
        )
        for name in LEARNERS
        for response in ("binary", "continuous")
        # What a structure changes is checked once, on the binary response.
        if response == "binary" or name in ("average", "default", "x_forest")
    ]
)
def test_scikit_learn_conformance(estimator, check):
    check(estimator)
