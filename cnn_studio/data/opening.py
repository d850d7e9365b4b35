"""Opening custom data: whatever the format, the result is a data set like the shipped ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import written
from cnn_studio.core.datasets.registry import Dataset, DatasetInfo
from cnn_studio.data.dataset_names import dataset_name
from cnn_studio.data.decoding.options import OpenedData, Options, ReadData, SetAside, SourceSample, checked
from cnn_studio.data.readers import reader_for
from cnn_studio.data.test_split import mixed, stratified_split

MOST_FILES_NAMED = 10
OWN_LICENSE = "unknown (own data)"


def open_data(path: Path, options: Options | None = None) -> OpenedData:
    """Open custom data: a folder per class, a ZIP or tar of one, IDX, NPZ or CSV.

    The source's own test images are kept. Where it has none, its validation images are the test images;
    where it has neither, a share of every class is set aside. Validation images beside test images join
    those to train on, since the recipe says what to validate on. Images that come class by class are mixed,
    so that a validation set taken from the end has every class.

    Args:
        path: The file or folder.
        options: Size, channels, test share and seed; None takes the defaults of `Options`.

    Returns:
        The data set, the files left out, and what was decided, in sentences.

    Raises:
        StudioError: If it cannot be used; single files that cannot be read are set aside instead.
    """
    path = path.expanduser()
    options = checked(options or Options())
    found = reader_for(path).read(path, options)
    train, test, notes = _train_and_test(found, options, str(path))
    if found.class_by_class:
        train = train.chosen(mixed(len(train.labels), options.seed), str(path))
        test = test.chosen(mixed(len(test.labels), options.seed), str(path))
    if not len(test.labels) or len(np.unique(train.labels)) < 2:
        raise StudioError(
            f"{path} cannot be trained on.",
            f"Two classes with training images and at least one test image are expected; received "
            f"{len(train.labels)} training images of {len(np.unique(train.labels))} classes and "
            f"{len(test.labels)} test images.",
            "Add images.",
        )
    for array in (train.images, train.labels, test.images, test.labels):
        array.flags.writeable = False  # one copy is shared by everyone who asks for it
    info = DatasetInfo(
        name=dataset_name(path, options),
        title=path.resolve().name,
        file=str(path.resolve()),
        classes=found.classes,
        image_shape=tuple(train.images.shape[1:]),
        train_size=len(train.labels),
        test_size=len(test.labels),
        license=OWN_LICENSE,
        origin=str(path.resolve()),
    )
    left_out = _left_out(found.set_aside)
    dataset = Dataset(
        info, train.images, train.labels, test.images, test.labels, left_out, train.names, test.names
    )
    return OpenedData(dataset, found.set_aside, (*found.notes, *notes))


def _left_out(files: tuple[SetAside, ...]) -> tuple[str, ...]:
    if not files:
        return ()
    named = "; ".join(f"{file.name}: {file.reason}" for file in files[:MOST_FILES_NAMED])
    more = f"; and {len(files) - MOST_FILES_NAMED:,} more" if len(files) > MOST_FILES_NAMED else ""
    said = "1 file was" if len(files) == 1 else f"{len(files):,} files were"
    return (f"{said} set aside: {named}{more}.",)


def _train_and_test(
    found: ReadData, options: Options, source: str
) -> tuple[SourceSample, SourceSample, tuple[str, ...]]:
    train, validation, test = found.parts["train"], found.parts.get("validation"), found.parts.get("test")
    if test is not None and validation is not None:
        note = f"The {len(validation.labels):,} validation images were added to the training images."
        return _joined(train, validation, source), test, (note,)
    if test is not None:
        return train, test, ()
    if validation is not None:
        return train, validation, ("There are no test images: the validation images are used for testing.",)
    kept, aside = stratified_split(train.labels, options.test_fraction, options.seed)
    note = (
        f"There are no test images: {len(aside):,} of {len(train.labels):,} images, a share of every class "
        f"chosen with seed {options.seed}, are used for testing."
    )
    return train.chosen(kept, source), train.chosen(aside, source), (note,)


def _joined(first: SourceSample, second: SourceSample, source: str) -> SourceSample:
    images = written([first.images, second.images], source)
    names = (
        None if first.names is None or second.names is None else np.concatenate([first.names, second.names])
    )
    return SourceSample(images, np.concatenate([first.labels, second.labels]), names)
