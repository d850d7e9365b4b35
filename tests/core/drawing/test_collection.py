"""My drawings: nothing that was kept may be lost, whatever happens to the program or the disk."""

import json
import subprocess
import sys
import threading

import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.drawing.jsonl import read_drawings
from cnn_studio.core.drawing.labeled_drawing import labeled_drawing

STROKES = [[(1.0, 2.0), (3.5, 4.25)], [(5.0, 6.0, 0.5), (7.0, 8.0, 0.75)]]
DIGITS = tuple("0123456789")


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "person" / "my-drawings.jsonl"


@pytest.fixture
def collection(journal):
    return Collection(journal)


def add(collection, label="7", **further):
    return collection.add(STROKES, label, side=10, classes=DIGITS, **further)


def labels(collection):
    return [drawing.label for drawing in collection.drawings]


def test_the_journal_lies_in_the_persons_folder(studio_home):
    assert my_drawings_path() == studio_home / "my-drawings.jsonl"


def test_nothing_is_written_before_something_is_kept(collection, journal):
    assert collection.drawings == ()
    assert collection.counts() == {}
    assert collection.undo() is False
    assert not journal.parent.exists()


def test_a_kept_drawing_is_on_disk_at_once_with_all_that_is_known(collection, journal):
    kept = add(collection, answered="1", confidence=0.8, origin="corrected", session="first")
    (line,) = journal.read_text(encoding="utf-8").splitlines()
    written = json.loads(line)
    assert written["label"] == "7"
    assert written["strokes"] == [[[1.0, 2.0], [3.5, 4.25]], [[5.0, 6.0, 0.5], [7.0, 8.0, 0.75]]]
    assert (written["answered"], written["confidence"], written["origin"]) == ("1", 0.8, "corrected")
    assert (written["session"], written["side"], written["classes"]) == ("first", 10, list(DIGITS))
    assert written["when"].endswith("+00:00")
    (again,) = Collection(journal).drawings
    assert again == kept
    assert [array.tolist() for array in again.arrays()] == [[[1, 2], [3.5, 4.25]], [[5, 6], [7, 8]]]


def test_arrays_are_kept_as_well_as_tuples(collection):
    kept = collection.add([np.array([[1.0, 2.0]]), np.zeros((0, 2))], "1", side=3)
    assert kept.strokes == (((1.0, 2.0),),)
    assert (kept.answered, kept.confidence, kept.origin) == (None, None, "added")


def test_ids_differ_and_sort_by_time(collection):
    ids = [add(collection).id for _ in range(20)]
    assert len(set(ids)) == 20
    assert ids == sorted(ids)


def test_a_torn_last_line_is_stepped_over_wherever_it_was_torn(collection, journal):
    add(collection, "1")
    whole = journal.stat().st_size
    add(collection, "2")
    content = journal.read_bytes()
    for size in range(whole, len(content) + 1):
        journal.write_bytes(content[:size])
        survivor = Collection(journal)
        kept = ["1", "2"] if size >= len(content) - 1 else ["1"]  # only the line's end is missing
        assert labels(survivor) == kept, size
        add(survivor, "3")
        assert labels(survivor) == [*kept, "3"], size
        assert labels(Collection(journal)) == [*kept, "3"], size
        assert journal.read_bytes().startswith(content[:size])  # the torn bytes are still there


def test_what_was_kept_before_the_program_was_killed_is_there(journal):
    code = (
        "import sys; from pathlib import Path; from cnn_studio.core.drawing.collection import Collection\n"
        "collection = Collection(Path(sys.argv[1]))\n"
        "while True: print(collection.add([[(1, 2)] * 500], '7', side=3).id, flush=True)"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code, str(journal)], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    with program:
        told = [program.stdout.readline().strip() for _ in range(30)]
        program.kill()
        told += program.stdout.read().split("\n")[:-1]
    survivor = Collection(journal)
    kept = [drawing.id for drawing in survivor.drawings]
    assert kept[: len(told)] == told
    assert len(kept) <= len(told) + 1  # one may have been written and not told
    add(survivor, "1")
    assert labels(Collection(journal))[-1] == "1"


