"""From a study file to its cohort."""

from __future__ import annotations

from nxpredict.catalog import load_catalog
from nxpredict.cohort import Cohort, Declared, load
from nxpredict.config import Study


def load_cohort(study: Study) -> Cohort:
    """Read and check the patients of a study.

    Parameters
    ----------
    study : Study
        What `load_study` returned; faults it kept are reported with those of the data.

    Returns
    -------
    Cohort
        ``X``, ``y``, ``arm``, ``groups``, ``issues``, ``fingerprint`` and more.

    Raises
    ------
    DataError
        With every fault of the study file and its tables.
    """
    told = Declared(
        catalog=load_catalog(),
        arms=study.arms,
        design=study.design,
        response=study.response,
        reading=study.reading,
        beside=study.beside,
        predictors=study.predictors,
        additional=study.additional,
        eligibility=study.eligibility,
        allow_leak=study.allow_leak,
        genotypes=study.genotypes,
    )
    return load(study.table, told, study.faults)
