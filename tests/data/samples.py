"""Small data sets written in every format, by other means than the readers'."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image


def noise(count, height=28, width=28, channels=1, seed=1):
    """Different images, (count, height, width, channels) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, channels), dtype=np.uint8)


def encoded(image, kind="PNG", **options):
    """Return (height, width, 1 or 3) pixels as an image file's bytes."""
    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(file, kind, **options)
    return file.getvalue()


def write_tree(folder, files):
    """Write {"path/inside": bytes} below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path, files):
    """Write {"name": bytes} as a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_tar(path, files, mode):
    """Write {"name": bytes} as a tar; mode as in `tarfile.open`."""
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def as_set(images, labels):
    """Return images with labels as a set that forgets their order."""
    return {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}


def content_of(dataset):
    """Return all images of a data set with the names of their classes, as a set."""
    names = dataset.info.classes
    return as_set(
        np.concatenate([dataset.x_train, dataset.x_test]),
        [names[label] for label in np.concatenate([dataset.y_train, dataset.y_test])],
    )
