"""The options and arguments that verbs share, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the study."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print nothing but faults.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Processes to use.")]
Workers = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="N", help="Workers to use; all cores by default."),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDR", help="A running Dask scheduler to work on."),
]
Model = Annotated[
    str,
    typer.Option(
        "--model", metavar="M", help="A model folder, runs:/ID/model or models:/NAME@alias."
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder to write.")]
Study = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (YAML).")]
Patients = Annotated[
    Path, typer.Argument(metavar="PATIENTS", help="New patients: CSV, TSV, Parquet.")
]
Reading = Annotated[
    Path | None,
    typer.Option("--study", metavar="STUDY", help="How these patients are named and coded."),
]
Genotypes = Annotated[
    list[Path] | None, typer.Option("--genotypes", metavar="F", help="Genotype files.")
]
AllowAbsent = Annotated[
    bool, typer.Option("--allow-absent", help="Accept that predictor columns are missing.")
]
