"""`cnn-studio predict` says what is wrong with each file and answers the others."""

import json

import pytest
from bad_files import REFUSED, upright, write_animation, write_million


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "files"
    made.mkdir()
    upright().save(made / "one.png")
    return made


@pytest.mark.parametrize("options", [(), ("--number",)])
def test_each_bad_file_gets_a_sentence_and_the_others_are_answered(cli, folder, options, ghostscript):
    for name, (write, _, _) in REFUSED.items():
        write(folder / name)
    done = cli("predict", "one.png", *REFUSED, "one.png", *options, cwd=folder)
    assert done.returncode == 1
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [["one.png", "[0]", "1"]] * 2
    assert "Traceback" not in done.stderr
    said = done.stderr
    for name, (_, beginning, why) in REFUSED.items():
        place = said.find(beginning)
        assert place >= 0, (name, said)
        sentence, said = said[place : place + 400], said[place + 1 :]
        assert why in sentence
    assert not ghostscript.exists()


def test_strange_drawings_are_answered_or_called_blank(cli, folder):
    """A point is a dot, which is no digit; points beyond any sheet are left out; a million points are a 0."""
    lines = {
        "point": [[[5, 5]]],
        "far": [[[1e308, 1], [-1e308, 3]]],
        "part": [[[1e308, 1], [5, 3], [5, 20]]],
        "none": [[]],
    }
    text = "\n".join(json.dumps({"strokes": strokes}) for strokes in lines.values())
    (folder / "some.jsonl").write_text(text)
    write_million(folder / "million.jsonl")
    write_animation(folder / "moving.gif")
    done = cli("predict", "some.jsonl", "million.jsonl", "moving.gif", "--json", cwd=folder)
    assert done.returncode == 0
    point, far, part, none, million, moving = cli.objects(done.stdout)
    assert point["rejected"]
    assert (far["prediction"], none["prediction"]) == (None, None)
    assert (part["prediction"], million["prediction"], moving["prediction"]) == ("1", "0", "1")
    assert "moving.gif" in done.stderr
