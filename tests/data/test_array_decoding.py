"""IDX, NPZ and CSV, written here byte by byte or by NumPy."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import content_of, noise

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.data.decoding import options as limits
from cnn_studio.data.decoding.options import Options
from cnn_studio.data.opening import open_data
from cnn_studio.data.readers.idx import read_idx

IMAGES = noise(30)[..., 0]
LABELS = np.arange(30) % 3


def idx(array, code=8):
    """Return an array as IDX bytes."""
    return struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape) + array.tobytes()


def write_idx(folder, prefix="", suffix="", labels=LABELS, parts=("train", "t10k")):
    """Write the usual four files: 20 images to train on, 10 to test on."""
    folder.mkdir(exist_ok=True)
    pack = gzip.compress if suffix == ".gz" else bytes
    for part, chosen in (("train", slice(0, 20)), ("t10k", slice(20, 30)), ("test", slice(20, 30))):
        if part in parts:
            (folder / f"{prefix}{part}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(IMAGES[chosen])))
            (folder / f"{prefix}{part}-labels-idx1-ubyte{suffix}").write_bytes(
                pack(idx(labels[chosen].astype(np.uint8)))
            )
    return folder


def check(dataset, train=slice(0, 20), test=slice(20, 30), classes=("0", "1", "2")):
    """Require the images and labels above."""
    np.testing.assert_array_equal(dataset.x_train[..., 0], IMAGES[train])
    np.testing.assert_array_equal(dataset.x_test[..., 0], IMAGES[test])
    np.testing.assert_array_equal(dataset.y_train, LABELS[train])
    np.testing.assert_array_equal(dataset.y_test, LABELS[test])
    assert dataset.info.classes == classes


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_folder_and_single_file_give_all_four_files(tmp_path, suffix):
    folder = write_idx(tmp_path / "d", suffix=suffix)
    check(open_data(folder).dataset)
    check(open_data(folder / f"train-images-idx3-ubyte{suffix}").dataset)
    check(open_data(folder / f"train-labels-idx1-ubyte{suffix}").dataset)


def test_idx_names_with_a_dot_and_a_pair_alone(tmp_path):
    (tmp_path / "t10k-images.idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "t10k-labels.idx1-ubyte").write_bytes(idx(LABELS.astype(np.uint8)))
    dataset = open_data(tmp_path / "t10k-images.idx3-ubyte").dataset
    assert np.bincount(dataset.y_test).tolist() == [2, 2, 2]
    assert content_of(dataset) == {
        (image.tobytes(), str(label)) for image, label in zip(IMAGES, LABELS, strict=True)
    }


def test_emnist_is_set_upright_and_its_letters_have_names(tmp_path):
    folder = write_idx(tmp_path / "d", "emnist-letters-", ".gz", LABELS + 1, ("train", "test"))
    dataset = open_data(folder).dataset
    assert dataset.info.classes == ("A", "B", "C")
    np.testing.assert_array_equal(dataset.x_train[3, :, :, 0], IMAGES[3].T)
    np.testing.assert_array_equal(dataset.y_train, LABELS[:20])


def test_two_sets_in_one_folder_must_be_told_apart(tmp_path):
    folder = write_idx(tmp_path / "d", "emnist-digits-", parts=("train", "test"))
    write_idx(folder, "emnist-mnist-", parts=("train", "test"))
    with pytest.raises(StudioError, match=r"several data sets.*emnist-digits-, emnist-mnist-"):
        open_data(folder)
    assert open_data(folder / "emnist-mnist-train-images-idx3-ubyte").dataset.info.train_size == 20


def test_extended_labels_of_qmnist_give_their_first_column(tmp_path):
    table = np.full((30, 8), 2500, ">i4")
    table[:, 0] = LABELS
    (tmp_path / "qmnist-test-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "qmnist-test-labels-idx2-int").write_bytes(idx(table, 12))
    assert open_data(tmp_path / "qmnist-test-images-idx3-ubyte").dataset.info.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\0\0\x08", "IDX header"),
        (b"\x1f\x8b\x08\x08" + bytes(20), "IDX header"),
        (idx(IMAGES)[:9], "ends within its header"),
        (idx(IMAGES)[:-1], "30 x 28 x 28, 23,520 bytes; received 23,519"),
        (idx(IMAGES) + b"x", "received more"),
        (struct.pack(">HBB3I", 0, 8, 3, 4_000_000_000, 28, 28), "2,920.6 GiB"),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_that_is_not_whole_is_explained(tmp_path, content, said, suffix):
    folder = write_idx(tmp_path / "d", suffix=suffix)
    path = folder / f"train-images-idx3-ubyte{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(StudioError) as caught:
        open_data(folder)
    assert said in caught.value.why
    assert str(path) in caught.value.what


def test_idx_packed_and_cut_off_missing_labels_and_a_wrong_count(tmp_path):
    folder = write_idx(tmp_path / "a", suffix=".gz")
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(StudioError, match="not a complete IDX file"):
        open_data(folder)
    folder = write_idx(tmp_path / "b")
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(StudioError, match="train-labels-idx1-ubyte is expected beside it"):
        open_data(folder)
    folder = write_idx(tmp_path / "c")
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(LABELS[:19].astype(np.uint8)))
    with pytest.raises(StudioError, match="20 images but 19 labels"):
        open_data(folder)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_are_an_array_or_a_studio_error(content):
    try:
        array = read_idx(io.BytesIO(b"\0\0" + content), "somewhere")
    except StudioError as error:
        assert error.what and error.why and error.remedy
    else:
        assert len(content) == 2 + 4 * array.ndim + array.nbytes


KERAS = {"x_train": IMAGES[:20], "y_train": LABELS[:20], "x_test": IMAGES[20:], "y_test": LABELS[20:]}


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


def test_npz_of_keras_keeps_order_and_parts(tmp_path):
    check(open_data(saved(tmp_path / "d.npz", **KERAS)).dataset)


def test_shipped_mnist_opens_as_own_data():
    dataset = open_data(resource("datasets", "mnist.npz")).dataset
    assert dataset.x_train.shape == (60_000, 28, 28, 1)
    assert np.bincount(dataset.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_npz_of_medmnist_with_a_column_of_labels(tmp_path):
    color = noise(30, channels=3)
    path = saved(
        tmp_path / "pathmnist.npz",
        train_images=color[:15], train_labels=LABELS[:15, None].astype(np.uint8),
        val_images=color[15:20], val_labels=LABELS[15:20, None].astype(np.uint8),
        test_images=color[20:], test_labels=LABELS[20:, None].astype(np.uint8),
    )  # fmt: skip
    opened = open_data(path)
    np.testing.assert_array_equal(opened.dataset.x_train, color[:20])
    np.testing.assert_array_equal(opened.dataset.y_train, LABELS[:20])
    np.testing.assert_array_equal(opened.dataset.y_test, LABELS[20:])
    assert opened.dataset.y_train.ndim == 1


@pytest.mark.parametrize(("x", "y"), [("x", "y"), ("X", "Y"), ("images", "labels"), ("arr_0", "arr_1")])
def test_npz_of_one_pair_is_split_by_class(tmp_path, x, y):
    dataset = open_data(saved(tmp_path / "d.npz", **{x: IMAGES, y: LABELS})).dataset
    assert np.bincount(dataset.y_train).tolist() == [8, 8, 8]
    assert np.bincount(dataset.y_test).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("images", "note"),
    [
        (IMAGES.astype(np.float32) / 255, "0 to 1"),
        (IMAGES / 127.5 - 1, "-1 to 1"),
        (IMAGES.astype(np.float64), ""),
        (IMAGES.astype(np.uint16) * 257, "16 bits"),
        (IMAGES[:, None], ""),
        (IMAGES[..., None], ""),
        (IMAGES.reshape(30, 784), ""),
        (IMAGES.astype(">i4"), ""),
    ],
)
def test_every_kind_of_array_gives_the_same_bytes(tmp_path, images, note):
    arrays = {"x_train": images[:20], "y_train": LABELS[:20], "x_test": images[20:], "y_test": LABELS[20:]}
    opened = open_data(saved(tmp_path / "d.npz", **arrays))
    check(opened.dataset)
    assert bool(opened.notes) == bool(note)
    assert note in " ".join(opened.notes)


def test_channels_first_color_is_recognized(tmp_path):
    color = noise(12, 20, 24, 3)
    dataset = open_data(saved(tmp_path / "d.npz", x=np.moveaxis(color, 3, 1), y=np.arange(12) % 2)).dataset
    assert dataset.info.image_shape == (20, 24, 3)
    assert {image.tobytes() for image in dataset.x_train} <= {image.tobytes() for image in color}


def test_size_and_channels_are_chosen_for_arrays_too(tmp_path):
    path = saved(tmp_path / "d.npz", **KERAS)
    assert open_data(path, Options(size=(14, 20), channels="color")).image_shape == (14, 20, 3)
    color = np.zeros((12, 8, 8, 3), np.uint8)
    color[..., 1] = 100
    gray = open_data(
        saved(tmp_path / "c.npz", x=color, y=np.arange(12) % 2), Options(channels="gray")
    ).dataset
    assert set(np.unique(gray.x_train)) == {59}  # ITU-R BT.601: 0.587 of green


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (np.eye(3)[LABELS], ("0", "1", "2")),
        (np.array(["ten", "b2", "b10"])[LABELS], ("b2", "b10", "ten")),
        (LABELS.astype(np.float64), ("0", "1", "2")),
        (LABELS * 5 + 2, ("2", "7", "12")),
    ],
)
def test_labels_as_rows_text_floats_and_with_gaps(tmp_path, labels, classes):
    dataset = open_data(saved(tmp_path / "d.npz", x=IMAGES, y=labels)).dataset
    assert dataset.info.classes == classes
    text = labels if labels.ndim == 1 else LABELS
    names = [value if isinstance(value, str) else str(int(value)) for value in text.tolist()]
    assert content_of(dataset) == {(image.tobytes(), name) for image, name in zip(IMAGES, names, strict=True)}


def test_names_of_classes_in_the_archive_are_used(tmp_path):
    path = saved(tmp_path / "d.npz", **KERAS, class_names=np.array(["cat", "dog", "eel"]))
    check(open_data(path).dataset, classes=("cat", "dog", "eel"))
    short = saved(tmp_path / "s.npz", **KERAS, class_names=np.array(["cat", "dog"]))
    with pytest.raises(StudioError, match=r"Label 2 of the train part.*0 to 1; received 2"):
        open_data(short)


def with_nan():
    images = IMAGES / 255
    images[7, 3, 3] = np.nan
    return images


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": with_nan(), "y": LABELS}, "Image 7 of the train part .*NaN"),
        ({"x": IMAGES, "y": LABELS[:29]}, "30 images but 29 labels"),
        ({"x": IMAGES, "y": LABELS - 1}, "Label 0 should be a whole number from 0 to 65,535; received -1"),
        ({"x": IMAGES, "y": LABELS + 0.5}, "Label 0 .*received 0.5"),
        ({"x": IMAGES, "y": np.ones((30, 14))}, "several labels|row 0 has 14 values"),
        ({"x": IMAGES, "y": LABELS * 0}, "the labels have 1"),
        ({"x": IMAGES * 1000.0, "y": LABELS}, "0 to 255000"),
        (
            {"x": IMAGES[:, :, :27].reshape(30, -1), "y": LABELS},
            "756 values, which do not form a square image",
        ),
        ({"x": np.zeros((30, 8, 8, 2)), "y": LABELS}, r"\(30, 8, 8, 2\)"),
        ({"x": np.array(["a"] * 30), "y": LABELS}, "Numbers are expected"),
        ({"a": IMAGES, "b": LABELS}, "it has a, b"),
        ({"x": np.zeros((0, 28, 28)), "y": np.zeros(0)}, r"\(0, 28, 28\) is not"),
        ({"x": IMAGES, "y": np.array([object()] * 30)}, "Python objects"),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES[:, :9], "y_test": LABELS},
            "train 28 x 28 x 1; test 9 x",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_explained(tmp_path, arrays, said):
    with pytest.raises(StudioError, match=said) as caught:
        open_data(saved(tmp_path / "d.npz", **arrays))
    assert "d.npz" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half", b"nothing of the kind"])
def test_damaged_npz_is_explained(tmp_path, content):
    path = tmp_path / "d.npz"
    path.write_bytes(content)
    with pytest.raises(StudioError, match=r"d\.npz"):
        open_data(path)


def test_npz_that_claims_more_than_it_has_takes_no_memory(tmp_path):
    def lying(shape):
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
        return header.getvalue() + bytes(100)

    for shape, said in (((10**9, 28, 28), "GiB"), ((1000, 28, 28), "1000 x 28 x 28")):
        with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
            archive.writestr("x.npy", lying(shape))
            archive.writestr("y.npy", lying((100,)))
        with pytest.raises(StudioError, match=said):
            open_data(tmp_path / "d.npz")


def table(images=IMAGES, labels=LABELS, header=True, last=False):
    """Return the rows of a CSV file as text."""
    pixels = images.reshape(len(images), -1).astype(str).tolist()
    rows = [
        [*row, str(label)] if last else [str(label), *row] for row, label in zip(pixels, labels, strict=True)
    ]
    names = [f"pixel{number}" for number in range(len(pixels[0]))]
    if header:
        rows.insert(0, [*names, "label"] if last else ["label", *names])
    return "\n".join(",".join(row) for row in rows) + "\n"


EXPECTED = {(image.tobytes(), str(label)) for image, label in zip(IMAGES, LABELS, strict=True)}


@pytest.mark.parametrize(
    "text",
    [
        table(),
        table(header=False),
        table(last=True),
        "\ufeff" + table(),
        table().replace("\n", "\r\n"),
        table() + "\n\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_csv_with_and_without_header(tmp_path, text, packed):
    path = tmp_path / ("d.csv.gz" if packed else "d.csv")
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    dataset = open_data(path).dataset
    assert content_of(dataset) == EXPECTED
    assert dataset.info.image_shape == (28, 28, 1)


def test_csv_with_text_labels_quotes_and_floats(tmp_path):
    names = np.array(["cat", "dog", "eel"])[LABELS]
    path = tmp_path / "d.csv"
    path.write_text(table(labels=[f'"{name}"' for name in names]))
    assert open_data(path).dataset.info.classes == ("cat", "dog", "eel")
    path.write_text(table(images=IMAGES / 255))
    assert content_of(open_data(path).dataset) == EXPECTED


def test_csv_of_other_shapes(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(table(images=noise(30, 8, 8, 3)))
    assert open_data(path).image_shape == (8, 8, 3)
    path.write_text(table(images=noise(30, 6, 9)))
    with pytest.raises(StudioError, match="54 pixels, which do not form a square image"):
        open_data(path)
    assert open_data(path, Options(size=(6, 9))).image_shape == (6, 9, 1)


def test_csv_beside_takes_the_test_set_only_if_it_has_labels(tmp_path):
    (tmp_path / "x_train.csv").write_text(table(IMAGES[:20], LABELS[:20]))
    (tmp_path / "x_test.csv").write_text(table(IMAGES[20:], LABELS[20:]))
    opened = open_data(tmp_path / "x_train.csv")
    check(opened.dataset)
    assert "x_test.csv" in " ".join(opened.notes)
    unlabeled = "\n".join(",".join(line.split(",")[1:]) for line in table().splitlines())
    (tmp_path / "x_test.csv").write_text(unlabeled)
    assert open_data(tmp_path / "x_train.csv").dataset.info.test_size == 3
    with pytest.raises(
        StudioError, match="Line 1: a column called 'label' is expected, the first is 'pixel0'"
    ):
        open_data(tmp_path / "x_test.csv")


def edited(line, change):
    lines = table().splitlines()
    lines[line - 1] = change(lines[line - 1])
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            edited(7, lambda row: row.rsplit(",", 1)[0]),
            "Line 7: 785 columns are expected as in the first line, it has 784",
        ),
        (edited(9, lambda row: row + ",1"), "Line 9: .* it has 786"),
        (
            edited(5, lambda row: row.rsplit(",", 1)[0] + ",blue"),
            "Line 5: a number is expected as pixel 783, received 'blue'",
        ),
        (
            edited(5, lambda row: row.rsplit(",", 1)[0] + ","),
            "Line 5: a number is expected as pixel 783, received ''",
        ),
        (
            edited(4, lambda row: row.rsplit(",", 1)[0] + ",nan"),
            "Line 4: a number is expected as pixel 783, received nan",
        ),
        (edited(4, lambda row: row.rsplit(",", 1)[0] + ",256"), "0 to 256"),
        (edited(3, lambda row: "-1," + row.split(",", 1)[1]), "Label 1 .*received -1"),
        ("", "is empty"),
        (table().splitlines()[0], "has no rows"),
        ("a;b;c\n1;2;3\n", "Line 1: a label and a column per pixel"),
        ("\0" * 100, "Line 1"),
    ],
)
def test_csv_that_is_wrong_names_the_line(tmp_path, text, said):
    path = tmp_path / "d.csv"
    path.write_text(text)
    with pytest.raises(StudioError, match=said) as caught:
        open_data(path)
    assert str(path) in str(caught.value)


def test_csv_packed_and_cut_off_or_not_text(tmp_path):
    path = tmp_path / "d.csv.gz"
    path.write_bytes(gzip.compress(table().encode())[:-200])
    with pytest.raises(StudioError, match="damaged"):
        open_data(path)
    (tmp_path / "d.csv").write_bytes(b"\xff\xfe" + table().encode("utf-16-le"))
    with pytest.raises(StudioError, match=r"d\.csv"):
        open_data(tmp_path / "d.csv")


def test_a_line_without_end_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr("cnn_studio.data.readers.csv_tables.LONGEST_LINE", 1000)
    (tmp_path / "d.csv").write_text("1," * 5000)
    with pytest.raises(StudioError, match="at most 1,000 characters"):
        open_data(tmp_path / "d.csv")


def test_images_that_would_fit_neither_into_memory_nor_onto_the_disk_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(mapped_arrays, "LARGE_BYTES", 20_000)
    monkeypatch.setattr(mapped_arrays, "free_bytes", lambda: limits.SPARE_BYTES + 23_000)
    with pytest.raises(StudioError, match=r"claims 30 x 28 x 28 x 1 values.*can be written"):
        open_data(saved(tmp_path / "d.npz", x=IMAGES, y=LABELS))
