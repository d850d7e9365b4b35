"""`cnn-studio report`, and what `cnn-studio runs` says of damaged runs."""

from run_folders import make_run


def test_a_run_is_reported_into_a_file(trained, run_folder, tmp_path):
    cli, _ = trained
    done = cli("report", run_folder, "--to", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"Wrote {tmp_path / 'report.html'}" in done.stdout
    assert html.startswith("<!DOCTYPE html>")
    assert "Quick start" in html
    assert html.count("data:image/png") > 10  # misread digits


def test_json_names_the_file_and_the_runs(trained, run_folder, tmp_path):
    cli, _ = trained
    (line,) = cli.json("report", run_folder, "--to", tmp_path / "report.html")
    assert line == {"report": str(tmp_path / "report.html"), "runs": [run_folder]}


def test_a_run_that_is_not_there_is_named(cli, tmp_path):
    done = cli("report", "no-such-run", "--to", tmp_path / "report.html")
    assert done.returncode == 1
    assert "There is no run or model 'no-such-run'" in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_without_a_place_it_is_wrong_usage(cli, tmp_path):
    assert cli("report", tmp_path).returncode == 2


def test_damaged_runs_are_named_beside_the_list(cli, studio_home):
    make_run(studio_home / "runs", "whole")
    (make_run(studio_home / "runs", "torn") / "run.json").write_bytes(b'{"id"')
    done = cli("runs", "--json")
    assert [line["id"] for line in cli.objects(done.stdout)] == ["whole"]
    assert "damaged: torn: run.json: Input data was truncated" in done.stderr
