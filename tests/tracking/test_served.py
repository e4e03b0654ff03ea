"""The real server and the real command of MLflow, on this machine's own address."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import Bundle
from nxpredict.scoring import score_file
from nxpredict.tracking._model import _write_served

pytestmark = pytest.mark.slow

SENTINEL = "SENTINEL-7731"
ENVIRONMENT = os.environ | {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "OMP_NUM_THREADS": "1",
    # MLflow starts its server by name.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
}


@dataclass(frozen=True)
class Server:
    bundle: Bundle
    model: Path
    port: int
    log: Path

    def ask(self, body: bytes, kind: str = "application/json") -> tuple[int, str]:
        """Send one request; return status and text."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/invocations", body, {"Content-Type": kind}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def mlflow(*args: object) -> list[str]:
    return [sys.executable, "-m", "mlflow", *map(str, args)]


@pytest.fixture(scope="module", params=[2, 3], ids=["two arms", "three arms"])
def server(request, make_bundle, tmp_path_factory) -> Iterator[Server]:
    arms = ("naltrexone", "nalmefene", "placebo")[: request.param]
    folder = tmp_path_factory.mktemp("served")
    bundle = make_bundle(arms=arms)
    _write_served(bundle, folder / "bundle", folder / "model")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = mlflow(
        "models", "serve", "-m", folder / "model", "--env-manager", "local", "-p", port, "-w", 1
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log)
        try:
            _wait(port, process, folder / "log")
            yield Server(bundle, folder / "model", port, folder / "log")
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5)
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(log.read_text())


def expected(table: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Return what `nxpredict score` writes for a file of these patients."""
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch) / "in.csv", Path(scratch) / "out.parquet"
        table.to_csv(source, index=False)
        score_file(source, bundle, out)
        return pd.read_parquet(out)


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    assert list(found) == list(wanted)
    for column in wanted:
        if wanted[column].dtype == np.float64:
            np.testing.assert_allclose(
                found[column].astype(float), wanted[column], rtol=0, atol=1.1e-8
            )
        else:
            assert found[column].tolist() == wanted[column].tolist(), column


def test_the_server_gives_the_numbers_of_score(server, patients):
    table = patients(40, 71)
    table.loc[2, "age"] = "old"
    body = json.dumps({"dataframe_split": table.to_dict(orient="split")}).encode()
    status, text = server.ask(body)
    assert status == 200, text
    same(pd.DataFrame(json.loads(text)["predictions"]), expected(table, server.bundle))
    status, text = server.ask(table.to_csv(index=False).encode(), "text/csv")
    assert status == 200, text
    same(pd.DataFrame(json.loads(text)["predictions"]), expected(table, server.bundle))


def test_columns_in_any_order_and_of_any_type_are_matched_by_name(server, patients):
    table = patients(10, 72)
    typed = table.assign(age=table["age"].astype(float), more=1)[[*table.columns[::-1], "more"]]
    body = json.dumps({"dataframe_records": typed.to_dict(orient="records")}).encode()
    status, text = server.ask(body)
    assert status == 200, text
    same(pd.DataFrame(json.loads(text)["predictions"]), expected(table, server.bundle))


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["age"], "data": [[SENTINEL]], "index": [SENTINEL]}},
        {"dataframe_records": [{"age": {"deep": SENTINEL}, "GGT": [SENTINEL]}]},
        {"dataframe_records": [{"unknown": SENTINEL}]},
        {"dataframe_split": {"columns": ["age", "age"], "data": [[SENTINEL, 1]]}},
        {"dataframe_split": {"columns": ["age"], "data": [[SENTINEL, SENTINEL]]}},
        {"inputs": {"age": [SENTINEL], "GGT": [1.0]}},
        {"inputs": [SENTINEL]},
        {"instances": [{"age": SENTINEL}]},
        {"dataframe_records": [{"patient_id": SENTINEL, "age": "old"}], "params": {"x": SENTINEL}},
    ],
)
def test_no_answer_and_no_log_line_quotes_a_cell(server, body: dict[str, Any]):
    status, text = server.ask(json.dumps(body).encode())
    assert status in {200, 400, 500}
    if status == 200:
        answers = pd.DataFrame(json.loads(text)["predictions"])
        assert SENTINEL not in answers.drop(columns="patient_id").to_csv()
    else:
        assert SENTINEL not in text
    assert SENTINEL not in server.log.read_text(errors="replace")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({SENTINEL: SENTINEL}), "application/json"),
        (json.dumps({"dataframe_split": SENTINEL}), "application/json"),
        (json.dumps({"dataframe_records": {"age": SENTINEL}}), "application/json"),
        (json.dumps([SENTINEL]), "application/json"),
        (f"age,GGT\n45,1\n{SENTINEL},1,2,3\n", "text/csv"),
        (f'patient_id,age\n"{SENTINEL},45\n', "text/csv"),
        (f"{SENTINEL}\n", "text/csv"),
        (SENTINEL, "text/plain"),
    ],
)
def test_no_answer_to_a_body_that_is_no_table_quotes_it(server, body: str, kind: str):
    status, text = server.ask(body.encode(), kind)
    if status == 200:
        found = pd.DataFrame(json.loads(text)["predictions"])
        assert SENTINEL not in found.drop(columns="patient_id", errors="ignore").to_csv()
    else:
        assert SENTINEL not in text
    assert SENTINEL not in server.log.read_text(errors="replace")


def test_a_column_that_is_given_twice_is_told_in_a_sentence(server):
    body = {"dataframe_split": {"columns": ["age", "age"], "data": [[SENTINEL, 1]]}}
    status, text = server.ask(json.dumps(body).encode())
    assert status >= 400
    assert "two columns have the same name" in text


def test_a_body_that_is_no_json_stays_out_of_the_log(server):
    """MLflow's own answer quotes such a body to whoever sent it; nobody else sees it."""
    status, _ = server.ask(f'{{"dataframe_split": {SENTINEL}'.encode())
    assert status == 400
    assert SENTINEL not in server.log.read_text(errors="replace")


def test_the_predict_command_gives_the_numbers_of_score(server, patients, tmp_path):
    table = patients(12, 73)
    content = {"dataframe_split": table.to_dict(orient="split")}
    (tmp_path / "in.json").write_text(json.dumps(content))
    command = mlflow(
        "models", "predict", "-m", server.model, "--env-manager", "local",
        "-i", tmp_path / "in.json", "-o", tmp_path / "out.json", "-t", "json",
    )  # fmt: skip
    subprocess.run(command, env=ENVIRONMENT, check=True, timeout=300, capture_output=True)
    found = json.loads((tmp_path / "out.json").read_text())
    same(pd.DataFrame(found["predictions"]), expected(table, server.bundle))


def test_spark_gives_the_numbers_of_score(server, patients, tmp_path, monkeypatch):
    pyspark = pytest.importorskip("pyspark.sql")
    import mlflow.pyfunc as pyfunc
    from pyspark.sql.functions import struct

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    spark = pyspark.SparkSession.builder.master("local[2]").getOrCreate()
    table = patients(50, 74)
    wanted = expected(table, server.bundle)
    types = ", ".join(
        f"{name} {'double' if wanted[name].dtype == np.float64 else 'string'}" for name in wanted
    )
    scored = pyfunc.spark_udf(spark, str(server.model), env_manager="local", result_type=types)
    rows = spark.createDataFrame(table).select(scored(struct(*table.columns)).alias("score"))
    found = rows.select("score.*").toPandas()
    found = found.set_index("patient_id", drop=False).loc[wanted["patient_id"]]
    same(found, wanted)
