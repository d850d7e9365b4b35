"""What every verb relies on: a clean standard output, explained failures, the right way in."""

import json
import subprocess
import sys

import pytest
import typer

from cnn_studio.cli.exit_status import guarded
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import log_path


def python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def failing(error):
    def verb():
        raise error

    return guarded(verb)


def test_what_others_print_never_reaches_standard_output():
    done = python(
        "import os; from cnn_studio.cli.output import Output\n"
        "output = Output(json=True); print('noise', flush=True); os.write(1, b'native noise'); output.line({'a': 1})"
    )
    assert done.stdout == '{"a":1}\n'
    assert "noise" in done.stderr


def test_brackets_in_a_text_are_not_taken_for_markup():
    done = python(
        "from cnn_studio.cli.output import Output; Output(json=False).show('pip install \"x[cuda]\" :key:')"
    )
    assert done.stdout == 'pip install "x[cuda]" :key:\n'


def test_an_error_has_its_three_parts_on_lines_of_their_own(capsys):
    with pytest.raises(typer.Exit) as ending:
        failing(StudioError("It broke.", "It was [old].", "Buy another."))()
    assert ending.value.exit_code == 1
    assert capsys.readouterr().err == "It broke.\nIt was [old].\nBuy another.\n"


def test_the_unexpected_is_one_sentence_and_its_traceback_is_in_the_log(capsys):
    with pytest.raises(typer.Exit) as ending:
        failing(ZeroDivisionError("oops"))()
    assert ending.value.exit_code == 1
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "oops" in told
    assert str(log_path()) in told
    assert "Traceback" in log_path().read_text()


def test_a_log_that_cannot_be_written_hides_nothing(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "file"))
    with pytest.raises(typer.Exit):
        failing(ZeroDivisionError("oops"))()
    assert "oops" in capsys.readouterr().err


def test_interrupted_exits_with_130(capsys):
    with pytest.raises(typer.Exit) as ending:
        failing(KeyboardInterrupt())()
    assert ending.value.exit_code == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_no_verb_is_wrong_usage_and_help_is_not(cli):
    assert cli("nonsense").returncode == 2
    done = cli("--help")
    assert done.returncode == 0
    for verb in ("recipes", "train", "evaluate", "predict", "export", "runs", "devices", "smoke-test"):
        assert verb in done.stdout


STUBBED = """
import os, sys, types
app = types.ModuleType("cnn_studio.app")
app.run_window = lambda: 2
def smoke(report):
    report("draw", 0.5, "7")
    if os.environ.get("STUB_FAILS"): raise StudioError("Broken.")
app.run_smoke_test = smoke
sys.modules["cnn_studio.app"] = app
from cnn_studio.core.base.errors import StudioError
from cnn_studio.__main__ import main
"""


def test_without_arguments_the_window_opens_and_nothing_else_is_loaded():
    done = python(
        f"{STUBBED}\ntry: main()\nfinally: print({{'typer', 'rich', 'tensorflow'}} & set(sys.modules))"
    )
    assert (done.returncode, done.stdout) == (2, "set()\n")


@pytest.mark.parametrize(("broken", "status"), [("", 0), ("broken", 1)])
def test_smoke_test_tells_each_step_and_whether_it_passed(monkeypatch, broken, status):
    monkeypatch.setenv("STUB_FAILS", broken)
    done = python(f"{STUBBED}\nmain()", "smoke-test", "--json")
    step, result = map(json.loads, done.stdout.splitlines())
    assert done.returncode == status
    assert step == {"step": "draw", "seconds": 0.5, "detail": "7"}
    assert (result["event"], result["passed"]) == ("result", not broken)
    assert done.stderr == ("Broken.\n" if broken else "")
    assert "draw" in python(f"{STUBBED}\nmain()", "smoke-test").stdout


@pytest.mark.parametrize(("code", "status"), [(None, 0), (0, 0), (3, 3), ("It broke.", 1)])
def test_whatever_ends_the_program_its_exit_status_says_whether_it_failed(monkeypatch, code, status):
    from cnn_studio.cli import program

    def ending(args, prog_name):
        raise SystemExit(code)

    monkeypatch.setattr(program, "_program", lambda: ending)
    assert program.run(["train"]) == status
