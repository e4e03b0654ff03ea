from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort, Declared, RawTable, load
from nxpredict.errors import DataError, Fault
from nxpredict.study import ArmSet, ColumnResponse, ParallelDesign, TableSource

ARMS = ArmSet.of({"naltrexone": "NTX", "nalmefene": "NMF"})
DESIGN = ParallelDesign("patient_id", "drug", "randomised")
RESPONSE = ColumnResponse("responder", "1")


def make_table(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """A clean table of text, as read from CSV."""
    rng = np.random.default_rng(seed)
    columns = {
        "patient_id": [f"P{i:04d}" for i in rng.permutation(n)],
        "drug": np.array(["NTX", "NMF"])[np.arange(n) % 2],
        "responder": rng.integers(0, 2, n).astype(str),
        "age_years": rng.integers(20, 70, n).astype(str),
        "sex": rng.choice(["male", "female"], n),
        "ggt_u_per_l": np.round(rng.lognormal(3.8, 0.5, n), 1).astype(str),
        "rs1799971": rng.choice(["A/A", "A/G", "G/G", ""], n),
        "centre": rng.choice(["north", "south"], n),
        "ward_colour": rng.choice(["red", "blue", "green"], n),
    }
    return pd.DataFrame(
        {name: pd.Series(list(cells), dtype="str") for name, cells in columns.items()}
    )


@pytest.fixture
def table() -> pd.DataFrame:
    return make_table()


@pytest.fixture
def read() -> Callable[..., Cohort]:
    """Load a frame, or a file, as the plain two-arm study."""

    def run(
        source: pd.DataFrame | RawTable | Path, faults: Iterable[Fault] = (), **changes: Any
    ) -> Cohort:
        table: RawTable | TableSource
        if isinstance(source, RawTable):
            table = source
        elif isinstance(source, pd.DataFrame):
            table = RawTable(source, "cohort.csv")
        else:
            table = TableSource(source)
        keywords = {"arms": ARMS, "design": DESIGN, "response": RESPONSE} | changes
        return load(table, Declared(catalog=load_catalog(), **keywords), faults)

    return run


@pytest.fixture
def faults(read: Callable[..., Cohort]) -> Callable[..., list[Fault]]:
    """The faults of a load that must fail."""

    def run(source: pd.DataFrame | Path, **changes: Any) -> list[Fault]:
        with pytest.raises(DataError) as caught:
            read(source, **changes)
        assert caught.value.exit_code == 3
        return list(caught.value.faults)

    return run


@pytest.fixture(scope="session")
def codes() -> Callable[..., list[str]]:
    """The codes of faults of one severity: `codes(found, severity="error")`."""
    return lambda found, severity="error": sorted(f.code for f in found if f.severity == severity)
