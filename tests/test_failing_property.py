"""A property that does not hold is one failing test, not the end of the session."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TWO_TESTS = """
from hypothesis import given, strategies as st

@given(st.integers())
def test_fails(x):
    assert x < 5

def test_holds():
    pass
"""


@pytest.mark.parametrize("warning", ["DeprecationWarning", "SyntaxWarning"])
def test_a_failing_property_is_reported_though_what_hypothesis_imports_then_warns(tmp_path, warning):
    """Of a failing property Hypothesis writes a patch by LibCST, where it is there: its import may warn."""
    (tmp_path / "libcst.py").write_text(f"import warnings\nwarnings.warn('some of it is old', {warning})\n")
    (tmp_path / "test_two.py").write_text(TWO_TESTS)
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_two.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
    )  # fmt: skip
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "x=5" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
