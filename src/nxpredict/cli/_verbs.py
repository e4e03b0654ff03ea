"""The command line: options in, exit codes out. The work is done in `workflows`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nxpredict import __version__
from nxpredict.cli._command import INTERRUPTED, Verbs, command
from nxpredict.cli._options import (
    AllowAbsent,
    Genotypes,
    Jobs,
    Json,
    Model,
    Out,
    Patients,
    Quiet,
    Reading,
    Scheduler,
    Set,
    Study,
    Workers,
)
from nxpredict.errors import RESEARCH_USE

if TYPE_CHECKING:
    from nxpredict.workflows import Outcome, Progress


app = typer.Typer(
    name="nxpredict",
    cls=Verbs,
    help=f"Predict the response to naltrexone and nalmefene, honestly. {RESEARCH_USE}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _progress(quiet: bool) -> Progress:
    from nxpredict.workflows import terminal_progress

    return terminal_progress(quiet=quiet)


@app.command()
@command
def init(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, TSV or Parquet.")],
    json: Json = False,
) -> Outcome:
    """Draft a study file from a table's columns (to stdout)."""
    from nxpredict.workflows import draft

    return draft(table)


@app.command()
@command
def catalog(json: Json = False) -> Outcome:
    """List the names, units, labels and ranges that the catalogue knows."""
    from nxpredict.workflows import show_catalog

    return show_catalog()


@app.command()
@command
def simulate(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The scenario (YAML).")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Draw a cohort with known truth."""
    from nxpredict.workflows import simulate_files

    return simulate_files(config, out, overrides=set_ or ())


@app.command()
@command
def check(
    study: Study,
    genotypes_only: Annotated[
        bool, typer.Option("--genotypes-only", help="Read the genotypes only.")
    ] = False,
    calls: Annotated[
        Path | None, typer.Option("--calls", metavar="FILE", help="Write the genotype calls (CSV).")
    ] = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """List every fault of a study and its data at once, and what was understood."""
    from nxpredict.workflows import check_study

    return check_study(study, overrides=set_ or (), genotypes_only=genotypes_only, calls=calls)


@app.command()
@command
def train(
    study: Study,
    out: Out = None,
    set_: Set = None,
    jobs: Jobs = 2,
    scheduler: Scheduler = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Train, evaluate, track and report."""
    from nxpredict.workflows import train_files

    return train_files(
        study,
        out,
        overrides=set_ or (),
        jobs=jobs,
        scheduler=scheduler,
        progress=_progress(quiet or json),
    )


@app.command()
@command
def validate(
    study: Study,
    model: Model,
    target: Annotated[
        Path | None,
        typer.Option("--target", metavar="FILE", help="A population: table, or YAML of means."),
    ] = None,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Judge a model on a new cohort, and recalibrate it where that pays."""
    from nxpredict.workflows import validate_files

    return validate_files(
        study, model, out, target=target, overrides=set_ or (), progress=_progress(quiet or json)
    )


@app.command()
@command
def score(
    patients: Patients,
    model: Model,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="CSV or Parquet to write.")],
    study: Reading = None,
    genotypes: Genotypes = None,
    allow_absent: AllowAbsent = False,
    next_test: Annotated[
        bool,
        typer.Option("--next-test", help="Add which missing test is worth obtaining next."),
    ] = False,
    engine: Annotated[
        str, typer.Option("--engine", metavar="ENGINE", help="Where to work: local or dask.")
    ] = "local",
    scheduler: Scheduler = None,
    jobs: Workers = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from what an interrupted run left.")
    ] = False,
    track: Annotated[
        str | None,
        typer.Option("--track", metavar="URI", help="Log the summary in this MLflow store."),
    ] = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Score new patients in batch."""
    from nxpredict.workflows import score, score_outcome

    report = score(
        patients,
        model,
        out,
        study=study,
        genotypes=genotypes or (),
        allow_absent=allow_absent,
        next_test=next_test,
        overrides=set_ or (),
        engine=engine,
        scheduler=scheduler,
        jobs=jobs,
        resume=resume,
        track=track,
        progress=_progress(quiet or json),
    )
    return score_outcome(report)


@app.command()
@command
def explain(
    patients: Patients,
    model: Model,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Only this patient.")
    ] = None,
    study: Reading = None,
    genotypes: Genotypes = None,
    allow_absent: AllowAbsent = False,
    set_: Set = None,
    jobs: Jobs = 2,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Write explanation pages for new patients."""
    from nxpredict.workflows import explain_files

    return explain_files(
        patients,
        model,
        out,
        patient=patient,
        study=study,
        genotypes=genotypes or (),
        allow_absent=allow_absent,
        overrides=set_ or (),
        jobs=jobs,
        progress=_progress(quiet or json),
    )


@app.command()
@command
def plan(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="The plan (YAML).")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write.")],
    set_: Set = None,
    jobs: Jobs = 2,
    scheduler: Scheduler = None,
    json: Json = False,
    quiet: Quiet = False,
) -> Outcome:
    """Say how many patients the next study needs, by simulation."""
    from nxpredict.workflows import plan_files

    return plan_files(
        config,
        out,
        overrides=set_ or (),
        jobs=jobs,
        scheduler=scheduler,
        progress=_progress(quiet or json),
    )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nxpredict {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold what stands before the verb."""


def main() -> None:
    """Run the command line; what ends a job is told as an interruption, so that it cleans up."""
    for name in ("SIGTERM", "SIGHUP"):
        ending = getattr(signal, name, None)  # Windows does not have both.
        if ending is not None and signal.getsignal(ending) == signal.SIG_DFL:
            signal.signal(ending, signal.default_int_handler)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
