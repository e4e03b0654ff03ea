"""The model file: everything that scoring a new patient takes, and no patient."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.bundle._content import json_bytes, npz_bytes, null_for_nan
from nxpredict.bundle._distributions import Distribution
from nxpredict.bundle._files import manifest_sha256
from nxpredict.catalog import load_catalog
from nxpredict.cohort import Schema, read_batch, with_caution_columns, with_genotype_columns
from nxpredict.errors import RESEARCH_USE, FaultLog, UsageError, closest
from nxpredict.models import ArmModel
from nxpredict.study import ArmSet, ResponseScale

_README = f"""# An nxpredict model

{RESEARCH_USE}

These files are one model: its parameters (`model.json`, `model.npz`), how its predictors are read
(`schema.json`), the study that made it and what that study could say (`study.json`), and drawn,
non-existing patients against which explanations are measured (`background.json`). No patient's data
are in them. `manifest.json` lists every file with its SHA-256 sum; a model with a file changed,
added or missing is refused.

    nxpredict score PATIENTS --model THIS_FOLDER --out FILE
"""


@cache
def package_versions() -> dict[str, str]:
    """Return the versions that a prediction depends on."""
    packages = ("nxpredict", "numpy", "pandas", "scipy", "scikit-learn")
    return {"python": platform.python_version()} | {p: metadata.version(p) for p in packages}


@dataclass(frozen=True, eq=False, repr=False)
class Bundle:
    """A trained model with what is needed to use and to judge it.

    Parameters
    ----------
    model : ArmModel
        Fitted learner.
    schema : Schema
        How the predictors are read from a raw table.
    arms : ArmSet
        Arms and reference of the study.
    study, allocation : str
        Name of the study; how patients came to their arm.
    answers : mapping
        ``average``, ``heterogeneity`` and ``verdict`` of evaluation.json.
    preference : mapping
        ``minimum_benefit`` (in the unit of the response) and ``probability``.
    eligibility : tuple of str
        Codes of what the cohort was screened for.
    ranges : mapping of str to (float, float)
        Training range of each numeric predictor, as of `make_ranges`.
    background : DataFrame
        Drawn patients for explanations, as of `make_background`.
    training : mapping
        Aggregates of the cohort.
    catalog_version, fingerprint : str
        Version of the catalogue; sha256 of the cohort.
    versions : mapping of str to str
        Packages that trained it.
    scale : ResponseScale
        What the response is measured in; to the model, more is always better.
    """

    model: ArmModel
    schema: Schema
    arms: ArmSet
    study: str
    allocation: str
    answers: Mapping[str, Any]
    preference: Mapping[str, float]
    eligibility: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]]
    background: pd.DataFrame
    training: Mapping[str, Any]
    catalog_version: str
    fingerprint: str
    versions: Mapping[str, str] = field(default_factory=package_versions)
    scale: ResponseScale = ResponseScale()  # noqa: RUF009  (frozen)

    def __repr__(self) -> str:
        arms = ", ".join(self.arms.names)
        return f"<nxpredict model {self.model_id} of study '{self.study}': {arms}>"

    @property
    def inputs(self) -> list[str]:
        """The predictors that the model reads, in the order of the schema."""
        return [spec.name for spec in self.schema.predictors if spec.role == "predictor"]

    @cached_property
    def distributions(self) -> dict[str, Distribution]:
        """How the predictors of the cohort were distributed; empty where none were kept."""
        kept = self.training.get("distributions", {})
        return {name: Distribution.from_dict(content) for name, content in kept.items()}

    @cached_property
    def table_schema(self) -> Schema:
        """How a table of new patients is read: as in training, and dosages under their own name.

        A cohort may have had its genotypes in files; a single patient's may come as numbers.
        """
        specs = (
            replace(spec, column=spec.name) if spec.column is None else spec
            for spec in self.schema.predictors
        )
        return replace(self.schema, predictors=tuple(specs))

    def schema_of(self, headers: Iterable[str], *, genotype_files: bool = False) -> Schema:
        """Return how a table with these columns is read.

        Genotypes that training had in files are looked for among them, unless files come with the
        table: these are believed alone, as its columns may be of another panel. What forbids a
        drug is read also where training never asked.

        Raises
        ------
        DataError
            When several columns claim a locus, or a caution.
        """
        headers, schema = list(headers), self.table_schema
        if not genotype_files:
            schema = with_genotype_columns(schema, headers, load_catalog())
        return with_caution_columns(schema, headers, load_catalog(), self.arms.names)

    @cached_property
    def sha256(self) -> str:
        """The sum of the manifest: equal for equal models, saved or not."""
        return manifest_sha256(self.to_parts())

    @property
    def model_id(self) -> str:
        """A short name made from the content."""
        return self.sha256[:16]

    def to_parts(self) -> dict[str, bytes]:
        """Return the content of each file of the model folder, the manifest aside."""
        state, arrays = self.model.to_state()
        study = {
            "study": self.study,
            "arms": {
                "names": list(self.arms.names),
                "labels": list(self.arms.labels),
                "reference": self.arms.reference,
                **({"regimens": dict(self.arms.regimens)} if self.arms.regimens else {}),
            },
            "allocation": self.allocation,
            "answers": null_for_nan(self.answers),
            "preference": dict(self.preference),
            "eligibility": list(self.eligibility),
            "ranges": {name: list(ends) for name, ends in self.ranges.items()},
            "training": null_for_nan(self.training),
            "catalog_version": self.catalog_version,
            "fingerprint": self.fingerprint,
            "versions": dict(self.versions),
            "response": self.scale.to_dict(),
        }
        background = {
            name: [None if pd.isna(value) else value for value in column.tolist()]
            for name, column in self.background.items()
        }
        return {
            "README.md": _README.encode(),
            "background.json": json_bytes(background),
            "model.json": json_bytes(state),
            "model.npz": npz_bytes(arrays),
            "schema.json": json_bytes(self.schema.to_dict()),
            "study.json": json_bytes(study),
        }

    def predict_response(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return P(response), or the mean response, under each arm for a raw patient table.

        Parameters
        ----------
        table : DataFrame of shape (n, anything)
            Columns named and coded as in the training study; matched by name.

        Returns
        -------
        DataFrame of shape (n, n_arms)
            Index of `table`, one column an arm; a mean is as in the training study's table. NaN
            where a row cannot be scored.

        Raises
        ------
        DataError
            When columns of predictors are missing, all of them named.
        """
        found = self._predict(table, list(self.arms.names), self.model.predict_response)
        return self.scale.turned(found)

    def predict_benefit(
        self,
        table: pd.DataFrame,
        arm: str | None = None,
        reference: str | None = None,
        level: float = 0.90,
        minimum: float = 0.0,
    ) -> pd.DataFrame:
        """Return by how much the response is better under `arm` than under `reference`.

        The difference of probabilities or of means, turned where less of the response is better.

        Parameters
        ----------
        table : DataFrame of shape (n, anything)
            Columns named and coded as in the training study; matched by name.
        arm, reference : str, optional
            Arms to compare; the study's reference when absent, and of two arms the other one.
        level : float
            Coverage of the interval.
        minimum : float
            Benefit that ``prob_better`` asks for.

        Returns
        -------
        DataFrame of shape (n, 4)
            ``benefit, lower, upper, prob_better``; index of `table`; NaN where a row cannot be
            scored, and where each drug comes from another study.

        Raises
        ------
        DataError
            When columns of predictors are missing, all of them named.
        UsageError
            When there are more than two arms and none is named.
        ValueError
            When `arm` or `reference` is no arm of the model.
        """
        reference = reference or self.arms.reference
        if reference not in self.arms.names:
            raise ValueError(f"unknown reference {reference!r}; the arms are {self.arms.names}")
        if arm is None:
            others = [name for name in self.arms.names if name != reference]
            if len(others) > 1:
                raise UsageError("Which arm?", f"Name one of {', '.join(others)}.")
            (arm,) = others
        predict = partial(
            self.model.predict_benefit, arm=arm, reference=reference, level=level, minimum=minimum
        )
        found = self._predict(table, ["benefit", "lower", "upper", "prob_better"], predict)
        return found * np.nan if self.allocation == "pooled-indirect" else found

    def _require_columns(self, table: pd.DataFrame) -> None:
        """Refuse a table that lacks a column or has it twice; a typing error is not "unknown"."""
        faults = FaultLog()
        read = set(self.table_schema.columns)
        for name in read.intersection(table.columns[table.columns.duplicated()]):
            faults.error(
                "repeated-column", "two columns of this name", "keep one", column=str(name)
            )
        for spec in self.schema.predictors:
            needed = spec.role == "predictor" and spec.locus is None and spec.column is not None
            if needed and spec.column not in table.columns:
                hint = closest(str(spec.column), map(str, table.columns))
                faults.error(
                    "missing-column",
                    "no such column",
                    hint or "add it, empty where unknown",
                    column=spec.column,
                )
        faults.raise_if_errors()

    def _predict(
        self,
        table: pd.DataFrame,
        columns: list[str],
        predict: Callable[[pd.DataFrame], pd.DataFrame],
    ) -> pd.DataFrame:
        """Predict the rows that can be read and that the model is for; the others stay NaN."""
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"Give the patients as a DataFrame, not as {type(table).__name__}.")
        self._require_columns(table)
        schema = self.schema_of(table.columns)
        batch = read_batch(table.reset_index(drop=True), schema)
        fine = np.fromiter((not r for r in batch.reasons), dtype=bool, count=len(batch.reasons))
        fine &= batch.X[self.inputs].notna().any(axis=1).to_numpy()
        for caution in load_catalog().cautions_for(self.arms.names):
            if caution.level == "scope":
                fine &= caution.met(batch.X) != 1.0
        full = np.full((len(table), len(columns)), np.nan)
        if fine.any():
            full[fine] = predict(batch.X.loc[fine, self.inputs])[columns].to_numpy()
        return pd.DataFrame(full, index=table.index, columns=columns)
