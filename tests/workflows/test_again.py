from __future__ import annotations

from pathlib import Path

import pytest

from nxpredict.workflows._again import command_again


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("model.seed=7", "--set model.seed=7"),
        ("table=data/b.csv", "--set table=data/b.csv"),
        ("table=/a/secret place/b.csv", "--set table=b.csv"),
        (
            "table={path: /a/b.csv, separator: ';'}",
            """'table={"path": "b.csv", "separator": ";"}'""",
        ),
        ("genotypes=[/a/x.vcf.gz, y.vcf.gz]", """'genotypes=["x.vcf.gz", "y.vcf.gz"]'"""),
        ("scenario=C:\\models\\mine", "--set scenario=mine"),
        ("tracking.uri=sqlite:////a/mlflow.db", ""),
        ("tracking={uri: postgresql://me:secret@host/db}", ""),
        ("arms.naltrexone=/NTX", "--set arms.naltrexone=/NTX"),
    ],
)
def test_no_place_of_this_machine_stands_in_the_command(told: str, shown: str) -> None:
    found = command_again("train", Path("/a/study.yaml"), [told], "--target", "t.csv")
    rest = found.removeprefix("nxpredict train study.yaml --target t.csv").strip()
    assert rest.removeprefix("--set ") == shown.removeprefix("--set ")
