"""One JSON object, or nothing: what `--json` and `--quiet` print."""

from __future__ import annotations

from nxpredict.errors import RESEARCH_USE


def test_json_is_one_object_on_stdout_and_nothing_else(
    trained, patients, tmp_path, call, one_object
):
    facts = one_object(trained.stdout)
    assert facts["research_use"] == RESEARCH_USE
    assert facts["verdict"]["level"] in {"supported", "suggestive", "not supported"}
    assert trained.stderr == ""
    assert one_object(call("catalog", "--json").stdout)["predictors"]
    assert one_object(call("check", trained.study, "--json").stdout)["issues"]
    model = trained.out / "model"
    out = tmp_path / "scores.parquet"
    done = call("score", patients, "--model", model, "--out", out, "--json")
    assert one_object(done.stdout)["scores"]["rows"] == 6
    assert done.stderr == ""


def test_wrong_use_is_one_object_too(make_study, call, one_object):
    for args in (
        ("train", "nowhere.yaml"),
        ("check", make_study().study, "--set", "nonsense"),
        ("catalog", "--nonsense"),
    ):
        done = call(*args, "--json")
        assert done.exit_code == 2
        assert one_object(done.stdout)["error"]["code"] == 2


def test_quiet_prints_nothing(trained, patients, tmp_path, call):
    assert call("check", trained.study, "--quiet").output == ""
    out = tmp_path / "scores.csv"
    done = call("score", patients, "--model", trained.out / "model", "--out", out, "--quiet")
    assert done.output == ""


def test_a_fault_of_our_own_says_where_and_no_patient(make_study, monkeypatch, call, one_object):
    import nxpredict.workflows as workflows

    def broken(*_args, **_kwargs):
        raise RuntimeError("SENTINEL-PT-0007 has a value")

    monkeypatch.setattr(workflows, "check_study", broken)
    study = make_study().study
    said = call("check", study)
    assert said.exit_code == 1
    assert "RuntimeError at test_json.py" in said.stderr
    assert "SENTINEL" not in said.output
    told = call("check", study, "--json")
    assert told.exit_code == 1
    assert one_object(told.stdout)["error"]["code"] == 1
    assert "SENTINEL" not in told.output
