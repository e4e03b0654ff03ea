"""The rows of a table that are analysed, put in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._beside import Floats
from nxpredict.cohort._cohort import Cohort, fingerprint
from nxpredict.cohort._matcher import Matching
from nxpredict.cohort._people import People
from nxpredict.cohort._schema import Schema
from nxpredict.cohort._table import RawTable
from nxpredict.genotypes import CallsTable
from nxpredict.study import ArmSet, Design, ResponseScale


@dataclass(frozen=True, slots=True)
class AnalysedRows:
    """The rows that are analysed, by identifier and, within a patient, by period."""

    X: pd.DataFrame
    y: Floats
    codes: npt.NDArray[np.intp]
    unknown: npt.NDArray[np.bool_]
    ids: pd.Series
    patient: npt.NDArray[np.int64]
    first: npt.NDArray[np.intp]
    site: npt.NDArray[np.object_] | None
    period: npt.NDArray[np.int64] | None
    stopped: Floats | None
    treated: Floats | None

    @classmethod
    def of(
        cls,
        table: RawTable,
        X: pd.DataFrame,
        ids: pd.Series,
        people: People,
        after: tuple[Floats | None, Floats | None],
        period: npt.NDArray[np.int64] | None,
        design: Design,
    ) -> AnalysedRows:
        """Pick and order them; `first` is the first row of each patient."""
        kept = _kept(people, ids, period)
        own = ids.iloc[kept].reset_index(drop=True)
        patient = np.asarray(pd.factorize(own)[0], dtype=np.int64)
        first = np.unique(patient, return_index=True)[1]
        stopped, treated = (None if values is None else values[kept] for values in after)
        return cls(
            X=X.iloc[kept].reset_index(drop=True),
            y=people.y[kept],
            codes=people.codes[kept],
            unknown=people.unknown[kept],
            ids=own,
            patient=patient,
            first=first,
            site=_sites(table, design, kept[first][patient]),
            period=None if period is None else period[kept],
            stopped=stopped,
            treated=treated,
        )

    def arm(self, arms: ArmSet) -> npt.NDArray[np.object_]:
        """Return the name of each row's arm."""
        return np.array(arms.names, dtype=object)[self.codes]

    @property
    def stratum(self) -> npt.NDArray[Any] | None:
        """Within what arms were allocated."""
        return self.site if self.period is None else self.period

    def cohort(self, arm: npt.NDArray[np.object_], scale: ResponseScale, **facts: Any) -> Cohort:
        """Return the cohort, with the sum of its content."""
        after: dict[str, Any] = {
            "stopped": self.stopped,
            "treated": self.treated,
            "period": self.period,
        }
        content = {"y": self.y, "arm": arm, "id": self.ids, "site": self.site}
        return Cohort(
            X=self.X,
            y=self.y if scale.continuous else self.y.astype(np.int64),
            arm=arm,
            scale=scale,
            unknown=self.unknown,
            groups=self.patient,
            site=self.site,
            ids=self.ids,
            fingerprint=_fingerprint(self.X, **after, **content),
            **after,
            **facts,
        )


@dataclass(frozen=True, slots=True)
class TableRead:
    """What was read of a table: the rows analysed, and how they came about."""

    table: RawTable
    rows: AnalysedRows
    schema: Schema
    matching: Matching
    calls: CallsTable | None
    dropped: Mapping[str, int]
    carried: float


def _kept(
    people: People, ids: pd.Series, period: npt.NDArray[np.int64] | None
) -> npt.NDArray[np.intp]:
    """Return the rows that are analysed, by identifier and, within a patient, by period."""
    kept = np.flatnonzero(people.analysed)
    if period is not None:
        kept = kept[np.argsort(period[kept], kind="stable")]
    return kept[np.argsort(ids.fillna("").to_numpy(dtype=object)[kept], kind="stable")]


def _fingerprint(X: pd.DataFrame, **columns: object) -> str:
    content: dict[str, object] = {f"x:{name}": X[name] for name in X}
    return fingerprint(
        content | {name: values for name, values in columns.items() if values is not None}
    )


def _sites(
    table: RawTable, design: Design, kept: npt.NDArray[np.intp]
) -> npt.NDArray[np.object_] | None:
    if design.site is None:
        return None
    labels = read_ids(table.frame, design.site).fillna("")
    return labels.to_numpy(dtype=object)[kept]
