"""What a person may choose when opening custom data, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import mapped_arrays
from cnn_studio.core.datasets.lazy_arrays import Indices, Pixels, selected, written
from cnn_studio.core.datasets.registry import Dataset, Names
from cnn_studio.core.network.layers import Shape

Channels = Literal["auto", "gray", "color"]
Part = Literal["train", "validation", "test"]
Side = Annotated[int, Meta(ge=4, le=512)]

COMMON_SIDE = 28
"""Pixels a side of images that come in different sizes: MNIST's, so that every preset takes them."""
LARGEST_OWN_SIDE = 128
"""Images that are all alike keep their size up to this many pixels a side."""
SPARE_BYTES = 2**30
"""Left free on the disk: large data are written there while they are open."""
MOST_CLASSES = 1000
CHANNELS: dict[str, int] = {"gray": 1, "color": 3}

Images = Pixels
"""In this room always arrays, in memory or mapped; see `core.datasets.mapped_arrays`."""
Labels = NDArray[np.int32]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How custom data is to be read.

    Attributes:
        size: Height and width in pixels; None keeps the images' own size if all have the same and no
            side exceeds 128, else takes 28x28.
        channels: "gray", "color", or "auto": color if any image has some.
        invert: Swap dark and bright. Drawings are bright on black as MNIST's digits are, so scans of ink
            on paper should be inverted.
        test_fraction: Share of the images set aside for testing, where the source has no test set.
        seed: Of that choice and of the order of images that come class by class.
    """

    size: tuple[Side, Side] | None = None
    channels: Channels = "auto"
    invert: bool = False
    test_fraction: Annotated[float, Meta(gt=0.0, lt=1.0)] = 0.2
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


def checked(options: Options) -> Options:
    """Return the options if they are within their limits.

    Raises:
        StudioError: Naming the option, what was expected and what was received.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(options), Options)
    except msgspec.ValidationError as error:
        raise StudioError(
            "The data cannot be opened that way.", f"{error}.", "Correct that option."
        ) from error


@dataclass(frozen=True)
class SetAside:
    """A file that was left out.

    Attributes:
        name: Its path inside the folder or archive.
        reason: Why, one sentence without a full stop.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class SourceSample:
    """Some labeled images.

    Attributes:
        images: (N, height, width, channels) uint8, 0 to 255; channels are 1 or 3.
        labels: (N,) int32, numbers of `ReadData.classes`.
        names: (N,) the names of their files, with their folders; None where they have none of their own.
    """

    images: Images
    labels: Labels
    names: Names | None = None

    def chosen(self, numbers: Indices, source: str) -> SourceSample:
        """Return some of them in the order of their numbers; `source` is for the errors."""
        images, names = written([selected(self.images, numbers)], source), self.names
        return SourceSample(images, self.labels[numbers], None if names is None else names[numbers])


@dataclass(frozen=True)
class ReadData:
    """What a reader found, before anything is split or shuffled.

    Attributes:
        parts: The images of each part the source has; "train" is always there.
        classes: The names of the classes, in order.
        set_aside: The files left out.
        notes: What was decided on the person's behalf, in sentences.
        class_by_class: Whether the images come sorted by class, so that their order must be mixed.
    """

    parts: dict[Part, SourceSample]
    classes: tuple[str, ...]
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()
    class_by_class: bool = False


@dataclass(frozen=True)
class OpenedData:
    """Custom data, ready to train on.

    Attributes:
        dataset: The data set; its arrays are read-only, `info.name` is what a recipe calls it.
        set_aside: The files left out, with the reasons.
        notes: What was decided on the person's behalf (size, split), in sentences.
    """

    dataset: Dataset
    set_aside: tuple[SetAside, ...]
    notes: tuple[str, ...]

    @property
    def image_shape(self) -> Shape:
        """Height, width and channels of every image."""
        return self.dataset.info.image_shape


def require_room(shape: tuple[int, ...], source: str) -> None:
    """Refuse images that would fit neither into memory nor onto the disk, before any is read.

    Args:
        shape: (N, height, width, channels) as claimed; bytes.
        source: The file that claims it.

    Raises:
        StudioError: If they are large and would leave less than 1 GiB free.
    """
    total = 1
    for side in shape:
        total *= int(side)
    large = total > mapped_arrays.LARGE_BYTES
    room = max(0, mapped_arrays.free_bytes() - SPARE_BYTES) if large else total
    if total > room or min(shape, default=0) < 0:
        claimed = " x ".join(f"{side:,}" for side in shape)
        raise StudioError(
            f"{source} was not opened.",
            f"It claims {claimed} values, {total / 2**30:,.1f} GiB; {room / 2**30:,.1f} GiB can be written to "
            f"{mapped_arrays.scratch_folder()}, where large data are kept while they are open.",
            "Check that the file is whole, free some space, or choose a smaller image size or fewer images.",
        )
