"""Model files: ours come back whole, strangers' are refused and never run."""

import io
import zipfile

import h5py
import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.predictions import load_evaluation
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.model_card import CARD_ENTRY, card_for
from cnn_studio.engine import model_files
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.model_files import info_of, load_keras, save_keras

WEIGHTS = "model.weights.h5"
CONFIG = "config.json"
KERNEL = "layers/dense/vars/0"
SMALL = msgspec.structs.replace(
    find_recipe("studio-quick"), layers=(Flatten(), Dense(units=10, activation="softmax"))
)
CARD = card_for(SMALL, tuple("0123456789"), (28, 28, 1), 1 / 255, 0.0)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """A small whole file of ours."""
    path = tmp_path_factory.mktemp("models") / "good.keras"
    save_keras(build_model(SMALL, info_of(CARD)), CARD, path)
    return path


def entries_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(good, path, compression=zipfile.ZIP_STORED, **changes):
    """Copy a model file with some entries changed ("card", "weights", "config"); None leaves one out."""
    names = {"card": CARD_ENTRY, "weights": WEIGHTS, "config": CONFIG}
    entries = entries_of(good) | {names[key]: content for key, content in changes.items()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def with_changed_numbers(good, path, change):
    """Copy a model file after `change` worked on its open HDF5 file."""
    file = io.BytesIO(entries_of(good)[WEIGHTS])
    with h5py.File(file, "r+") as numbers:
        change(numbers)
    return rewritten(good, path, weights=file.getvalue())


def test_saved_network_comes_back_with_the_same_answers_and_card(tiny_run):
    model, card = load_keras(tiny_run.folder / "model.keras")
    images = load_subset("mnist", "test")[0][:500]
    answers = np.asarray(model(images.astype(np.float32) * card.input_scale + card.input_offset))
    expected = load_evaluation(tiny_run.folder / "evaluation.npz").probabilities[:500]
    np.testing.assert_allclose(answers, expected, atol=1e-5)
    assert card.classes == tiny_run.record.classes
    assert card.input_scale == pytest.approx(1 / 255)


def test_names_of_the_test_files_are_keras_own(good):
    assert {CONFIG, WEIGHTS, "metadata.json", CARD_ENTRY} == set(entries_of(good))
    with h5py.File(io.BytesIO(entries_of(good)[WEIGHTS])) as numbers:
        assert numbers[KERNEL].shape == (784, 10)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(StudioError, match=r"no file .*gone\.keras"):
        load_keras(tmp_path / "gone.keras")


def test_file_of_plain_keras_is_refused_with_a_reason(tmp_path):
    build_model(SMALL, info_of(CARD)).save(tmp_path / "plain.keras")
    with pytest.raises(StudioError, match=r"can carry code.*not written by CNN Studio") as caught:
        load_keras(tmp_path / "plain.keras")
    assert ".onnx" in caught.value.remedy


def test_code_hidden_behind_our_card_never_runs(good, tmp_path):
    marker = tmp_path / "it-ran"
    code = f"lambda x: (open({str(marker)!r}, 'w').close(), x)[1]"
    evil = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Lambda(eval(code)), *build_model(SMALL, info_of(CARD)).layers]
    )
    evil.save(tmp_path / "evil.keras")
    marker.unlink()
    keras.models.load_model(tmp_path / "evil.keras", safe_mode=False)
    assert marker.exists(), "the file of this test should be dangerous to those who trust it"
    marker.unlink()
    path = rewritten(good, tmp_path / "ours.keras", config=entries_of(tmp_path / "evil.keras")[CONFIG])
    model, _ = load_keras(path)
    model(np.zeros((1, 28, 28, 1), np.float32))
    assert not marker.exists()
    assert [type(layer).__name__ for layer in model.layers] == ["Flatten", "Dense"]


def external_link(numbers):
    del numbers[KERNEL]
    numbers[KERNEL] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(numbers):
    del numbers[KERNEL]
    numbers[KERNEL] = h5py.SoftLink("/layers/dense/vars/1")


def external_storage(numbers):
    del numbers[KERNEL]
    numbers.create_dataset(KERNEL, (784, 10), "f4", external=[("/etc/passwd", 0, 31360)])


def virtual(numbers):
    del numbers[KERNEL]
    layout = h5py.VirtualLayout((784, 10), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (784, 10))
    numbers.create_virtual_dataset(KERNEL, layout)


