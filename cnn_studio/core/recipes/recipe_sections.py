"""The sections of a recipe but optimizer and schedule: its source, split, augmentation, training and early stopping.

What a field is for stands once, in its annotation: the form and the command line show the same sentence.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from cnn_studio.core.recipes.schedules import Patience

Fraction = Annotated[float, Meta(gt=0.0, lt=1.0)]
HeldBack = Annotated[Fraction, Meta(description="Share of the training images to hold back, from 0 to 1.")]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
UsedPrecision = Literal["float32", "mixed_bfloat16"]
Precision = Literal["auto", "float32", "mixed_bfloat16"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of a recipe; a field it does not know is an error, not a silence."""


class Source(Part, frozen=True, kw_only=True):
    """Where an experiment was published, and what it reported."""

    citation: str = ""
    reported_accuracy: Fraction | None = None
    reported_text: str = ""


class RandomSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="random"):
    """A random share of the training images, as scikit-learn's `train_test_split` draws it."""

    fraction: HeldBack = 0.1
    seed: Annotated[
        Seed,
        Meta(
            description="The same seed holds the same images back, as scikit-learn's train_test_split does."
        ),
    ] = 0


class LastSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="last"):
    """The last share of the training images, as Keras's `validation_split` takes it."""

    fraction: HeldBack = 0.1


class WatchedTestSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="test"):
    """The test set watched while training: what it then says of the network is flattering."""


class NoSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="none"):
    """No validation: train on everything."""


class DatasetSplit(Part, frozen=True, kw_only=True, tag_field="kind", tag="dataset"):
    """A separate validation set: images of a second data set; all training images are learned from.

    `dataset` is any name a data set can have, "file:PATH" for a person's own.
    """

    dataset: Annotated[
        str,
        Meta(
            description="The data set to validate on; its images need the same size and classes as the training images."
        ),
    ] = ""
    part: Annotated[
        Literal["all", "train", "test"],
        Meta(description="Which of its images to validate on: all of them, or one part."),
    ] = "all"


AnySplit = RandomSplit | LastSplit | WatchedTestSplit | NoSplit | DatasetSplit


class Augmentation(Part, frozen=True, kw_only=True):
    """How far each training image is varied; every figure is a largest strength, 0 leaves it out.

    Attributes:
        shift_px: Shift along each axis, pixels of the image.
        rotation_degrees: Rotation either way.
        scale_fraction: Growth or shrinkage, 0.1 is from 0.9 to 1.1.
        shear_degrees: Slant either way.
        elastic_px: Amplitude of a smooth random warp, pixels (Simard, Steinkraus and Platt, 2003).
        thickness: Share of a full 3x3 dilation or erosion blended in, 0 to 1.
        erase_fraction: Largest share of the image's area a gray rectangle hides.
        noise: Standard deviation of added noise, in units of the full value range.
        contrast: Stretch or squeeze of the values around their middle, 0.2 is from 0.8 to 1.2.
        flip_horizontal: Whether half of the images are mirrored left to right (never for digits).
        flip_vertical: Whether half of the images are turned upside down.
        fade_fraction: Share of the training, at its end, over which all strengths but the flips fall to
            nothing: a network learns widely first, and the images as they are last (He et al., 2019, "Data
            Augmentation Revisited").
    """

    shift_px: Annotated[float, Meta(ge=0.0, le=14.0)] = 0.0
    rotation_degrees: Annotated[float, Meta(ge=0.0, le=180.0)] = 0.0
    scale_fraction: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.0
    shear_degrees: Annotated[float, Meta(ge=0.0, le=60.0)] = 0.0
    elastic_px: Annotated[float, Meta(ge=0.0, le=8.0)] = 0.0
    thickness: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    erase_fraction: Annotated[float, Meta(ge=0.0, le=0.5)] = 0.0
    noise: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0
    contrast: Annotated[float, Meta(ge=0.0, le=0.9)] = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    fade_fraction: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.0

    @property
    def active(self) -> bool:
        """Whether anything is varied at all."""
        return any(msgspec.structs.astuple(msgspec.structs.replace(self, fade_fraction=0.0)))

    def amount(self, done: float) -> float:
        """Return the share of the strengths that applies when this share of the training is done."""
        if self.fade_fraction == 0.0:
            return 1.0
        return max(0.0, min(1.0, (1.0 - done) / self.fade_fraction))


class Training(Part, frozen=True, kw_only=True):
    """How long, in what steps, from what seed and where."""

    epochs: Annotated[int, Meta(ge=1, le=10_000, description="How many times every training image is seen.")]
    batch_size: Annotated[
        int, Meta(ge=1, le=100_000, description="Images per step; the weights change after each step.")
    ]
    # "contiguous-window" is how notebook 000 takes its batches
    sampling: Annotated[
        Literal["shuffled", "contiguous-window"],
        Meta(
            description="“Shuffled” shows every image once an epoch, “Neighbors” takes windows of the file at "
            "random positions."
        ),
    ] = "shuffled"
    seed: Annotated[
        Seed,
        Meta(
            description="Seed of the weights, the order, the augmentation and the dropout: same seed, same start."
        ),
    ] = 0
    # bfloat16: 1.3 to 1.9 times as fast, equal accuracy (`benchmarks/results/throughput.txt`); where a processor
    # lacks the instructions, "mixed_bfloat16" falls back to float32
    precision: Annotated[
        Precision,
        Meta(
            description="What the network is computed in while it learns: automatic takes bfloat16 where the "
            "processor multiplies it, which is faster; what is kept is always float32."
        ),
    ] = "auto"
    # Keras's name; None fits them into 40 ms by measuring
    steps_per_execution: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=1000,
                description="Batches one call of the compiled loop takes; empty: measured. No difference to the "
                "result.",
            ),
        ]
        | None
    ) = None
    # "auto", "cpu", "gpu:0", "gpus" (all of them) or "tpu"
    device: Annotated[str, Meta(description="Device the network is computed on.")] = "auto"
    ema_momentum: Annotated[
        float,
        Meta(
            ge=0.0,
            lt=1.0,
            description="Keeps a moving average of the weights and ends with it; 0 is off, 0.99 is common.",
        ),
    ] = 0.0
    label_smoothing: Annotated[
        float,
        Meta(
            ge=0.0,
            lt=1.0,
            description="Share of each label spread over the other classes; 0.1 makes predictions less confident.",
        ),
    ] = 0.0
    # the inverse of how often a class comes, as scikit-learn weighs it
    class_weight: Annotated[
        Literal["none", "balanced"],
        Meta(description="“Balanced” lets rare classes count as much as frequent ones."),
    ] = "none"
    deterministic: Annotated[
        bool,
        Meta(
            description="The same seed gives the same weights to the last bit. It can cost speed on a GPU; on a "
            "processor it costs nothing measurable."
        ),
    ] = False


class EarlyStopping(Part, frozen=True, kw_only=True):
    """End the training when validation has not improved for `patience` epochs (Keras's rule and names)."""

    monitor: Annotated[
        Literal["val_loss", "val_accuracy"],
        Meta(
            description="Which validation metric to watch; the loss as Keras reports it, with the "
            "penalty of L1 and L2."
        ),
    ] = "val_loss"
    patience: Patience = 5
    min_delta: Annotated[
        float, Meta(ge=0.0, le=1.0, description="Smallest change that counts as an improvement.")
    ] = 0.0
    restore_best_weights: Annotated[
        bool, Meta(description="Ends with the weights of the best epoch instead of the last.")
    ] = True
