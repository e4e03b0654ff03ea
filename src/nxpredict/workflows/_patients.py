"""New patients and the model that scores them, as the command line names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nxpredict.bundle import Bundle, load_bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import GenotypeLookUp, Schema, genotype_look_up, reread
from nxpredict.config import load_study
from nxpredict.errors import UsageError
from nxpredict.scoring import headers_of, ids_among, read_head
from nxpredict.study import GenotypeSource
from nxpredict.tracking import fetch_bundle, store_uri


def load_model(address: str | Path, *, tracking_uri: str | None = None) -> Bundle:
    """Load a trained model; nothing of it is executed.

    Parameters
    ----------
    address : str or Path
        A model folder, ``runs:/ID/model``, or ``models:/NAME@alias``.
    tracking_uri : str, optional
        The MLflow store; the environment's by default.

    Returns
    -------
    Bundle
        With ``predict_response`` and ``predict_benefit`` on raw patient tables.

    Raises
    ------
    BundleError
        When the model file is damaged, foreign or untrusted.
    AccessError
        When the store refuses.
    """
    return load_bundle(fetch_bundle(address, tracking_uri))


@dataclass(frozen=True)
class Reading:
    """A model, and how the table of new patients is read for it."""

    bundle: Bundle
    schema: Schema
    separator: str | None = None
    decimal: str | None = None
    genotypes: GenotypeSource = field(default_factory=GenotypeSource)


def reading_of(
    model: Path | str,
    patients: Path,
    study: Path | str | None,
    overrides: Sequence[str] = (),
    *,
    genotype_files: bool = False,
) -> Reading:
    """Load a model and settle how `patients` is read: as in training, or as `study` says."""
    if study is None:
        if overrides:
            raise UsageError(
                f"--set {overrides[0]}: there is no study file to override.",
                "Give one with --study, or leave --set out.",
            )
        bundle = load_model(model)
        schema = bundle.schema_of(headers_of(patients), genotype_files=genotype_files)
        return Reading(bundle, schema, decimal=bundle.schema.decimal)
    declared = load_study(study, overrides)
    bundle = load_model(
        model, tracking_uri=store_uri(declared.tracking.uri, declared.directory.absolute())
    )
    source = declared.table
    schema = reread(
        bundle.table_schema,
        read_head(patients, source.separator),
        file=patients.name,
        id_column=declared.design.id,
        catalog=load_catalog(),
        predictors=declared.predictors,
        additional=declared.additional,
        arms=bundle.arms.names,
    )
    return Reading(bundle, schema, source.separator, source.decimal, declared.genotypes)


def genotypes_of(files: Sequence[Path], patients: Path, reading: Reading) -> GenotypeLookUp | None:
    """Read genotype files once and return how patients are looked up in them."""
    if not files:
        return None
    ids = partial(ids_among, patients, reading.schema.id_column, reading.separator)
    source = replace(reading.genotypes, files=tuple(files), id_column=reading.schema.id_column)
    return genotype_look_up(source, reading.schema, ids, load_catalog())
