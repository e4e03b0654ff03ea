"""The catalogue: every domain fact of the program, to look up by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nxpredict.catalog._cautions import Caution, Drug, Regimen
from nxpredict.catalog._conditions import ANY_DRUG
from nxpredict.catalog._drinking import Drinking
from nxpredict.catalog._evidence import Evidence, Prior
from nxpredict.catalog._predictors import Predictor
from nxpredict.catalog._rules import Rule
from nxpredict.catalog._variants import Haplotype, RepeatLocus, Variant
from nxpredict.catalog._words import Words


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the model may know, with references; made by `load_catalog`.

    Examples
    --------
    >>> from nxpredict.catalog import load_catalog
    >>> catalog = load_catalog()
    >>> catalog.match_column("GGT_U_per_L").name
    'ggt'
    >>> catalog.predictors["ggt"].factor("ukat/L")
    60.0
    >>> catalog.drugs_in("naltrexone+cbt")
    ('naltrexone',)
    """

    predictors: Mapping[str, Predictor]
    variants: Mapping[str, Variant]
    repeats: Mapping[str, RepeatLocus]
    haplotypes: Mapping[str, Haplotype]
    evidence: tuple[Evidence, ...]
    priors: tuple[Prior, ...]
    rules: tuple[Rule, ...]
    cautions: tuple[Caution, ...]
    drugs: Mapping[str, Drug]
    regimens: Mapping[str, Regimen]
    eligibility: Mapping[str, str]
    drinking: Drinking
    version: str
    columns: Mapping[str, str]
    """Folded name, canonical column or alias -> predictor name."""
    words: Words

    def match_column(self, text: str) -> Predictor | None:
        """Return the predictor that a column header means, None when there is none.

        Compared with names, canonical columns and aliases, without letter case; blanks, hyphens
        and dots count as underscores.
        """
        name = self.columns.get(fold_column(text))
        return None if name is None else self.predictors[name]

    def is_part(self, text: str) -> bool:
        """Tell whether a column header means a part only of its predictor."""
        found, wanted = self.match_column(text), fold_column(text)
        return found is not None and wanted in {fold_column(part) for part in found.parts}

    def match_locus(self, text: str) -> Variant | RepeatLocus | None:
        """Return the locus that a name, rs number or column of raw genotypes means."""
        wanted = fold_column(text)
        loci: list[Variant | RepeatLocus] = [*self.variants.values(), *self.repeats.values()]
        for locus in loci:
            if wanted in {fold_column(known) for known in (locus.name, *locus.aliases)}:
                return locus
        return None

    def drugs_in(self, arm: str) -> tuple[str, ...]:
        """Return the drugs that the catalogue knows among an arm's words.

        An arm name is split at ``+``, ``_`` and ``-``: ``naltrexone_xr+cbt`` holds naltrexone.
        """
        words = set(re.split(r"[+_-]", arm.lower()))
        return tuple(d.name for d in self.drugs.values() if words & {d.name, *d.aliases})

    def cautions_for(
        self, arms: Iterable[str], *, region: str | None = None
    ) -> tuple[Caution, ...]:
        """Return the cautions of all known drugs among `arms`, scope first.

        Scope cautions are there as soon as any arm is a known drug; without one, nothing is. A
        region keeps what its labels say; without a region every label counts.
        """
        known = {drug for arm in arms for drug in self.drugs_in(arm)}
        if not known:
            return ()
        wanted = [
            caution
            for caution in self.cautions
            if caution.drug in {*known, ANY_DRUG}
            and (region is None or region in caution.regions or caution.level == "scope")
        ]
        return tuple(sorted(wanted, key=lambda caution: caution.level != "scope"))

    def evidence_for(self, drug: str, predictor: str) -> tuple[Evidence, ...]:
        """Return what was published on one predictor of response to one drug, in file order."""
        return tuple(
            entry
            for entry in self.evidence
            if entry.drug in {drug, ANY_DRUG} and predictor in entry.predictors
        )

    def prior(self, drug: str, predictor: str) -> Prior | None:
        """Return the main prior of one moderator of one drug (not the one of a product)."""
        for prior in self.priors:
            if (prior.drug, prior.predictor, prior.times) == (drug, predictor, None):
                return prior
        return None

    def rules_for(self, arms: Iterable[str]) -> tuple[tuple[Rule, str, str], ...]:
        """Return the rules that speak of these arms, each with its two arms.

        A drug that several arms hold (another dose, another therapy beside it) is left out: the
        rule does not say which of them is meant.
        """
        by_drug: dict[str, list[str]] = {}
        for arm in arms:
            for drug in self.drugs_in(arm):
                by_drug.setdefault(drug, []).append(arm)
        found = []
        for rule in self.rules:
            mine, theirs = by_drug.get(rule.arm, []), by_drug.get(rule.versus, [])
            if len(mine) == len(theirs) == 1 and mine != theirs:
                found.append((rule, mine[0], theirs[0]))
        return tuple(found)


def fold_column(text: str) -> str:
    """Return a header as it is compared: lower case, with underscores for blanks, dots, hyphens."""
    return re.sub(r"[\s.\-]+", "_", unicodedata.normalize("NFC", text).strip().casefold())
