"""Score generated tables, most of them broken: scores or faults, and nothing else, each time.

    python experiments/scoring_fuzz/fuzz.py [TABLES] [FIRST_SEED]

Every table must end in one row of scores for each of its rows, in order, or in a list of faults
that quotes no cell. Whatever else happens is printed with its seed, which repeats it.
"""

from __future__ import annotations

import gzip
import io
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "scoring_speed"))

import patients  # noqa: E402

from nxpredict.bundle import Bundle, load_bundle  # noqa: E402
from nxpredict.errors import DataError  # noqa: E402
from nxpredict.scoring import _source, _stream, local_engine, score_file  # noqa: E402

# Eight predictors break as twenty do, and leave time for more tables.
patients.NUMBERS, patients.YES_NO = patients.NUMBERS[:4], patients.YES_NO[:2]
SECRET = "SECRET-CELL"
CELLS = (
    "", "NA", "nan", "NULL", ".", "0", "1", "2", "-1", "1e308", "-1e308", "1e999", "Infinity",
    "-inf", "NaN", "1,5", "1.234,5", "1 000", "0x1F", "1_000", "\u0663", "\u00b2", "yes", "no",
    "coast", "inland", "TRUE", "12 mg", "<5", SECRET, f"{SECRET} \u00e9", "\x00", "\u202e", "=1+1",
    " 1.5 ", "+2", "--3", "1.5.2", "9" * 400, "a" * 3000,
)  # fmt: skip
IDS = ("P0", "", "P1", "a,b", 'q"q', "line\nbreak", "\u00fcber")
ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "utf-16", "cp1252")
DRAWN = 5000
MANY = [f"not_a_predictor_{i}" for i in range(10_000)]
HEADERS = [*patients.NUMBERS, *patients.YES_NO, "dosage", "place"]


@cache
def everybody() -> np.ndarray:
    """Return sound patients as text, of whom each table has some."""
    drawn = patients.draw(DRAWN, 0, np.random.default_rng(0)).astype("str").fillna("")
    return drawn[["patient_id", *HEADERS]].to_numpy(dtype=object)


