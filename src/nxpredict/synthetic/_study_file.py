"""The study file that trains on a synthetic cohort as it stands."""

from __future__ import annotations

from nxpredict.catalog import Catalog
from nxpredict.errors import RESEARCH_USE
from nxpredict.synthetic._parameters import Parameters
from nxpredict.synthetic._scenario import Scenario

_TEMPLATE = """\
# Synthetic patients, scenario "{scenario}": {words}.
# {research_use}
#
# {happened}. `completed` is known only after
# treatment: it is in the table, it is not named here, and so it is not used.
# Genotypes stand in the VCF.

study: synthetic-{name}
table: cohort.csv
genotypes: [cohort.vcf.gz]
design:
  kind: {design}
  allocation: {allocation}
  id: patient_id
  arm: arm
  site: site
{periods}{probabilities}arms: {{{arms}}}
reference: {reference}
response: {{{response}}}
predictors:  # the catalogue knows these columns by name; two are spelled out to show how
  ggt: {{column: {ggt}, unit: U/L}}
  sex: {{column: {sex}, labels: {{female: female, male: male}}}}
eligibility:  # whom the trial turned away
{eligibility}
preference: {{minimum_benefit: {minimum}, probability: 0.90}}
model: {{learner: default, seed: 1}}
evaluation: {{folds: 5, repeats: 2, subgroups: [sex, ancestry]}}
tracking: {{uri: "sqlite:///mlflow.db", experiment: synthetic-{name}, register: nxpredict}}
"""


_PERIODS = "  period: period\n  sequence: sequence\n"
_WASH_OUT = "  wash_out_days: {days}\n"


def study_text(scenario: Scenario, parameters: Parameters, catalog: Catalog) -> str:
    """Return the study file, YAML text with paths relative to the cohort's folder."""
    share, number = _share(len(scenario.arms)), scenario.number
    shares = ", ".join(f"{arm}: {share}" for arm in scenario.arms)
    return _TEMPLATE.format(
        scenario=scenario.scenario,
        words=scenario.described,
        research_use=RESEARCH_USE,
        name=scenario.scenario.replace("_", "-"),
        allocation=scenario.allocation,
        design=scenario.design,
        periods=_periods(scenario),
        happened="`responder` is 1 or 0; a patient who left early counts as 0"
        if number is None
        else f"`{number.column}` was measured for everybody",
        response="column: responder, favourable: 1"
        if number is None
        else f"column: {number.column}, kind: continuous, favourable: higher, unit: {number.unit}",
        minimum="0.05" if number is None else f"{number.minimum_benefit:g}",
        probabilities=f"  probabilities: {{{shares}}}\n"
        if scenario.allocation == "randomised"
        else "",
        arms=", ".join(f"{arm}: {parameters.arms[arm].label}" for arm in scenario.arms),
        reference=scenario.arms[0],
        ggt=catalog.predictors["ggt"].column,
        sex=catalog.predictors["sex"].column,
        eligibility="\n".join(
            f"  - {code}" for code in [*parameters.screening, *parameters.also_screened]
        ),
    )


def _periods(scenario: Scenario) -> str:
    if scenario.design == "parallel":
        return ""
    days = scenario.wash_out_days
    return _PERIODS + ("" if days is None else _WASH_OUT.format(days=days))


def _share(arms: int) -> str:
    return f"{1.0 / arms:.10g}"
