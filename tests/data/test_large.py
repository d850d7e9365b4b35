"""Data too large for memory: mapped, and the same to the last byte as those that are not."""

import errno
import gzip
import json
import mmap
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

import msgspec
import numpy as np
import psutil
import pytest
from samples import encoded, noise, write_tar, write_tree, write_zip

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import lazy_arrays as core_images
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.core.datasets.lazy_arrays import Selected, pieces, selected, written
from cnn_studio.core.datasets.mapped_arrays import Store, scratch_folder
from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.data.data_report import report
from cnn_studio.data.dataset_names import dataset_name
from cnn_studio.data.decoding.options import Options
from cnn_studio.data.opening import open_data

FREE_BYTES = mapped_arrays.free_bytes  # each test has another in its place
IMAGES = noise(60)[..., 0]
COLOR = noise(60, channels=3)
LABELS = np.arange(60, dtype=np.uint8) % 3
X = {"x_train": IMAGES[:45], "x_test": IMAGES[45:]}
Y = {"y_train": LABELS[:45], "y_test": LABELS[45:]}


@pytest.fixture
def small_limits(monkeypatch):
    """Everything above 4 KB counts as large, and is worked on a few images at a time."""

    def apply():
        monkeypatch.setattr(mapped_arrays, "LARGE_BYTES", 4000)
        monkeypatch.setattr(core_images, "PIECE_BYTES", 3000)

    return apply


def is_mapped(array):
    """Tell whether an array's bytes are those of a file."""
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array.obj if isinstance(array, memoryview) else array, mmap.mmap)


def idx_of(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def idx(folder, prefix="", pack=bytes, parts=("train", "t10k"), ending=""):
    folder.mkdir()
    for part, chosen in zip(parts, (slice(0, 45), slice(45, 60)), strict=False):
        for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS + bool(prefix))):
            (folder / f"{prefix}{part}-{kind}-ubyte{ending}").write_bytes(pack(idx_of(array[chosen])))
    return folder


def npz(path, save=np.savez_compressed, **arrays):
    save(path, **(X | Y | arrays))
    return path


def csv(path):
    rows = [[label, *image.ravel()] for image, label in zip(IMAGES, LABELS, strict=True)]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows))
    return path


def files(parts=("",), color=False):
    """{"part/class/number.png": bytes}, one of them no image."""
    found = {
        f"{parts[n % len(parts)]}{'abc'[n % 3]}/{n}.png": encoded(COLOR[n] if color else IMAGES[n][..., None])
        for n in range(60)
    }
    return found | {f"{parts[0]}a/damaged.png": b"\x89PNG\r\n\x1a\nno more"}


def converted(change):
    """X with another kind of numbers."""
    return {name: change(array) for name, array in X.items()}


SOURCES = {
    "idx": lambda p: idx(p / "d"),
    "idx without test images": lambda p: idx(p / "d", parts=("train",)),
    "idx packed": lambda p: idx(p / "d", pack=gzip.compress, ending=".gz"),
    "emnist": lambda p: idx(p / "d", "emnist-letters-", parts=("train", "test")),
    "npz": lambda p: npz(p / "d.npz"),
    "npz stored": lambda p: npz(p / "d.npz", np.savez),
    "npz by columns": lambda p: npz(p / "d.npz", **converted(np.asfortranarray)),
    "npz float": lambda p: npz(p / "d.npz", **converted(lambda a: a.astype(np.float32) / 255)),
    "npz 16 bits": lambda p: npz(p / "d.npz", **converted(lambda a: a.astype(np.uint16) * 257)),
    "npz channels first": lambda p: npz(
        p / "d.npz", x_train=np.moveaxis(COLOR[:45], 3, 1), x_test=np.moveaxis(COLOR[45:], 3, 1)
    ),
    "npz with validation": lambda p: npz(p / "d.npz", x_val=IMAGES[::-1], y_val=LABELS[::-1]),
    "npz text": lambda p: npz(
        p / "d.npz", y_train=np.array(["b", "a", "c"])[LABELS[:45]], y_test=np.array(["b", "a", "c"])[LABELS[45:]]
    ),
    "csv": lambda p: csv(p / "d.csv"),
    "folder": lambda p: write_tree(p / "d", files()),
    "folder of parts": lambda p: write_tree(p / "d", files(("train/", "train/", "train/", "val/", "test/"))),
    "folder, color": lambda p: write_tree(p / "d", files(color=True)),
    "zip": lambda p: write_zip(p / "d.zip", files()),
    "tar": lambda p: write_tar(p / "d.tar", files(), "w"),
    "tar packed": lambda p: write_tar(p / "d.tar.xz", files(), "w:xz"),
}  # fmt: skip
OPTIONS = (Options(), Options(size=(30, 26), channels="color", invert=True))


