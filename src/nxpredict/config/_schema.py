"""The keys of a study file, their types and their defaults; each default stands here once."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from nxpredict.study import LONGEST_WINDOW_DAYS

Name = Annotated[str, Field(min_length=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_section(key: str) -> BeforeValidator:
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def _files(value: Any) -> Any:
    return value if isinstance(value, dict) else {"files": value}


_as_files = BeforeValidator(_files)


def _identity(value: Any) -> Any:
    return {v: v for v in value} if isinstance(value, list) and all(map(_is_text, value)) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


Names = Annotated[list[Name], BeforeValidator(_listed)]
Span = Annotated[list[int], Field(min_length=2, max_length=2)]
Labels = Annotated[dict[str, Name], BeforeValidator(_identity)]


class Section(BaseModel):
    """A mapping of the study file in which only declared keys may stand."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TableSection(Section):
    """Where the table is and how its numbers and fields are written."""

    path: Name
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None


class DesignSection(Section):
    """How patients came to their arms."""

    kind: Literal["parallel", "crossover"] = "parallel"
    allocation: Literal["randomised", "observational", "pooled-indirect"]
    id: Name
    arm: Name
    site: Name | None = None
    period: Name | None = None
    sequence: Name | None = None
    wash_out_days: (
        Annotated[float, Field(ge=0, le=LONGEST_WINDOW_DAYS, allow_inf_nan=False)] | None
    ) = None
    probabilities: dict[str, Finite] | None = None


class ArmSection(Section):
    """How the table labels an arm, and what its patients were given."""

    label: Name
    formulation: Name | None = None
    dose: Name | None = None


class GenotypeSection(Section):
    """Genotype files, and how to take what they do not say."""

    files: Names = []
    absent_is_reference: bool = False
    id_map: Name | None = None
    build: Literal["GRCh37", "GRCh38"] | None = None
    strand: Literal["forward", "reverse", "unknown"] = "unknown"
    failed_filter: Literal["use", "no call"] = "use"
    long_alleles: Literal["5", "7", "2R-or-7R"] | None = None


class TimelineSection(Section):
    """A table with one row a patient and day, and which of its days count."""

    path: Name
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    id: Name
    period: Name | None = None
    day: Name
    amount: Name
    baseline_days: Span | None = None
    follow_up_days: Span
    grace_days: Annotated[int, Field(ge=0)] = 0
    minimum_recorded: Annotated[float, Field(gt=0, le=1)] = 0.8


class TolerabilitySection(Section):
    """Who stopped for adverse events: a second response, beside the first."""

    column: Name
    unfavourable: Name


class AdherenceSection(Section):
    """How much of the drug was taken, and from what share on a patient counts as treated."""

    column: Name
    at_least: Annotated[float, Field(gt=0, le=1)] = 0.8


class ResponseSection(Section):
    """What counts as response: a label in a column, or a definition; and what stands beside it.

    With ``kind: continuous`` the number itself is the response, `favourable` says which end of it
    is better, and a patient without it is left out unless that is a fault.
    """

    kind: Literal["binary", "continuous"] = "binary"
    column: Name | None = None
    favourable: str | None = None
    definition: (
        Literal[
            "relative_change",
            "who_risk_level_reduction",
            "alcohol_per_day",
            "alcohol_reduction",
            "heavy_drinking_days",
            "no_heavy_drinking_days",
            "no_relapse",
            "percent_heavy_drinking_days",
            "percent_days_abstinent",
            "drinks_per_drinking_day",
            "craving",
            "peth",
        ]
        | None
    ) = None
    baseline: Name | None = None
    follow_up: Name | None = None
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = None
    at_most: Annotated[float, Field(allow_inf_nan=False)] | None = None
    change: Literal["absolute", "relative"] | None = None
    levels: Annotated[int, Field(ge=1, le=2)] | None = None
    heavy_day: Name | None = None
    heavy_days: Annotated[int, Field(ge=1)] | None = None
    within_days: Annotated[int, Field(ge=1)] | None = None
    unit: Name | None = None
    timeline: TimelineSection | None = None
    missing: Literal["failure", "exclude", "fault"] = "failure"
    missing_codes: Names | None = None
    tolerability: TolerabilitySection | None = None
    adherence: AdherenceSection | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_number_is_failure(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("kind") == "continuous":
            return {"missing": "exclude", **given}
        return given


class PredictorSection(Section):
    """How this cohort names and codes a predictor of the catalogue, or a genotype locus.

    Two columns hold one allele each; the last four keys say how genotypes are written.
    """

    column: Annotated[list[Name], BeforeValidator(_listed), Field(max_length=2)] = []
    unit: Name | None = None
    labels: Labels = {}
    notation: Literal["alleles", "vcf", "dosage", "repeats", "fragment_bp"] | None = None
    counted: Literal["A", "C", "G", "T"] | None = None
    strand: Literal["forward", "reverse", "unknown"] | None = None
    reference_fragment_bp: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @property
    def genotype(self) -> dict[str, str | float]:
        """The keys of genotype columns that are given."""
        keys = ("notation", "counted", "strand", "reference_fragment_bp")
        return {key: value for key in keys if (value := getattr(self, key)) is not None}


class AdditionalSection(Section):
    """A predictor that the catalogue does not know."""

    column: Name
    kind: Literal["continuous", "binary", "categorical", "ordinal"]
    unit: Name | None = None
    when: Literal["baseline", "post_baseline"] = "baseline"
    required: bool = False
    labels: Labels = {}
    levels: list[Name] = []


class PreferenceSection(Section):
    """When an arm is preferred for a patient."""

    minimum_benefit: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.05
    probability: Annotated[float, Field(gt=0.5, lt=1)] = 0.90


class ModelSection(Section):
    """Which learner, and its seed."""

    learner: Name = "default"
    prior: Literal["none", "sceptical"] = "none"
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 1


class EvaluationSection(Section):
    """How performance is estimated."""

    folds: Annotated[int, Field(ge=2, le=50)] = 5
    repeats: Annotated[int, Field(ge=1, le=1000)] = 2
    subgroups: Names = []


class TrackingSection(Section):
    """Where the run is recorded; the experiment is the study's name unless given."""

    uri: Name = "sqlite:///mlflow.db"
    experiment: Name | None = None
    register_as: Name | None = Field(default=None, alias="register")


class StudyFile(Section):
    """All keys of a study file.

    The five that every study needs are None when absent or faulty, so that reading goes on.
    """

    study: Name | None = None
    table: Annotated[TableSection, _as_section("path")] | None = None
    genotypes: Annotated[GenotypeSection, _as_files] = GenotypeSection()
    design: DesignSection | None = None
    arms: dict[str, Annotated[ArmSection, _as_section("label")]] | None = None
    reference: Name | None = None
    response: ResponseSection | None = None
    predictors: dict[str, Annotated[PredictorSection, _as_section("column")]] = {}
    additional_predictors: dict[str, AdditionalSection] = {}
    eligibility: Names = []
    preference: PreferenceSection = PreferenceSection()
    model: ModelSection = ModelSection()
    evaluation: EvaluationSection = EvaluationSection()
    tracking: TrackingSection = TrackingSection()
    allow_leak: Names = []


def probabilities_fault(probabilities: dict[str, float]) -> str | None:
    """Return what is wrong with allocation probabilities, None when nothing is."""
    if outside := [arm for arm, p in probabilities.items() if not 0 < p < 1]:
        return f"the probability of {' and of '.join(outside)} is not above 0 and below 1"
    total = math.fsum(probabilities.values())
    return None if abs(total - 1) < 1e-6 else f"the probabilities add up to {total:g}, not 1"