def oversized(numbers):
    del numbers[KERNEL]
    numbers.create_dataset(KERNEL, (10**5, 10**5), "f4", chunks=(1000, 1000), compression="gzip")


def oversized_elsewhere(numbers):
    numbers.create_dataset("extra", (10**5, 10**5), "f4", chunks=(1000, 1000), compression="gzip")


def empty(numbers):
    del numbers[KERNEL]
    numbers.create_dataset(KERNEL, data=h5py.Empty("f4"))


def wrong_shape(numbers):
    del numbers[KERNEL]
    numbers.create_dataset(KERNEL, data=np.zeros((10, 784), "f4"))


def texts(numbers):
    del numbers[KERNEL]
    numbers.create_dataset(KERNEL, data=np.full((784, 10), b"x", "S1"))


def named_type(numbers):
    numbers["extra"] = np.dtype("f4")


def missing(numbers):
    del numbers[KERNEL]


def group_for_numbers(numbers):
    del numbers[KERNEL]
    numbers.create_group(KERNEL)


def endless(numbers):
    numbers["layers/dense/again"] = numbers["layers"]


@pytest.mark.parametrize(
    "change",
    [
        external_link,
        soft_link,
        external_storage,
        virtual,
        oversized,
        oversized_elsewhere,
        empty,
        wrong_shape,
        texts,
        named_type,
        missing,
        group_for_numbers,
        endless,
    ],
    ids=lambda change: change.__name__,
)
def test_numbers_that_are_not_plainly_the_networks_are_refused(good, tmp_path, change):
    path = with_changed_numbers(good, tmp_path / "changed.keras", change)
    with pytest.raises(StudioError, match=r"changed\.keras"):
        load_keras(path)


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file_is_explained(good, tmp_path, keep):
    content = good.read_bytes()
    path = tmp_path / "half.keras"
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(StudioError, match=r"half\.keras cannot be opened.*damaged"):
        load_keras(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_single_damaged_bytes_never_end_in_anything_but_an_explanation(good, tmp_path, compression):
    content = rewritten(good, tmp_path / "whole.keras", compression).read_bytes()
    random = np.random.default_rng(0)
    tail = np.arange(max(0, len(content) - 400), len(content), 9)
    path = tmp_path / "damaged.keras"
    refused = 0
    for place in (*tail, *range(0, 60, 4), *random.integers(0, len(content), 15)):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            load_keras(path)
        except StudioError:
            refused += 1
    assert refused > 15


def test_numbers_that_are_not_hdf5_are_refused(good, tmp_path):
    with pytest.raises(StudioError, match="damaged"):
        load_keras(rewritten(good, tmp_path / "x.keras", weights=b"\x89HDF\r\n\x1a\n nothing follows"))


def test_file_without_numbers_is_refused(good, tmp_path):
    with pytest.raises(StudioError, match="damaged"):
        load_keras(rewritten(good, tmp_path / "x.keras", weights=None))


@pytest.mark.parametrize(("entry", "size"), [("card", 3 * 2**20), ("weights", 64 * 2**20)])
def test_entry_that_would_fill_the_memory_is_not_unpacked(good, tmp_path, entry, size):
    path = rewritten(good, tmp_path / "bomb.keras", zipfile.ZIP_DEFLATED, **{entry: bytes(size)})
    assert path.stat().st_size < 200_000
    with pytest.raises(StudioError, match=f"claims {size:,} bytes"):
        load_keras(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"input_shape": (28, 28)},
        {"input_shape": (-28, 28, 1)},
        {"input_shape": (0, 28, 1)},
        {"classes": ("a", "b")},
        {"recipe": {}},
        {"recipe": {**CARD.recipe, "layers": [{"type": "Lambda"}]}},
        {"recipe": {**CARD.recipe, "layers": []}},
    ],
    ids=repr,
)
def test_card_that_does_not_describe_the_numbers_is_refused(good, tmp_path, changes):
    card = msgspec.json.encode(msgspec.structs.replace(CARD, **changes))
    with pytest.raises(StudioError):
        load_keras(rewritten(good, tmp_path / "x.keras", card=card))


def test_network_larger_than_its_file_is_refused_before_it_is_built(good, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(model_files, "build_model", lambda *arguments: built.append(arguments))
    card = msgspec.json.encode(msgspec.structs.replace(CARD, input_shape=(1_000_000, 1_000_000, 1)))
    with pytest.raises(StudioError):
        load_keras(rewritten(good, tmp_path / "x.keras", card=card))
    assert built == []