def test_a_damaged_line_in_the_middle_hides_nothing_else(collection, journal):
    add(collection, "1")
    bad = [b"\xff\xfe", b'{"label": "4", "strokes": [[[1]]]}', b"{}", b"[]", b'{"change":"burnt","ids":[]}']
    infinite = journal.read_bytes().strip().replace(b"3.5", b"1e300")
    with journal.open("ab") as file:
        file.write(b"\n".join([*bad, infinite, b"", b""]))
    add(collection, "2")
    reader = Collection(journal)
    assert labels(reader) == ["1", "2"]
    assert reader.damaged == len(bad) + 1


def test_counts_follow_every_change(collection):
    kept = [add(collection, label) for label in "7717"]
    assert collection.counts() == {"1": 1, "7": 3}
    collection.relabel(kept[0].id, "1")
    assert collection.counts() == {"1": 2, "7": 2}
    collection.remove([kept[1].id, "unknown"])
    assert collection.counts() == {"1": 2, "7": 1}


def test_undo_takes_back_add_remove_and_relabel_and_stays_undone(collection, journal):
    first, second, third = (add(collection, label) for label in "123")
    collection.remove([first.id, third.id])
    collection.relabel([first.id, second.id], "9")  # the removed one is passed over
    assert labels(collection) == ["9"]
    assert collection.undoable == "relabeled"
    for kind, then in [("removed", ["2"]), ("added", ["1", "2", "3"]), ("added", ["1", "2"])]:
        assert collection.undo()
        assert collection.undoable == kind
        assert labels(collection) == then
        assert labels(Collection(journal)) == then
    assert collection.drawings == (first, second)
    collection.undo()
    collection.undo()
    assert collection.undoable is None
    assert collection.undo() is False
    assert collection.drawings == ()


def test_undo_of_a_relabel_gives_each_drawing_its_own_label_back(collection, journal):
    kept = [add(collection, label) for label in "1247"]
    collection.relabel([drawing.id for drawing in kept], "7")
    assert labels(collection) == ["7"] * 4
    collection.undo()
    assert labels(Collection(journal)) == ["1", "2", "4", "7"]


def test_what_changes_nothing_is_no_step_to_undo(collection):
    kept = add(collection)
    collection.relabel(kept.id, "7")
    collection.remove(["unknown"])
    collection.take([])
    collection.undo()
    assert collection.drawings == ()


def test_several_are_taken_as_one_change(collection, journal, tmp_path):
    other = Collection(tmp_path / "other.jsonl")
    drawings = [add(other, label) for label in "123"]
    collection.take(drawings)
    assert Collection(journal).drawings == tuple(drawings)
    collection.undo()
    assert collection.drawings == ()


def test_two_programs_on_one_journal_lose_nothing(journal):
    one, two = Collection(journal), Collection(journal)
    first = add(one, "1")
    second = add(two, "2")
    add(one, "3")
    two.remove([first.id])
    one.relabel(second.id, "5")
    assert labels(one) == ["5", "3"]
    two.catch_up()
    assert labels(two) == ["5", "3"]
    assert labels(Collection(journal)) == ["5", "3"]


def test_threads_that_add_together_lose_nothing(journal):
    collections = [Collection(journal) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda one=one: [add(one, "4") for _ in range(25)]) for one in collections
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = Collection(journal)
    assert len(reader.drawings) == 100
    assert reader.damaged == 0


def test_a_journal_that_was_replaced_by_a_shorter_one_is_read_anew(collection, journal):
    for label in "123":
        add(collection, label)
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[1])
    collection.catch_up()
    assert labels(collection) == ["2"]
    journal.unlink()
    collection.catch_up()
    assert collection.drawings == ()


def test_listeners_hear_of_every_change_and_of_nothing_else(collection, journal):
    heard = []
    collection.subscribe(lambda: heard.append(labels(collection)))
    kept = add(collection, "1")
    collection.relabel(kept.id, "2")
    collection.remove([kept.id])
    collection.undo()
    collection.catch_up()
    add(Collection(journal), "5")
    collection.catch_up()
    assert heard == [["1"], ["2"], [], ["2"], ["2", "5"]]


