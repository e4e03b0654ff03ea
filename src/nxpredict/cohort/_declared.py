"""What a study says of its table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

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

    Parameters
    ----------
    catalog : Catalog
    arms : ArmSet
    design : Design
    response : ResponseDefinition
    reading : ResponseReading, optional
        How the table writes the response.
    beside : Beside, optional
        Tolerability and adherence.
    predictors : mapping of str to ColumnReading, optional
        How the table names and codes catalogue predictors and loci.
    additional : mapping of str to AdditionalPredictor, optional
    eligibility : sequence of str
        Catalogue codes, kept as facts.
    allow_leak : collection of str
        Predictors that may predict the response with AUC 0.95 or more.
    genotypes : GenotypeSource, optional
        Genotype files and what the study says of them.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> from nxpredict.study import ColumnResponse, ParallelDesign
    >>> told = Declared(
    ...     catalog=load_catalog(),
    ...     arms=ArmSet.of({"naltrexone": "NTX", "placebo": "PBO"}, reference="placebo"),
    ...     design=ParallelDesign("patient_id", "arm", "randomised"),
    ...     response=ColumnResponse("responder", "1"),
    ... )
    >>> told.roles
    {'patient_id': 'design.id', 'arm': 'design.arm', 'responder': 'a column of the response'}
    """

    catalog: Catalog
    arms: ArmSet
    design: Design
    response: ResponseDefinition
    reading: ResponseReading = field(default_factory=ResponseReading)
    beside: Beside = field(default_factory=Beside)
    predictors: Mapping[str, ColumnReading] = field(default_factory=dict)
    additional: Mapping[str, AdditionalPredictor] = field(default_factory=dict)
    eligibility: Sequence[str] = ()
    allow_leak: Collection[str] = ()
    genotypes: GenotypeSource = field(default_factory=GenotypeSource)

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
