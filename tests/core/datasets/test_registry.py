"""The data sets are the published ones, bit for bit."""

import hashlib
import struct

import numpy as np
import pytest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import registry
from cnn_studio.core.datasets.registry import REGISTRY, dataset_info, load_dataset, load_subset

ARRAYS = {
    ("mnist", "x_train"): "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ("mnist", "y_train"): "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ("mnist", "x_test"): "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ("mnist", "y_test"): "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ("fashion_mnist", "x_train"): "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
    ("fashion_mnist", "y_train"): "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
    ("fashion_mnist", "x_test"): "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
    ("fashion_mnist", "y_test"): "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
}
# Of the four files LeCun, Cortes and Burges published, unpacked.
MNIST_IDX = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
MNIST_CLASS_COUNTS = {
    "train": [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    "test": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
}


@pytest.fixture(scope="module")
def archives():
    """The stored arrays of both files, as they are in them."""
    found = {}
    for name, info in REGISTRY.items():
        with np.load(resource("datasets", info.file), allow_pickle=False) as archive:
            found |= {(name, key): archive[key] for key in archive.files}
    return found


def test_files_hold_the_known_arrays_and_nothing_else(archives):
    assert {key: hashlib.sha256(array.tobytes()).hexdigest() for key, array in archives.items()} == ARRAYS
    assert {array.dtype for array in archives.values()} == {np.dtype(np.uint8)}


@pytest.mark.parametrize("key", MNIST_IDX)
def test_mnist_is_the_published_idx_file_without_its_header(archives, key):
    array = archives["mnist", key]
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    assert hashlib.sha256(header + array.tobytes()).hexdigest() == MNIST_IDX[key]


@pytest.mark.parametrize("name", REGISTRY)
def test_loaded_data_set_keeps_the_promised_shapes_and_the_stored_values(archives, name):
    data = load_dataset(name)
    assert data.x_train.shape == (60_000, 28, 28, 1)
    assert data.x_test.shape == (10_000, 28, 28, 1)
    assert data.x_train.dtype == data.x_test.dtype == np.uint8
    assert data.y_train.dtype == data.y_test.dtype == np.int32
    np.testing.assert_array_equal(data.x_test[..., 0], archives[name, "x_test"])
    np.testing.assert_array_equal(data.y_train, archives[name, "y_train"])
    assert len(data.info.classes) == 10
    for subset in ("train", "test"):
        images, labels = data.subset(subset)
        alone_images, alone_labels = load_subset(name, subset)
        np.testing.assert_array_equal(alone_labels, labels)
        assert alone_images.shape == images.shape


def test_mnist_classes_are_spread_as_published():
    for subset, counts in MNIST_CLASS_COUNTS.items():
        assert np.bincount(load_subset("mnist", subset)[1]).tolist() == counts


def test_fashion_mnist_has_equal_classes_with_zalandos_names():
    assert np.bincount(load_subset("fashion_mnist", "train")[1]).tolist() == [6000] * 10
    assert np.bincount(load_subset("fashion_mnist", "test")[1]).tolist() == [1000] * 10
    assert dataset_info("fashion_mnist").classes[0] == "T-shirt/top"
    assert dataset_info("fashion_mnist").classes[9] == "Ankle boot"


def test_unknown_data_set_names_the_choices():
    with pytest.raises(StudioError, match=r"no data set 'cifar'.*mnist, fashion_mnist"):
        load_dataset("cifar")


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 half an archive", b"not an archive at all"])
def test_damaged_file_is_explained_with_its_path(monkeypatch, tmp_path, content):
    path = tmp_path / "mnist.npz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr(registry, "resource", lambda *parts: path)
    with pytest.raises(StudioError, match="Cannot read the data set MNIST digits") as caught:
        load_dataset("mnist")
    assert str(path) in caught.value.why
    assert caught.value.remedy


def test_data_sets_are_described_in_their_readme():
    text = resource("datasets", "README.md").read_text(encoding="utf-8")
    for info in REGISTRY.values():
        assert info.license in text
        assert hashlib.sha256(resource("datasets", info.file).read_bytes()).hexdigest() in text
    for digest in (*ARRAYS.values(), *MNIST_IDX.values()):
        assert digest in text
