"""The study file as typed objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nxpredict.config._schema import (
    EvaluationSection,
    ModelSection,
    PreferenceSection,
    TrackingSection,
)
from nxpredict.errors import Fault
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    Beside,
    ColumnReading,
    Design,
    GenotypeSource,
    ResponseDefinition,
    ResponseReading,
    TableSource,
)


@dataclass(frozen=True)
class Study:
    """A study file, read and checked.

    Attributes
    ----------
    name : str
        The key ``study``.
    path, directory : Path
        The file and its folder; paths in the file are relative to the folder.
    text : str, optional
        The file as written; None where `overrides` changed what it says.
    overrides : tuple of str
        ``key=value`` each, as of ``--set``.
    table : TableSource
    genotypes : GenotypeSource
    design : Design
    arms : ArmSet
    response : ResponseDefinition
    reading : ResponseReading
        How the table writes the response, and which numbers can be.
    beside : Beside
        Tolerability and adherence, as far as they are declared.
    predictors : mapping of str to ColumnReading
        Catalogue name or locus -> how this table names and codes it.
    additional : mapping of str to AdditionalPredictor
    eligibility : tuple of str
        Catalogue codes of what the population was screened for.
    preference : PreferenceSection
        ``minimum_benefit`` (in the unit of the response) and ``probability``.
    model : ModelSection
        ``learner`` and ``seed``.
    evaluation : EvaluationSection
        ``folds``, ``repeats``, ``subgroups``.
    tracking : TrackingSection
        ``uri``, ``experiment``, ``register_as``.
    allow_leak : tuple of str
    faults : tuple of Fault
        What `read_study` found; `load_study` raises when any of it is an error.
    """

    name: str
    path: Path
    text: str | None
    overrides: tuple[str, ...]
    table: TableSource
    genotypes: GenotypeSource
    design: Design
    arms: ArmSet
    response: ResponseDefinition
    reading: ResponseReading
    beside: Beside
    predictors: Mapping[str, ColumnReading]
    additional: Mapping[str, AdditionalPredictor]
    eligibility: tuple[str, ...]
    preference: PreferenceSection
    model: ModelSection
    evaluation: EvaluationSection
    tracking: TrackingSection
    allow_leak: tuple[str, ...]
    faults: tuple[Fault, ...]
    written: Mapping[str, Any]

    @property
    def directory(self) -> Path:
        """The folder of the study file."""
        return self.path.parent

    def to_dict(self) -> dict[str, Any]:
        """Return every key with its value, defaults filled in, paths as they were written."""
        return dict(self.written)
