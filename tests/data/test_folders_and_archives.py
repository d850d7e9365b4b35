"""Folders, ZIP and tar: the same files give the same data, and nothing hostile gets anywhere."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image
from samples import content_of, encoded, noise, write_tar, write_tree, write_zip

from cnn_studio.core.base.errors import StudioError
from cnn_studio.data.decoding.options import Options
from cnn_studio.data.opening import open_data
from cnn_studio.data.readers import archives

NAMES = ("cat", "dog", "Ant")


def labeled_files(prefix="", count=30):
    """Return {"class/number.png": bytes} and the set of (pixels, class) they hold."""
    images = noise(count)
    names = [NAMES[number % 3] for number in range(count)]
    files = {
        f"{prefix}{name}/{n}.png": encoded(image)
        for n, (image, name) in enumerate(zip(images, names, strict=True))
    }
    return files, {(image.tobytes(), name) for image, name in zip(images, names, strict=True)}


FORMS = {
    "folder": lambda path, files: write_tree(path / "data", files),
    "zip": lambda path, files: write_zip(path / "data.zip", files),
    "tar": lambda path, files: write_tar(path / "data.tar", files, "w"),
    "tar.gz": lambda path, files: write_tar(path / "data.tar.gz", files, "w:gz"),
    "tar.xz": lambda path, files: write_tar(path / "data.tar.xz", files, "w:xz"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("prefix", ["", "flowers/", "a/b/"])
def test_every_form_gives_the_same_images_classes_and_labels(tmp_path, form, prefix):
    files, expected = labeled_files(prefix)
    opened = open_data(FORMS[form](tmp_path, files))
    assert opened.dataset.info.classes == ("Ant", "cat", "dog")
    assert opened.image_shape == (28, 28, 1)
    assert content_of(opened.dataset) == expected
    assert np.bincount(opened.dataset.y_test).tolist() == [2, 2, 2]
    assert (opened.dataset.info.train_size, opened.dataset.info.test_size) == (24, 6)
    assert opened.set_aside == ()
    assert opened.dataset.y_train.dtype == np.int32


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_every_image_knows_its_file(tmp_path, form):
    files, _ = labeled_files("flowers/")
    dataset = open_data(FORMS[form](tmp_path, files)).dataset
    for images, names in ((dataset.x_train, dataset.train_names), (dataset.x_test, dataset.test_names)):
        for image, name in zip(images, names, strict=True):
            assert encoded(image) == files[name]


def test_images_that_join_others_keep_their_files(tmp_path):
    images = noise(10)
    parts = ["train"] * 6 + ["val"] * 2 + ["test"] * 2
    files = {f"{part}/{n % 2}/{n}.png": encoded(images[n]) for n, part in enumerate(parts)}
    files["train/0/no.png"] = b"no image"
    dataset = open_data(write_tree(tmp_path / "d", files)).dataset
    assert [encoded(image) for image in dataset.x_train] == [files[name] for name in dataset.train_names]
    assert set(dataset.test_names) == {"test/0/8.png", "test/1/9.png"}


def test_same_seed_same_data_another_seed_another_test_set(tmp_path):
    folder = write_tree(tmp_path / "data", labeled_files()[0])
    first, again = open_data(folder).dataset, open_data(folder).dataset
    np.testing.assert_array_equal(first.x_train, again.x_train)
    np.testing.assert_array_equal(first.y_test, again.y_test)
    other = open_data(folder, Options(seed=1)).dataset
    assert not np.array_equal(first.x_test, other.x_test)


def test_images_are_mixed_so_that_the_last_ones_hold_every_class(tmp_path):
    files, _ = labeled_files(count=60)
    labels = open_data(write_tree(tmp_path / "data", files)).dataset.y_train
    assert set(labels[-12:]) == {0, 1, 2}


def test_class_names_are_sorted_as_people_count(tmp_path):
    image = encoded(noise(1)[0])
    files = {f"{name}/{number}.png": image for name in ("10", "2", "b1", "A10", "a9") for number in range(2)}
    assert open_data(write_tree(tmp_path / "d", files)).dataset.info.classes == ("2", "10", "a9", "A10", "b1")


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "TESTING"), ("train", "val")])
def test_folders_of_parts_are_kept_apart(tmp_path, train, test):
    images = noise(8)
    files = {f"mnist_png/{train}/{n % 2}/{n}.png": encoded(images[n]) for n in range(6)}
    files |= {f"mnist_png/{test}/{n % 2}/{n}.png": encoded(images[n]) for n in (6, 7)}
    dataset = open_data(write_zip(tmp_path / "d.zip", files)).dataset
    assert {image.tobytes() for image in dataset.x_train} == {image.tobytes() for image in images[:6]}
    assert {image.tobytes() for image in dataset.x_test} == {image.tobytes() for image in images[6:]}
    assert dataset.info.classes == ("0", "1")


def test_validation_images_beside_test_images_join_the_training_images_and_it_is_said(tmp_path):
    images = noise(10)
    parts = ["train"] * 6 + ["val"] * 2 + ["test"] * 2
    files = {f"{part}/{n % 2}/{n}.png": encoded(images[n]) for n, part in enumerate(parts)}
    opened = open_data(write_tree(tmp_path / "d", files))
    assert (len(opened.dataset.x_train), len(opened.dataset.x_test)) == (8, 2)
    assert any("2 validation images were added" in note for note in opened.notes)


def test_a_class_called_train_is_a_class(tmp_path):
    files = {
        f"{name}/old/{n}.png": encoded(noise(1, seed=n)[0])
        for n in range(4)
        for name in ("car", "train", "plane")
    }
    assert open_data(write_tree(tmp_path / "d", files)).dataset.info.classes == ("car", "plane", "train")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "JPEG"])
def test_every_image_format_is_decoded(tmp_path, kind):
    lossless = {"WEBP": {"lossless": True}}.get(kind, {})
    gray = np.repeat(np.arange(0, 256, 10, dtype=np.uint8)[:, None], 26, axis=1)[..., None]
    files = {f"{name}/{n}.{kind.lower()}": encoded(gray, kind, **lossless) for name in "ab" for n in range(2)}
    image = open_data(write_tree(tmp_path / "d", files)).dataset.x_train[0]
    assert image.shape == (26, 26, 1)
    assert np.abs(image.astype(int) - gray).max() <= (6 if kind == "JPEG" else 0)


def test_color_is_kept_where_there_is_some_and_gray_stored_as_color_is_gray(tmp_path):
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 200
    gray = np.full((8, 8, 3), 90, np.uint8)
    colored = {
        "a/1.png": encoded(red),
        "a/2.png": encoded(gray),
        "b/1.png": encoded(gray),
        "b/2.png": encoded(red),
    }
    dataset = open_data(write_tree(tmp_path / "c", colored)).dataset
    assert dataset.info.image_shape == (8, 8, 3)
    assert {tuple(image[0, 0]) for image in dataset.x_train} <= {(200, 0, 0), (90, 90, 90)}
    plain = {f"{name}/{n}.png": encoded(gray) for name in "ab" for n in range(2)}
    assert open_data(write_tree(tmp_path / "g", plain)).image_shape == (8, 8, 1)
    folder = write_tree(tmp_path / "f", colored)
    asked = open_data(folder, Options(channels="gray")).dataset
    assert asked.info.image_shape == (8, 8, 1)
    # ITU-R BT.601: 0.299 of red.
    assert set(np.unique(np.concatenate([asked.x_train, asked.x_test]))) == {60, 90}
    assert open_data(write_tree(tmp_path / "h", plain), Options(channels="color")).image_shape == (8, 8, 3)


def test_images_of_different_sizes_become_28_by_28_on_black_and_it_is_said(tmp_path):
    wide = np.full((10, 40, 1), 255, np.uint8)
    tall = np.full((60, 20, 1), 255, np.uint8)
    files = {
        "wide/1.png": encoded(wide),
        "wide/2.png": encoded(wide),
        "tall/1.png": encoded(tall),
        "tall/2.png": encoded(tall),
    }
    opened = open_data(write_tree(tmp_path / "d", files))
    assert opened.image_shape == (28, 28, 1)
    for image, label in zip(opened.dataset.x_train, opened.dataset.y_train, strict=True):
        rows, columns = (image[..., 0] > 0).any(axis=1), (image[..., 0] > 0).any(axis=0)
        # 10 x 40 becomes 7 x 28, in rows 10 to 16; 60 x 20 becomes 28 x 9, in columns 9 to 17.
        across, along = (columns, rows) if opened.dataset.info.classes[label] == "tall" else (rows, columns)
        assert along.all()
        expected = np.arange(9, 18) if opened.dataset.info.classes[label] == "tall" else np.arange(10, 17)
        np.testing.assert_array_equal(np.flatnonzero(across), expected)
    assert any("10 x 40 to 60 x 20 pixels" in note and "28 x 28" in note for note in opened.notes)


def test_wanted_size_is_taken_and_images_alike_keep_theirs(tmp_path):
    files = {f"{name}/{n}.png": encoded(noise(1, 20, 30, seed=n)[0]) for name in "ab" for n in range(3)}
    folder = write_tree(tmp_path / "d", files)
    assert open_data(folder).image_shape == (20, 30, 1)
    assert open_data(folder, Options(size=(16, 24))).image_shape == (16, 24, 1)


def test_large_images_alike_are_not_taken_at_their_size(tmp_path):
    files = {f"{name}/{n}.png": encoded(noise(1, 200, 200)[0]) for name in "ab" for n in range(2)}
    opened = open_data(write_tree(tmp_path / "d", files))
    assert opened.image_shape == (28, 28, 1)
    assert "200 x 200" in opened.notes[0]


def test_inverted_swaps_dark_and_bright(tmp_path):
    files = {f"{name}/{n}.png": encoded(np.full((8, 8, 1), 250, np.uint8)) for name in "ab" for n in range(2)}
    assert set(
        np.unique(open_data(write_tree(tmp_path / "d", files), Options(invert=True)).dataset.x_train)
    ) == {5}


def test_transparent_parts_are_black_and_16_bits_keep_their_range(tmp_path):
    clear = Image.new("RGBA", (8, 8), (255, 255, 255, 0))
    clear.putpixel((0, 0), (255, 255, 255, 255))
    deep = Image.fromarray(np.full((8, 8), 65535, np.uint16))
    files = {}
    for name, picture in (("clear", clear), ("deep", deep)):
        file = io.BytesIO()
        picture.save(file, "PNG")
        files |= {f"{name}/{n}.png": file.getvalue() for n in range(2)}
    dataset = open_data(write_tree(tmp_path / "d", files)).dataset
    means = {
        dataset.info.classes[label]: image.mean()
        for image, label in zip(dataset.x_train, dataset.y_train, strict=True)
    }
    assert means == {"clear": 255 / 64, "deep": 255}


def test_photographs_are_turned_upright(tmp_path):
    picture = Image.new("L", (20, 10))
    picture.paste(255, (0, 0, 5, 10))  # a bright stripe on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned clockwise by 90 degrees
    file = io.BytesIO()
    picture.save(file, "JPEG", exif=exif, quality=95)
    files = {f"{name}/{n}.jpg": file.getvalue() for name in "ab" for n in range(2)}
    image = open_data(write_tree(tmp_path / "d", files)).dataset.x_train[0, ..., 0]
    assert image.shape == (20, 10)
    assert image[:4].min() > 200
    assert image[6:].max() < 50


def huge_png():
    """Return a PNG of 60,000 x 60,000 pixels in its header and hardly any content."""

    def chunk(kind, content):
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


BAD = {
    "empty.png": (b"", "0 bytes"),
    "text.jpg": (b"hello", "not PNG, JPEG, BMP or WebP"),
    "half.png": (encoded(noise(1)[0])[:400], "damaged"),
    "huge.png": (huge_png(), "too many pixels"),
    "notes.txt": (b"read me", "not a PNG"),
    "gif.png": (b"GIF89a" + bytes(20), "not PNG, JPEG, BMP or WebP"),
}


@pytest.mark.parametrize("form", FORMS)
def test_unreadable_files_are_named_with_the_reason_and_the_rest_is_used(tmp_path, form):
    files, expected = labeled_files()
    files |= {f"cat/{name}": content for name, (content, _) in BAD.items()}
    opened = open_data(FORMS[form](tmp_path, files))
    assert content_of(opened.dataset) == expected
    reasons = {item.name: item.reason for item in opened.set_aside}
    assert set(reasons) == {f"cat/{name}" for name in BAD}
    for name, (_, part) in BAD.items():
        assert part in reasons[f"cat/{name}"]


def test_files_in_no_class_and_litter_of_file_managers(tmp_path):
    files, _ = labeled_files()
    files |= {
        "stray.png": encoded(noise(1)[0]),
        "__MACOSX/cat/._1.png": b"x",
        "cat/.DS_Store": b"x",
        "cat/Thumbs.db": b"x",
    }
    opened = open_data(write_tree(tmp_path / "d", files))
    assert [(item.name, item.reason) for item in opened.set_aside] == [
        ("stray.png", "it is in no class's folder")
    ]


def test_links_in_a_folder(tmp_path):
    files, _ = labeled_files()
    folder = write_tree(tmp_path / "d", files)
    try:
        (folder / "loop").symlink_to(folder, target_is_directory=True)
        (folder / "cat" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    except OSError:
        pytest.skip("no links can be made here")
    reasons = {item.name: item.reason for item in open_data(folder).set_aside}
    assert reasons == {"loop": "it is a link to another folder", "cat/gone.png": "it is not a regular file"}


def test_names_that_climb_out_and_links_in_archives_touch_nothing(tmp_path):
    files, expected = labeled_files()
    image = encoded(noise(1, seed=9)[0])
    climbing = {
        "../../evil/1.png": image,
        "/etc/evil/2.png": image,
        "C:\\evil\\3.png": image,
        "cat/../../4.png": image,
    }
    path = write_zip(tmp_path / "z.zip", files | climbing)
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("cat/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    tar = write_tar(tmp_path / "t.tar", files | climbing, "w")
    with tarfile.open(tar, "a") as archive:
        for kind, name in (
            (tarfile.SYMTYPE, "cat/link.png"),
            (tarfile.LNKTYPE, "cat/hard.png"),
            (tarfile.FIFOTYPE, "cat/pipe.png"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    before = sorted(tmp_path.parent.rglob("*"))
    for source in (path, tar):
        opened = open_data(source)
        assert content_of(opened.dataset) == expected
        reasons = {item.name.replace("\\", "/"): item.reason for item in opened.set_aside}
        assert reasons["../../evil/1.png"] == "its name leads out of the archive"
        assert reasons["cat/link.png"] == "it is a link, not a file"
        assert len(reasons) == (5 if source == path else 7)
    assert sorted(tmp_path.parent.rglob("*")) == before


@pytest.mark.parametrize("form", ["zip", "tar.gz", "tar.xz"])
def test_bombs_are_refused(tmp_path, monkeypatch, form):
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 10_000)
    files, _ = labeled_files(count=6)
    path = FORMS[form](tmp_path, files | {"cat/bomb.bin": bytes(20_000_000)})
    with pytest.raises(StudioError, match=r"was not opened.*20,0\d\d,\d\d\d bytes"):
        open_data(path)


def test_member_that_claims_too_much_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "LARGEST_FILE_BYTES", 5000)
    files, expected = labeled_files()
    opened = open_data(write_zip(tmp_path / "d.zip", files | {"cat/big.png": bytes(6000)}))
    assert content_of(opened.dataset) == expected
    assert [item.reason for item in opened.set_aside] == ["it claims 6,000 bytes, at most 5,000 are read"]


def test_damaged_member_of_a_zip_is_set_aside(tmp_path):
    files, _ = labeled_files()
    path = write_zip(tmp_path / "d.zip", files)
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("cat/0.png")
    content = bytearray(path.read_bytes())
    start = member.header_offset + 30 + len(member.filename)
    content[start + 100 : start + 120] = bytes(20)
    path.write_bytes(content)
    opened = open_data(path)
    assert [item.name for item in opened.set_aside] == ["cat/0.png"]
    assert "cannot be unpacked" in opened.set_aside[0].reason


@pytest.mark.parametrize("name", ["d.zip", "d.tar", "d.tar.gz", "d.tar.xz"])
@pytest.mark.parametrize(("content", "said"), [(b"", "0 bytes"), (b"not an archive at all" * 50, "damaged")])
def test_empty_and_damaged_archives_are_explained(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(StudioError) as caught:
        open_data(path)
    assert str(path) in caught.value.what
    assert said in caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz", "zip"])
def test_archive_cut_off_is_explained(tmp_path, form):
    path = FORMS[form](tmp_path, labeled_files()[0])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StudioError, match="damaged"):
        open_data(path)


@pytest.mark.parametrize("form", FORMS)
def test_one_class_no_images_and_none_readable_are_explained(tmp_path, form):
    one = {f"only/{n}.png": encoded(noise(1)[0]) for n in range(3)}
    with pytest.raises(StudioError, match="one class, 'only'"):
        open_data(FORMS[form](tmp_path / "1", one) if form == "folder" else _made(tmp_path / "1", form, one))
    with pytest.raises(StudioError, match=r"holds no images.*notes.txt"):
        open_data(_made(tmp_path / "2", form, {"a/notes.txt": b"x", "b/notes.txt": b"x"}))
    with pytest.raises(StudioError, match=r"no readable images.*a/1.png: it is empty"):
        open_data(_made(tmp_path / "3", form, {"a/1.png": b"", "b/1.png": b""}))


def _made(folder, form, files):
    folder.mkdir(exist_ok=True)
    return FORMS[form](folder, files)


def test_nothing_there_and_unknown_kinds_are_explained(tmp_path):
    with pytest.raises(StudioError, match="There is no"):
        open_data(tmp_path / "nothing")
    (tmp_path / "data.mat").write_bytes(b"x")
    with pytest.raises(StudioError, match=r"One of these is expected: IDX files, .*folder per class"):
        open_data(tmp_path / "data.mat")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudioError, match="it is empty"):
        open_data(tmp_path / "empty")


def test_one_image_a_class_cannot_be_trained_on_without_a_test_set(tmp_path):
    files = {f"{name}/1.png": encoded(noise(1, seed=n)[0]) for n, name in enumerate("ab")}
    with pytest.raises(StudioError, match=r"cannot be trained on.*1 training images of 1 classes"):
        open_data(write_tree(tmp_path / "d", files))


@pytest.mark.parametrize(
    "wrong", [{"test_fraction": 0.0}, {"test_fraction": 1.0}, {"size": (2, 28)}, {"seed": -1}]
)
def test_options_beyond_their_limits_are_explained(tmp_path, wrong):
    with pytest.raises(StudioError, match=next(iter(wrong))):
        open_data(write_tree(tmp_path / "d", labeled_files()[0]), Options(**wrong))


def test_arrays_cannot_be_changed_by_accident(tmp_path):
    dataset = open_data(write_tree(tmp_path / "d", labeled_files()[0])).dataset
    with pytest.raises(ValueError, match="read-only"):
        dataset.x_train[0] = 0


def test_bomb_in_a_header_of_a_tar_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 10_000)
    member = tarfile.TarInfo("cat/1.png")
    member.pax_headers = {"comment": "x" * 30_000_000}
    with tarfile.open(tmp_path / "d.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(member, io.BytesIO())
    with pytest.raises(StudioError, match="was not opened"):
        open_data(tmp_path / "d.tar.xz")
