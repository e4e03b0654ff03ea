"""A synthetic cohort as files, under their final name only when complete."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from nxpredict.output import fresh_folder
from nxpredict.synthetic._bgzf import compress
from nxpredict.synthetic._simulate import SyntheticCohort
from nxpredict.synthetic._vcf import vcf_text


def write_files(cohort: SyntheticCohort, folder: Path | str) -> Path:
    """Write the cohort, the new patients, the truth and the study file.

    Parameters
    ----------
    cohort : SyntheticCohort
        What `simulate` returned.
    folder : path
        Created, or replaced whole if nxpredict wrote it. Holds afterwards ``cohort.csv``,
        ``cohort.vcf.gz``, ``truth.csv``, ``study.yaml``, ``new_patients.csv`` and
        ``new_patients.vcf.gz``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        The folder holds something that nxpredict did not write.
    AccessError
        The disk refused.
    """
    with fresh_folder(folder, "simulation") as new:
        for name, table, calls in (
            ("cohort", cohort.cohort, cohort.genotypes),
            ("new_patients", cohort.new_patients, cohort.new_genotypes),
        ):
            (new / f"{name}.csv").write_bytes(_csv(table))
            vcf = vcf_text(
                list(table["patient_id"].unique()),
                calls,
                cohort.catalog,
                scenario=cohort.scenario.scenario,
            )
            (new / f"{name}.vcf.gz").write_bytes(compress(vcf.encode()))
        (new / "truth.csv").write_bytes(_csv(cohort.truth))
        (new / "study.yaml").write_bytes(cohort.study.encode())
    return Path(folder)


def _csv(table: pd.DataFrame) -> bytes:
    text = table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return str(text).encode()
