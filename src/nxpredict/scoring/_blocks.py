"""Blocks of rows: pieces of any length cut to a fixed one, ragged rows put back in their place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

RAGGED_ROW = "ragged_row"


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a table.

    Parameters
    ----------
    frame : DataFrame
        Text columns from CSV and TSV, typed ones from Parquet; its index counts from 0.
    reasons : dict of int to str
        Why a row could not be read, for the rows of which that is so.
    genotypes : DataFrame, optional
        Genotype predictors from elsewhere, one row each.
    """

    frame: pd.DataFrame
    reasons: dict[int, str]
    genotypes: pd.DataFrame | None = None


def interleave(frame: pd.DataFrame, ragged: dict[int, str], id_column: str) -> Block:
    """Put ragged rows, of which only the id is known, back where they were."""
    if not ragged:
        return Block(frame, {})
    n = len(frame) + len(ragged)
    frame = frame.set_axis([row for row in range(n) if row not in ragged]).reindex(range(n))
    frame.loc[list(ragged), id_column] = list(ragged.values())
    return Block(frame, dict.fromkeys(ragged, RAGGED_ROW))


def rows_of(block: Block, start: int, stop: int) -> Block:
    """Return consecutive rows of a block as one of its own."""
    return Block(
        block.frame.iloc[start:stop].reset_index(drop=True),
        {row - start: why for row, why in block.reasons.items() if start <= row < stop},
    )


def regular(pieces: Iterator[Block], size: int) -> Iterator[Block]:
    """Cut pieces of any length into blocks of `size` rows and a last one."""
    waiting: list[Block] = []
    n = 0
    for piece in pieces:
        waiting.append(piece)
        n += len(piece.frame)
        if n < size:
            continue
        whole = _together(waiting)
        for start in range(0, n - size + 1, size):
            yield rows_of(whole, start, start + size)
        waiting = [rows_of(whole, n - n % size, n)] if n % size else []
        n %= size
    if n:
        yield _together(waiting)


def _together(blocks: list[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    starts = itertools.accumulate((len(block.frame) for block in blocks), initial=0)
    reasons = {
        start + row: why
        for start, block in zip(starts, blocks, strict=False)
        for row, why in block.reasons.items()
    }
    return Block(pd.concat([block.frame for block in blocks], ignore_index=True), reasons)
