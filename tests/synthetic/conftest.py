"""Cohorts that several tests look at, drawn once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from nxpredict.catalog import Catalog, load_catalog
from nxpredict.synthetic import Scenario, SyntheticCohort, simulate


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def drawn(catalog: Catalog) -> Callable[..., SyntheticCohort]:
    """`drawn(scenario, **keys)`: the cohort of a scenario, cached."""

    @cache
    def draw(scenario: str, **keys: Any) -> SyntheticCohort:
        return simulate(Scenario(scenario, **keys), catalog)

    return draw
