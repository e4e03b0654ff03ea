from __future__ import annotations

from importlib import resources

import pytest

from nxpredict.catalog import FILES, Catalog, load_catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    folder = resources.files("nxpredict.catalog")
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="session")
def tags() -> frozenset[str]:
    """Every provenance tag of the reference studies."""
    return frozenset({"V", "S", "R", "C", "A", "D", "M", "I", "mem"})
