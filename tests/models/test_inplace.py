from __future__ import annotations

import numpy as np
import pytest

from nxpredict.models._inplace import subtract_product


@pytest.mark.parametrize("k", [1, 2, 5])
def test_it_is_what_numpy_gives(k):
    rng = np.random.default_rng(k)
    target, left, right = rng.normal(size=(7, 9)), rng.normal(size=(7, k)), rng.normal(size=(k, 9))
    wanted = target - left @ right
    subtract_product(target, left, right)
    assert np.allclose(target, wanted, rtol=0, atol=1e-14)


def test_rows_that_do_not_lie_together_are_taken_as_they_are():
    rng = np.random.default_rng(0)
    target, left, right = rng.normal(size=(4, 6)), rng.normal(size=(4, 2)), rng.normal(size=(2, 12))
    wanted = target - left @ right[:, ::2]
    subtract_product(target, left, right[:, ::2])
    assert np.allclose(target, wanted, rtol=0, atol=1e-14)


def test_a_target_that_blas_would_copy_is_refused():
    target = np.zeros((3, 3)).T[:, :2]
    with pytest.raises(ValueError, match="C order"):
        subtract_product(target, np.ones((3, 1)), np.ones((1, 2)))
