"""What the wheel, the frozen program and the source archive carry: all the program reads, and nothing else."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "packaging").glob("*.py"))
PICTURES = {".png", ".jpg", ".gif", ".webp", ".mp4"}
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").exists(), reason="not a checkout")


def targets():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]


def carried():
    """Return the files a wheel carries, by the place they have in it."""
    (package,) = targets()["wheel"]["packages"]
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*") if path.is_file()}
    for source, target in targets()["wheel"]["force-include"].items():
        paths = [path for path in (ROOT / source).rglob("*") if path.is_file()]
        assert paths, f"{source} has no files"
        files |= {f"{target}/{path.relative_to(ROOT / source).as_posix()}" for path in paths}
    return {name for name in files if "__pycache__" not in name}


def test_no_build_script_lies_among_the_resources():
    assert not list((ROOT / "resources").rglob("*.py"))


def test_the_wheel_carries_neither_build_scripts_nor_screenshots():
    files = carried()
    assert "cnn_studio/resources/models/digits.onnx" in files
    assert not {name for name in files if name.startswith("cnn_studio/resources") and name.endswith(".py")}
    assert not {name for name in files if Path(name).suffix in PICTURES}


def test_the_wheel_carries_every_folder_the_program_reads():
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "cnn_studio").rglob("*.py"))
    read = set(re.findall(r"""\bresource\(\s*"(\w+)\"""", source))
    assert {"datasets", "models", "recipes", "strokes"} <= read
    folders = {name.split("/")[2] for name in carried() if name.startswith("cnn_studio/resources/")}
    assert read <= folders


def test_the_frozen_program_carries_the_same_folders():
    spec = (ROOT / "pyinstaller.spec").read_text("utf-8")
    (listed,) = re.findall(r"for folder in \(([^)]*)\)", spec)
    wheel = {Path(source).name for source in targets()["wheel"]["force-include"]}
    assert set(re.findall(r'"(\w+)"', listed)) == wheel


def test_build_scripts_still_fit_the_program():
    """What they import and read is there; in a process of its own, since they bring TensorFlow."""
    assert len(SCRIPTS) > 4
    code = """
import pathlib, runpy, sys
for script in sys.argv[1:]:
    names = runpy.run_path(script, run_name="loaded")
    assert names.get("MODELS", pathlib.Path()).is_dir(), script
    assert names.get("RECIPE", pathlib.Path(script)).is_file(), script
"""
    arguments = [sys.executable, "-c", code, *map(str, SCRIPTS)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "packaging")])
    done = subprocess.run(
        arguments, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr


def test_the_guard_is_described_in_a_recipe_that_can_be_read():
    from cnn_studio.core.recipes.recipe import load_recipe

    assert load_recipe(ROOT / "packaging" / "guard.toml").name == "guard"
