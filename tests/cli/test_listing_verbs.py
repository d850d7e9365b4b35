"""recipes, runs and devices."""

from cnn_studio import __version__
from cnn_studio.core.base.assets import resource

ENGINE = ("tensorflow", "keras", "PySide6", "onnxruntime")


def loaded_modules(importtime):
    return {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in importtime.splitlines() if "|" in line}


def test_recipes_lists_every_preset_with_the_promised_keys(cli):
    rows = cli.json("recipes")
    assert {row["name"] for row in rows} == {path.stem for path in resource("recipes").glob("*.toml")}
    for row in rows:
        assert {"name", "dataset", "layers", "parameters", "trainable_parameters", "epochs"} <= set(row)
        assert {"reported_accuracy", "source"} <= set(row)
    quick = next(row for row in rows if row["name"] == "studio-quick")
    by_hand = (5 * 5 * 16 + 16) + (5 * 5 * 16 * 32 + 32) + (4 * 4 * 32 * 128 + 128) + (128 * 10 + 10)
    assert quick["parameters"] == quick["trainable_parameters"] == by_hand
    assert (quick["dataset"], quick["layers"], quick["epochs"]) == ("mnist", 7, 2)
    assert quick["reported_accuracy"] is None


def test_recipes_without_json_is_a_plain_table_in_a_pipe(cli):
    done = cli("recipes")
    assert done.returncode == 0
    assert "80,202" in done.stdout
    assert "\x1b" not in done.stdout


def test_recipes_and_runs_load_neither_engine_nor_window(monkeypatch, cli):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    for verb in ("recipes", "runs"):
        assert loaded_modules(cli(verb, "--json").stderr).isdisjoint(ENGINE)


def test_runs_says_how_to_begin_where_there_are_none(cli):
    assert "cnn-studio train" in cli("runs").stdout
    assert cli.json("runs") == []


def test_runs_lists_a_training(trained):
    cli, lines = trained
    (row,) = cli.json("runs")
    assert (row["run"], row["status"], row["recipe"]) == (lines[-1]["run"], "finished", "studio-quick")
    assert row["test_accuracy"] == lines[-1]["test_accuracy"]
    assert row["id"] in cli("runs").stdout


def test_devices_names_the_cpu_and_explains_the_rest(cli):
    rows = cli.json("devices")
    assert all({"id", "title", "usable", "explanation", "memory_bytes"} <= set(row) for row in rows)
    assert (rows[0]["id"], rows[0]["usable"]) == ("cpu", True)
    assert all(row["explanation"] for row in rows if not row["usable"])


def test_version(cli):
    assert cli("--version").stdout.strip() == f"CNN Studio {__version__}"