def cells(rng: np.random.Generator, n: int, share: float) -> pd.DataFrame:
    """Return patients as text, a share of their cells broken, some rows empty."""
    table = everybody()[rng.integers(0, DRAWN, n)]
    table[:, 0] = [f"P{k}" for k in range(n)]
    broken = rng.random((n, len(HEADERS))) < share
    table[:, 1:][broken] = rng.choice(CELLS, int(broken.sum()))
    if rng.random() < 0.1:
        table[rng.random(n) < 0.2, 1:] = ""
    if n and rng.random() < 0.3:
        table[rng.random(n) < 0.2, 0] = rng.choice(IDS)
    if rng.random() < 0.2:
        table[n // 2 :, rng.integers(1, len(HEADERS) + 1)] = str(rng.choice(CELLS))
    return pd.DataFrame(table, columns=["patient_id", *HEADERS], dtype=object)


def columns(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Lose, add, repeat or rename columns now and then."""
    kind = rng.random()
    if kind < 0.1:
        return table.drop(columns=rng.choice(table.columns, rng.integers(1, 6), replace=False))
    if kind < 0.2:
        return table.rename(columns={rng.choice(table.columns): rng.choice(["", "age", "PATIENT"])})
    if kind < 0.25:
        return pd.concat([table, table[[rng.choice(table.columns)]]], axis=1)
    if kind < 0.255:
        many = np.full((len(table), 10_000), "x", dtype=object)
        return pd.concat([table, pd.DataFrame(many, columns=MANY, dtype=object)], axis=1)
    return table[rng.permutation(table.columns)]


def as_text(rng: np.random.Generator, table: pd.DataFrame) -> tuple[bytes, bool]:
    """Return a text table, and whether every row of it is still one row."""
    separator = str(rng.choice([",", ";", "\t", "|"]))
    text = io.StringIO()
    quoting = int(rng.choice([0, 1]))
    table.to_csv(text, sep=separator, index=False, lineterminator="\n", quoting=quoting)
    content, intact = text.getvalue(), True
    if rng.random() < 0.3:
        content, intact = spoil(rng, content, separator), False
    if rng.random() < 0.3:
        content = content.replace("\n", "\r\n")
    encoding = rng.choice(ENCODINGS, p=[0.6, 0.2, 0.1, 0.05, 0.05])
    data = content.encode(str(encoding), errors="replace")
    if rng.random() < 0.1:
        place = int(rng.integers(0, len(data) + 1))
        data, intact = data[:place] + bytes(rng.integers(0, 256, 3).tolist()) + data[place:], False
    if rng.random() < 0.05:
        data, intact = data[: int(rng.integers(0, len(data) + 1))], False
    return data, intact


def spoil(rng: np.random.Generator, content: str, separator: str) -> str:
    """Break lines: ragged rows, stray quotes, blank lines."""
    lines = content.split("\n")
    for _ in range(int(rng.integers(1, 4))):
        k = int(rng.integers(0, len(lines)))
        line = lines[k]
        worse = (line + 3 * separator, line[: len(line) // 2], '"' + line, "")
        lines[k] = str(rng.choice([*worse, line.replace(separator, '"', 1)]))
    return "\n".join(lines)


def as_parquet(rng: np.random.Generator, table: pd.DataFrame) -> pa.Table:
    """Return a typed table, its columns of unlikely types now and then."""
    arrays = {}
    for name in dict.fromkeys(table.columns):
        values = table[name] if isinstance(table[name], pd.Series) else table[name].iloc[:, 0]
        kind = rng.random()
        if name != "patient_id" and kind < 0.5:
            array = pa.array(pd.to_numeric(values, errors="coerce"), from_pandas=True)
        elif kind < 0.55:
            array = pa.array(values, pa.string()).dictionary_encode()
        elif kind < 0.58:
            array = pa.array([[1, 2]] * len(values))
        elif kind < 0.61:
            array = pa.array(np.arange(len(values)).astype("datetime64[s]"))
        elif kind < 0.64:
            array = pa.array([None] * len(values))
        elif kind < 0.67:
            array = pa.array([v.encode("utf-16") for v in values], pa.binary())
        elif kind < 0.70:
            array = pa.array(np.arange(len(values)) % 2 == 0)
        else:
            array = pa.array(values, pa.string())
        arrays[str(name)] = array
    return pa.table(arrays)


def one(seed: int, bundle: Bundle, folder: Path) -> str:
    """Generate, score and check one table; return how it ended."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([0, 1, 2, 7, 40, 90]))
    table = columns(rng, cells(rng, n, float(rng.choice([0.0, 0.02, 0.3]))))
    intact = True
    if rng.random() < 0.25:
        path = folder / "in.parquet"
        pq.write_table(as_parquet(rng, table), path)
    else:
        data, intact = as_text(rng, table)
        packed = rng.random() < 0.05
        path = folder / ("in.csv.gz" if packed else "in.csv")
        path.write_bytes(gzip.compress(data, 1) if packed else data)
    out = folder / f"out{rng.choice(['.csv', '.parquet'])}"
    faults = report = None
    try:
        report = score_file(
            path, bundle, out,
            allow_absent=bool(rng.random() < 0.5), engine=local_engine(int(rng.integers(1, 3))),
        )  # fmt: skip
    except DataError as error:
        faults = str(error)
    if report is None:
        assert faults
        assert SECRET not in faults
        assert not out.exists()
        return "faults"
    scores = pq.read_table(out) if out.suffix == ".parquet" else read_csv(out)
    assert scores.num_rows == report.rows
    if intact:
        assert report.rows == n, (report.rows, n)
        if path.suffix != ".parquet" and n and list(table.columns).count("patient_id") == 1:
            given = table["patient_id"].str.strip().tolist()
            found = [value or "" for value in scores["patient_id"].to_pylist()]
            pairs = zip(given, found, strict=True)
            assert all(a == b for a, b in pairs if a.isascii() and "\n" not in a), "order"
    assert SECRET not in (out.parent / f"{out.name}.meta.json").read_text()
    return "all scored" if report.not_scorable == 0 else "some not scorable"


def read_csv(path: Path) -> pa.Table:
    """Read scores back, texts as they stand."""
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    return pa.Table.from_pandas(frame, preserve_index=False)


def main() -> int:
    """Score all tables; return 1 when one of them ended in something else."""
    tables = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    _source.BLOCK, _stream.PART, _source.READ_SIZE = 32, 2, 4000
    ends: Counter[str] = Counter()
    start = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        patients.save_model(folder / "model")
        bundle = load_bundle(folder / "model")
        for seed in range(first, first + tables):
            work = folder / "work"
            work.mkdir()
            try:
                ends[one(seed, bundle, work)] += 1
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
                ends["WRONG"] += 1
                print(f"seed {seed}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            for file in work.iterdir():
                file.unlink() if file.is_file() else None
            for left in work.iterdir():
                print(f"seed {seed}: left {left.name}", flush=True)
                for file in left.iterdir():
                    file.unlink()
                left.rmdir()
            work.rmdir()
            if (seed - first) % 1000 == 999:
                print(seed - first + 1, dict(ends), round(time.process_time() - start), flush=True)
    print(dict(ends))
    return int(ends["WRONG"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
