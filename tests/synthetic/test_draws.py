from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.synthetic._draws import correlation_matrix, latent_normals, quantile, stream
from nxpredict.synthetic._parameters import Variable, load_parameters

NUMERIC = [v for v in load_parameters().variables.values() if not v.levels]


def test_the_correlations_of_the_parameters_are_kept() -> None:
    parameters = load_parameters()
    names = list(parameters.variables)
    matrix = correlation_matrix(names, parameters.correlation)
    assert np.linalg.eigvalsh(matrix).min() > 0
    n = 40_000
    found = np.corrcoef(latent_normals(n, names, parameters.correlation, stream(1, "x")).T)
    assert np.abs(found - matrix).max() < 5 / np.sqrt(n)
    for (first, second), r in parameters.correlation.items():
        assert matrix[names.index(first), names.index(second)] == pytest.approx(r, abs=0.08)


def test_impossible_pairs_are_pulled_to_the_nearest_possible_ones() -> None:
    pairs = {("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9}
    matrix = correlation_matrix(["a", "b", "c"], pairs)
    assert np.linalg.eigvalsh(matrix).min() > 0
    assert np.diag(matrix) == pytest.approx([1, 1, 1])
    assert np.sign(matrix[0, 1]) == 1
    assert np.sign(matrix[0, 2]) == -1


@pytest.mark.parametrize("variable", NUMERIC, ids=lambda v: v.name)
def test_a_marginal_rises_with_the_latent_normal_and_keeps_its_bounds(variable: Variable) -> None:
    value = quantile(variable, np.linspace(-6, 6, 501))
    low = variable.tail.get("low", variable.low)
    assert np.isfinite(value).all()
    assert (np.diff(value) >= 0).all()
    assert low <= value.min()
    assert value.max() <= variable.high


@pytest.mark.parametrize("variable", NUMERIC, ids=lambda v: v.name)
def test_a_marginal_has_the_mean_or_median_stated(variable: Variable) -> None:
    value = quantile(variable, stream(3, variable.name).standard_normal(20_000))
    if variable.distribution == "lognormal":
        assert np.median(value) == pytest.approx(variable.median, rel=0.06)
    else:
        assert np.median(value) == pytest.approx(variable.mean, abs=0.2 * variable.sd)


@given(st.integers(0, 2**32), st.text(max_size=20), st.text(max_size=20))
def test_streams_are_told_apart_by_name(seed: int, first: str, second: str) -> None:
    same = stream(seed, first).random() == stream(seed, second).random()
    assert same == (first == second)