def as_plain(opened):
    """Everything there is to know, in ordinary arrays."""
    dataset = opened.dataset
    return [
        dataset.info, opened.set_aside, opened.notes, report(dataset),
        *(array.tobytes() for array in (dataset.x_train, dataset.y_train, dataset.x_test, dataset.y_test)),
    ]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=["as they are", "changed"])
@pytest.mark.parametrize("source", SOURCES)
def test_mapped_images_are_those_held_in_memory(tmp_path, small_limits, source, options):
    path = SOURCES[source](tmp_path)
    held = open_data(path, options)
    small_limits()
    mapped = open_data(path, options)
    assert is_mapped(mapped.dataset.x_train)
    assert not is_mapped(held.dataset.x_train)
    assert as_plain(mapped) == as_plain(held)
    assert mapped.dataset.x_train.dtype == np.uint8
    assert not mapped.dataset.x_train.flags.writeable
    assert list(scratch_folder().iterdir()) == []


def test_mapped_idx_has_the_bytes_of_its_file_in_their_order(tmp_path, small_limits):
    small_limits()
    dataset = open_data(idx(tmp_path / "d")).dataset
    np.testing.assert_array_equal(dataset.x_train[..., 0], IMAGES[:45])
    np.testing.assert_array_equal(dataset.x_test[..., 0], IMAGES[45:])
    np.testing.assert_array_equal(dataset.y_train, LABELS[:45])


def test_files_that_cannot_be_read_are_set_aside_of_large_data_too(tmp_path, small_limits):
    small_limits()
    opened = open_data(write_tree(tmp_path / "d", files()))
    assert [file.name for file in opened.set_aside] == ["a/damaged.png"]
    both = np.concatenate([opened.dataset.x_train, opened.dataset.x_test])[..., 0]
    assert {image.tobytes() for image in both} == {image.tobytes() for image in IMAGES}


def test_data_cut_off_in_the_middle_are_refused_and_leave_nothing(tmp_path, small_limits):
    small_limits()
    whole = npz(tmp_path / "d.npz")
    open_data(whole)
    whole.write_bytes(whole.read_bytes()[:-2000])
    with pytest.raises(StudioError, match="damaged"):
        open_data(whole)
    folder = idx(tmp_path / "d", pack=gzip.compress, ending=".gz")
    images = folder / "train-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes()[:20_000])
    with pytest.raises(StudioError, match="not a complete IDX file"):
        open_data(folder)
    assert list(scratch_folder().iterdir()) == []


def test_a_damaged_stored_array_is_noticed(tmp_path, small_limits):
    small_limits()
    path = npz(tmp_path / "d.npz", np.savez)
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() == "x_train.npy"
    with pytest.raises(StudioError, match="CRC"):
        open_data(path)


def test_a_file_rewritten_while_it_is_open_changes_nothing_until_it_is_opened_again(tmp_path, small_limits):
    small_limits()
    path = npz(tmp_path / "d.npz", np.savez)
    first = load_dataset(dataset_name(path))
    npz(path, np.savez, x_train=255 - IMAGES[:20], y_train=LABELS[:20])
    np.testing.assert_array_equal(first.x_train[..., 0], IMAGES[:45])
    np.testing.assert_array_equal(load_dataset(dataset_name(path)).x_train[..., 0], 255 - IMAGES[:20])


def test_a_full_disk_is_explained(tmp_path, monkeypatch, small_limits):
    class Full:
        def write(self, content):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            pass

    small_limits()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(StudioError, match="No space left on device") as caught:
        open_data(idx(tmp_path / "d"))
    assert str(tmp_path / "d") in caught.value.what
    assert str(scratch_folder()) in caught.value.why
    assert "Free some space" in caught.value.remedy


def test_what_is_large_needs_free_disk_and_what_is_small_needs_none(tmp_path, monkeypatch, small_limits):
    monkeypatch.setattr(mapped_arrays, "free_bytes", lambda: 0)
    path = npz(tmp_path / "d.npz")
    open_data(path)
    small_limits()
    with pytest.raises(StudioError, match=r"0\.0 GiB can be written"):
        open_data(path)


