import json

from offswitch.cli import _run
from offswitch.models import adapters, weights


def test_adapters_of_the_package_are_listed_and_their_models_fetched(tmp_path, monkeypatch, capfd):
    folder = tmp_path / "grown"
    folder.mkdir()
    (folder / adapters.WEIGHTS_FILE).write_bytes(b"x")
    (folder / adapters.CONFIG_FILE).write_text("{}")
    record = adapters.AdapterRecord(base="embedded/smollm2-135m", base_sha256="0" * 64)
    (folder / adapters.RECORD_FILE).write_text(record.model_dump_json())
    monkeypatch.setattr(adapters, "KEPT", tmp_path)
    fetched = []
    monkeypatch.setattr(weights, "fetch", lambda say, name: fetched.append(name) or tmp_path)
    assert _run(["models", "list", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["adapters"] == ["embedded/grown"]
    assert _run(["models", "get", "embedded/grown"]) == 0
    assert fetched == ["embedded/smollm2-135m"]


def test_an_adapter_that_is_not_there_is_one_line(tmp_path, capfd):
    model = f"embedded/smollm2-135m:{tmp_path}/none"
    assert _run(["run", "shutdown", "--model", model, "--out", str(tmp_path / "run"), "--trials", "1"]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert f"{tmp_path}/none" in line
    assert not (tmp_path / "run").exists()
