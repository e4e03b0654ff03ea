"""What the model may know, as TOML with references.

Predictors, loci, published evidence and label cautions, each fact with its source and certainty.
"""

from nxpredict.catalog._catalog import Catalog
from nxpredict.catalog._cautions import Caution, Drug, Regimen
from nxpredict.catalog._conditions import ANY_DRUG, Condition
from nxpredict.catalog._drinking import Drinking, HeavyDay, RiskLevels
from nxpredict.catalog._evidence import Evidence, Prior
from nxpredict.catalog._load import FILES, load_catalog, read_catalog
from nxpredict.catalog._predictors import Predictor
from nxpredict.catalog._rules import Rule, Term
from nxpredict.catalog._variants import (
    Certainty,
    Frequency,
    Haplotype,
    RepeatFrequency,
    RepeatLocus,
    Variant,
)
from nxpredict.catalog._words import Words

__all__ = [
    "ANY_DRUG",
    "FILES",
    "Catalog",
    "Caution",
    "Certainty",
    "Condition",
    "Drinking",
    "Drug",
    "Evidence",
    "Frequency",
    "Haplotype",
    "HeavyDay",
    "Predictor",
    "Prior",
    "Regimen",
    "RepeatFrequency",
    "RepeatLocus",
    "RiskLevels",
    "Rule",
    "Term",
    "Variant",
    "Words",
    "load_catalog",
    "read_catalog",
]
