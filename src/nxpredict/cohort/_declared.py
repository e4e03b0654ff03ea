"""What a study says of its table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nxpredict.catalog import Catalog
from nxpredict.study import (
    AdditionalPredictor,
    ArmSet,
    Beside,
    ColumnReading,
    Design,
    GenotypeSource,
    ResponseDefinition,
    ResponseReading,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a study says of its table, and the catalogue that it is said in the words of.

    Parameters are those of `load`.
    """

    catalog: Catalog
    arms: ArmSet
    design: Design
    response: ResponseDefinition
    reading: ResponseReading
    beside: Beside
    predictors: Mapping[str, ColumnReading]
    additional: Mapping[str, AdditionalPredictor]
    eligibility: Sequence[str]
    allow_leak: Collection[str]
    genotypes: GenotypeSource

    @property
    def roles(self) -> dict[str, str]:
        """The columns of design and responses, with what the study file calls them."""
        beside = {name: f"a column of {what}" for name, what in self.beside.columns.items()}
        responses = dict.fromkeys(self.response.columns, "a column of the response")
        return self.design.roles | beside | responses

    @property
    def reserved(self) -> dict[str, str]:
        """The columns that can be no predictor, with what they are."""
        names = {"design.id": "the identifier"}
        reserved = {
            column: names.get(role, f"the {role.removeprefix('design.')}")
            for column, role in self.design.roles.items()
        }
        outcome = dict.fromkeys(self.response.outcome_columns, "the response")
        return reserved | self.beside.columns | outcome
