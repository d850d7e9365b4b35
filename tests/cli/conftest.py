"""The command line run as people run it: another process, its output read as text."""

import json
import os
import subprocess
import sys

import pytest

SECONDS = 120


def command(*arguments):
    return [sys.executable, "-m", "cnn_studio", *map(str, arguments)]


def environment(home):
    plain = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}
    return {**plain, "CNN_STUDIO_HOME": str(home), "PYTHONUTF8": "1"}


class CommandLine:
    def __init__(self, home):
        self.home = home

    def __call__(self, *arguments, cwd=None):
        return subprocess.run(
            command(*arguments),
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment(self.home),
            cwd=cwd,
            timeout=SECONDS,
            check=False,
        )

    def json(self, *arguments, cwd=None):
        """The objects a verb that succeeds writes with --json, nothing on standard error."""
        done = self(*arguments, "--json", cwd=cwd)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return self.objects(done.stdout)

    @staticmethod
    def objects(text):
        """Every line of the text as a JSON object: anything else on standard output fails here."""
        found = [json.loads(line) for line in text.splitlines()]
        assert all(isinstance(item, dict) for item in found)
        return found

    def start(self, *arguments):
        return subprocess.Popen(
            command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment(self.home),
        )


@pytest.fixture
def cli(studio_home):
    return CommandLine(studio_home)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """One training by the command line for all tests: its command line and the lines it wrote."""
    cli = CommandLine(tmp_path_factory.mktemp("trained"))
    return cli, cli.json("train", "studio-quick", "--limit", 2000, "--epochs", 1, "--seed", 7)


@pytest.fixture(scope="session")
def run_folder(trained):
    return trained[1][-1]["run"]