def test_free_bytes_are_those_of_the_disk_before_the_folder_exists(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path / "not" / "yet"))
    assert FREE_BYTES() == pytest.approx(psutil.disk_usage(str(tmp_path)).free, rel=0.05)
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize("wanted", [slice(2, 7), slice(None, None, 3), np.array([5, 0, 0, 8])])
def test_a_selection_is_indexed_as_the_array_of_it(wanted):
    numbers = np.random.default_rng(0).permutation(60)[:20]
    chosen = Selected(COLOR, numbers)
    np.testing.assert_array_equal(chosen[wanted], COLOR.take(numbers, 0)[wanted])
    assert (len(chosen), chosen.shape, chosen.dtype) == (20, (20, 28, 28, 3), np.uint8)


def test_a_selection_is_never_loaded_whole_by_accident(small_limits):
    small_limits()
    chosen = selected(COLOR, np.arange(30))
    for whole in (np.asarray, np.array, lambda x: np.concatenate([x, x])):
        with pytest.raises(StudioError, match="not loaded into memory"):
            whole(chosen)
    assert isinstance(selected(COLOR, np.arange(1)), np.ndarray)


def test_images_written_one_after_the_other_are_concatenated(small_limits):
    small_limits()
    both = written([Selected(COLOR, np.arange(5)), COLOR[:0], COLOR[7:30]], "here")
    np.testing.assert_array_equal(both, np.concatenate([COLOR[:5], COLOR[7:30]]))
    assert is_mapped(both)
    assert sum(map(len, pieces(both))) == 28
    assert written([COLOR[:0]], "here").shape == (0, 28, 28, 3)


def test_a_store_gives_its_pieces_back_in_memory_and_on_disk(small_limits):
    small_limits()
    with Store("here") as store:
        for count in (1, 3000, 5000, 0, 7):
            start = store.size
            store.add(bytes([count % 256]) * count)
            assert store.part(start, count) == bytes([count % 256]) * count
        assert store.part(1, 2) == b"\xb8\xb8"
        array = store.array(">u2", (4004,))
    assert array[0] == 0x01B8
    assert array.sum() == np.frombuffer(b"\1" + b"\xb8" * 3000 + b"\x88" * 5000 + b"\7" * 7, ">u2").sum()


OPENING = """
import json, sys, threading, time
from pathlib import Path
from cnn_studio.data.opening import open_data

def now():
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines if line.startswith(("RssAnon", "VmRSS"))}

before, peak, done = now(), now(), threading.Event()

def watch():
    while not done.wait(0.005):
        for key, value in now().items():
            peak[key] = max(peak[key], value)

watcher = threading.Thread(target=watch)
watcher.start()
dataset = open_data(Path(sys.argv[1])).dataset
done.set()
watcher.join()
after = now()
print(json.dumps({
    "peak": peak["RssAnon"] - before["RssAnon"], "after": after["RssAnon"] - before["RssAnon"],
    "resident": peak["VmRSS"] - before["VmRSS"], "bytes": dataset.x_train.nbytes, "last": int(dataset.x_train[-1].max()),
}))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what is anonymous")
def test_opening_takes_no_more_memory_the_larger_the_data_are(tmp_path):
    folder, count = tmp_path / "d", 400_000
    folder.mkdir()
    for part, images in (("train", count), ("t10k", 10)):
        with (folder / f"{part}-images-idx3-ubyte").open("wb") as file:
            file.write(struct.pack(">HBB3I", 0, 8, 3, images, 28, 28))
            file.seek(images * 784 - 1, os.SEEK_CUR)
            file.write(b"\xff")
        labels = (np.arange(images) % 10).astype(np.uint8)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx_of(labels))
    output = subprocess.run(
        [sys.executable, "-c", OPENING, str(folder)], capture_output=True, text=True, check=True
    ).stdout
    found = json.loads(output)
    assert found["bytes"] == count * 784 > 300e6
    assert found["last"] == 255
    assert found["peak"] < 130  # MB: up to 67 before it is known to be large, and labels
    assert found["after"] < 40
    assert found["resident"] < 200


def test_the_report_of_large_data_can_be_written_as_json(tmp_path, small_limits):
    small_limits()
    facts = report(open_data(idx(tmp_path / "d")).dataset)
    assert msgspec.json.decode(msgspec.json.encode(facts))["leaked"] == []
