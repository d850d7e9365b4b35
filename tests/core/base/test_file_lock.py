"""A run folder is one process's at a time."""

import subprocess
import sys

import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupied, occupying

HOLDER = """
import sys
from pathlib import Path
from cnn_studio.core.base.file_lock import occupying
with occupying(Path(sys.argv[1])):
    print("held", flush=True)
    input()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds a folder with something in it."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text("{}")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process, folder
        process.kill()


def test_a_folder_is_occupied_while_another_process_holds_it(holder):
    process, folder = holder
    assert occupied(folder)
    with pytest.raises(StudioError, match="is being trained"), occupying(folder):
        pytest.fail("entered")
    process.communicate("\n", timeout=20)
    assert not occupied(folder)
    assert [path.name for path in folder.iterdir()] == ["run.json"]


def test_a_killed_process_leaves_the_folder_free(holder):
    process, folder = holder
    process.kill()
    process.wait(20)
    assert not occupied(folder)
    with occupying(folder):
        assert occupied(folder)
    assert not occupied(folder)


def test_what_was_left_empty_vanishes_and_what_was_there_stays(tmp_path):
    with occupying(tmp_path / "new" / "run"):
        assert (tmp_path / "new" / "run").is_dir()
    assert not (tmp_path / "new" / "run").exists()
    (tmp_path / "mine").mkdir()
    with occupying(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").is_dir()
    assert not occupied(tmp_path / "nowhere")
