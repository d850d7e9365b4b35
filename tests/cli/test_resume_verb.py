"""`cnn-studio resume`: extends a copy of a run, and says why a finished one does not go on by itself."""

import shutil


def test_a_run_is_extended_in_its_own_folder(trained, run_folder, tmp_path):
    cli, before = trained
    folder = shutil.copytree(run_folder, tmp_path / "copy")
    epoch, result = cli.json("resume", folder, "--extend", 1)
    assert (epoch["event"], epoch["epoch"], epoch["epochs"]) == ("epoch", 2, 2)
    assert result["run"] == str(folder)
    assert result["test_accuracy"] > before[-1]["test_accuracy"]
    assert len((folder / "history.csv").read_text().splitlines()) == 3  # its head and two epochs


def test_a_finished_run_asks_by_how_much(trained, run_folder):
    done = trained[0]("resume", run_folder)
    assert done.returncode == 1
    assert "has finished" in done.stderr
    assert "how many epochs" in done.stderr
    assert "Traceback" not in done.stderr
