"""A synthetic cohort as files, under their final name only when complete."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pandas as pd

from nxpredict.errors import AccessError, UsageError
from nxpredict.synthetic._bgzf import compress
from nxpredict.synthetic._simulate import SyntheticCohort
from nxpredict.synthetic._vcf import vcf_text

_MARKER = ".nxpredict.json"
_KIND = {"kind": "synthetic-cohort", "version": 1}


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
    folder = Path(folder)
    _refuse_foreign(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            fresh = Path(scratch) / "new"
            fresh.mkdir()
            for name, content in _contents(cohort).items():
                (fresh / name).write_bytes(content)
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            fresh.rename(folder)
    except OSError as error:
        raise AccessError(
            f"cannot write {folder}: {error.strerror or type(error).__name__}.",
            "Choose a folder that you may write to.",
        ) from error
    return folder


def _contents(cohort: SyntheticCohort) -> dict[str, bytes]:
    scenario = cohort.scenario.scenario
    contents = {
        "cohort.csv": _csv(cohort.cohort),
        "truth.csv": _csv(cohort.truth),
        "study.yaml": cohort.study.encode(),
        "new_patients.csv": _csv(cohort.new_patients),
        _MARKER: (json.dumps(_KIND) + "\n").encode(),
    }
    for name, table, calls in (
        ("cohort.vcf.gz", cohort.cohort, cohort.genotypes),
        ("new_patients.vcf.gz", cohort.new_patients, cohort.new_genotypes),
    ):
        text = vcf_text(list(table["patient_id"]), calls, cohort.catalog, scenario=scenario)
        contents[name] = compress(text.encode())
    return contents


def _csv(table: pd.DataFrame) -> bytes:
    text = table.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return str(text).encode()


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    try:
        ours = json.loads((folder / _MARKER).read_text(encoding="utf-8"))["kind"] == _KIND["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise UsageError(
            f"{folder} holds something that nxpredict simulate did not write.",
            "Choose another folder, or empty this one.",
        )
