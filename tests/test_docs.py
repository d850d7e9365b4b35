"""The documents name files that exist, link to what is there, and the README stays short."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.joinpath("docs").rglob("*.md")})
FOLDERS = "cnn_studio|tests|docs|benchmarks|resources"
NAMED = re.compile(rf"(?<![\w/.:-])(?:{FOLDERS})/[\w./*-]*[\w*/]")
LINK = re.compile(r"\]\(([^)\s]+)\)")
ADDED = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGED_FILE = re.compile(r"^--- a/(.+)\n\+\+\+ b/.+\n((?:[@ +-].*\n)+?)(?=--- |\Z)", re.MULTILINE)
PLACED = re.compile(r"`([A-Za-z_][\w.]*)`(?: and `([A-Za-z_][\w.]*)`)? (?:in |\()`(cnn_studio/[\w/]+\.py)`")
LONGEST_LINE, MOST_LINES = 300, 150


def prose_of(document):
    """Return a document without its example diffs, which name files that would be new."""
    return ADDED.sub("", document.read_text(encoding="utf-8"))


def missing_names(text):
    """Return the paths in a text that lead to nothing; a name may have a * in it."""
    return [name for name in NAMED.findall(text) if not any(ROOT.glob(name.rstrip("/")))]


def missing_links(document, text):
    """Return the relative links of a text that lead to nothing."""
    links = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    return [link for link in links if link and not document.parent.joinpath(link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_document_names_exists(document):
    assert missing_names(prose_of(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(document):
    assert missing_links(document, prose_of(document)) == []


def unplaced_names(text):
    """Return the functions and classes that are not in the file they are said to be in."""
    return [
        f"{name} in {file}"
        for *names, file in PLACED.findall(text)
        for name in filter(None, names)
        if not re.search(rf"\b{name.rpartition('.')[2]}\b", ROOT.joinpath(file).read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_functions_and_classes_are_in_the_files_they_are_said_to_be_in(document):
    assert unplaced_names(prose_of(document)) == []


def test_a_renamed_function_is_found():
    place = "`cnn_studio/__main__.py`"
    assert unplaced_names(f"`main` ({place}), `gone` in {place}") == ["gone in cnn_studio/__main__.py"]


def test_a_moved_file_and_a_broken_link_are_found():
    text = (
        "See `cnn_studio/core/gone.py` and `tests/test_docs.py`, [here](gone.md#part), [there](../README.md)."
    )
    assert missing_names(text) == ["cnn_studio/core/gone.py"]
    assert missing_links(ROOT / "docs" / "architecture.md", text) == ["gone.md#part".partition("#")[0]]


def hunks_of(text):
    """Yield file and lines before the change of each hunk of the example diffs; new files have none."""
    for diff in ADDED.findall(text):
        for name, hunks in CHANGED_FILE.findall(diff):
            for hunk in re.split(r"^@@.*\n", hunks, flags=re.MULTILINE)[1:]:
                yield name, "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] != "+")


def test_the_example_diffs_fit_the_files_they_change():
    hunks = list(hunks_of(ROOT.joinpath("docs", "adding.md").read_text(encoding="utf-8")))
    assert {name for name, _ in hunks} >= {
        "cnn_studio/engine/exporters.py",
        "cnn_studio/core/recipes/optimizers.py",
    }
    stale = [name for name, before in hunks if before not in ROOT.joinpath(name).read_text(encoding="utf-8")]
    assert stale == []


def test_a_decision_that_is_written_down_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall(folder.joinpath("README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} <= listed


def test_the_readme_is_short():
    lines = ROOT.joinpath("README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@pytest.fixture(scope="module")
def counting():
    """The script docs/count_imports.py as a module."""
    found = importlib.util.spec_from_file_location("count_imports", ROOT / "docs" / "count_imports.py")
    made = importlib.util.module_from_spec(found)
    found.loader.exec_module(made)
    return made


def test_every_folder_of_the_package_is_in_the_table_of_rooms():
    text = ROOT.joinpath("docs", "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("cnn_studio/**/[a-z]*.py")}
    assert [folder for folder in sorted(folders) if f"| `{folder}/` |" not in text] == []


@pytest.mark.parametrize("side", ["core", "ui"])
def test_the_arrows_inside_core_and_ui_are_those_of_the_imports(counting, side):
    text = ROOT.joinpath("docs", "architecture.md").read_text(encoding="utf-8")
    table = text.partition(f"Inside `{side}`:")[2].partition("\n\n|")[2].partition("\n\n")[0]
    rows = (re.findall(r"`(\w+)`", line) for line in table.splitlines()[2:])
    said = {row[0]: set(row[1:]) for row in rows}
    assert said == counting.graph_inside(
        counting.module_graph(counting.modules_of(ROOT / "cnn_studio")), side
    )


def test_the_counts_of_a_small_package_by_hand(counting, tmp_path):
    sources = {
        "__init__": "",
        "core/__init__": "",
        "core/a/one": "from shop.core.b import two",
        "core/b/two": "def f():\n    from ..a.one import x",
        "core/b/three": "from . import two\nimport json",
        "core/c/four": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import shop.core.a.one",
        "ui/top": "import shop\nimport shop.core.b.three as t",
    }
    for name, source in sources.items():
        path = tmp_path / "shop" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    counts, circles = counting.count(tmp_path / "shop")
    assert circles[0] == {"shop.core.a.one", "shop.core.b.two"}
    assert counts == {
        "modules": 7,
        "floors": 3,  # the circle, three, top
        "circles of modules": 1,
        "rooms": 4,
        "arrows": 3,  # a to b, b to a, ui to b
        "circles of rooms": 1,
        "rooms inside core": 3,
        "arrows inside core": 2,
        "rooms inside ui": 1,
        "arrows inside ui": 0,
    }