def test_an_export_is_a_file_of_drawings(collection, tmp_path):
    kept = [add(collection, label) for label in "123"]
    collection.remove([kept[1].id])
    collection.export(tmp_path / "all.jsonl")
    collection.export(tmp_path / "one.jsonl", [kept[2].id])
    assert [drawing.label for drawing in read_drawings(tmp_path / "all.jsonl")] == ["1", "3"]
    (one,) = read_drawings(tmp_path / "one.jsonl")
    assert one.label == "3"
    assert [array.tolist() for array in one.arrays()] == [[[1, 2], [3.5, 4.25]], [[5, 6], [7, 8]]]


def test_names_of_any_script_come_back(collection, journal):
    names = ["Käse", "日本", "٧", "a\nb", 'say "7"', "🙂", "line\u2028end"]
    for name in names:
        add(collection, name)
    assert labels(Collection(journal)) == names


def test_a_name_that_is_no_text_is_refused(collection, journal):
    with pytest.raises(StudioError, match="no text"):
        add(collection, "\udc80")
    assert Collection(journal).drawings == ()


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [[]],
        [[(float("nan"), 1.0)]],
        [[(1.0, float("inf"))]],
        [[(1.0, 2.0, float("nan"))]],
        [[(1e200, 0.0)]],
        [[(1.0,)]],
    ],
)
def test_what_is_no_drawing_is_refused_and_nothing_is_written(collection, journal, strokes):
    with pytest.raises(StudioError, match="not kept"):
        collection.add(strokes, "7", side=1)
    assert not journal.exists()


@pytest.mark.parametrize(("label", "side"), [("", 1.0), ("7", 0.0), ("7", float("nan"))])
def test_a_drawing_needs_a_label_and_a_size(collection, label, side):
    with pytest.raises(StudioError, match="not kept"):
        collection.add(STROKES, label, side=side)


def test_a_drawing_is_not_relabeled_to_nothing(collection):
    kept = add(collection)
    with pytest.raises(StudioError, match="empty"):
        collection.relabel(kept.id, "")
    assert labels(collection) == ["7"]


def test_a_journal_that_cannot_be_opened_is_explained(journal):
    journal.mkdir(parents=True)
    collection = Collection(journal)
    with pytest.raises(StudioError, match="cannot be read"):
        _ = collection.drawings
    with pytest.raises(StudioError, match="cannot be written"):
        add(collection)


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StudioError, match="cannot be written"):
        add(Collection(tmp_path / "file" / "my-drawings.jsonl"))
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


def test_a_full_disk_changes_nothing(collection, journal):
    resource = pytest.importorskip("resource")
    kept = add(collection, "1")
    before = journal.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 40, limits[1]))  # room for a part of a line
    try:
        with pytest.raises(StudioError, match="cannot be written"):
            add(collection, "2")
        with pytest.raises(StudioError, match="cannot be written"):
            collection.relabel(kept.id, "4" * 40)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert journal.read_bytes() == before
    assert collection.drawings == (kept,)
    add(collection, "3")
    assert labels(Collection(journal)) == ["1", "3"]


def test_an_export_that_fails_leaves_the_old_file(collection, tmp_path):
    add(collection)
    (tmp_path / "taken").mkdir()
    with pytest.raises(StudioError, match="was not saved"):
        collection.export(tmp_path / "taken")
    assert [path.name for path in (tmp_path).iterdir() if path.name.startswith(".")] == []


def test_fields_of_a_later_version_are_passed_over(collection, journal):
    kept = add(collection)
    content = json.loads(journal.read_text(encoding="utf-8")) | {"mood": "good"}
    journal.write_text(json.dumps(content) + "\n", encoding="utf-8")
    assert Collection(journal).drawings == (msgspec.structs.replace(kept),)


def test_replacing_is_one_change_that_is_taken_back_as_one(collection, journal):
    old = add(collection, "7")
    new = labeled_drawing([*STROKES, [(1, 1), (2, 2)]], "9", side=10, classes=DIGITS)
    collection.replace(old.id, new)
    assert labels(Collection(journal)) == ["9"]
    collection.undo()
    assert Collection(journal).drawings == (old,)
