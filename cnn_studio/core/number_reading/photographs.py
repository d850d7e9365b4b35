"""A photograph -> its digits, every step to be looked at.

gray -> light evened out -> local threshold -> ruled lines removed -> specks removed -> digits. A clean
picture (a flat ground, as from a drawing program) skips the first steps: its ink is `ink.picture_to_ink`'s,
so that a picture of one digit gives what it always gave.

`core.number_reading.illumination` and `core.number_reading.connected_components` hold the means.

A thin pen becomes a hair line when a photograph is reduced to 20 pixels, a marker a blot. MNIST's strokes
are about 2.4 pixels wide there (`ink.PEN_WIDTH`), so strokes of photographs are brought to that width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_studio.core.drawing.preprocessing import (
    BOX,
    PEN_WIDTH,
    flattened,
    normalized,
    picture_to_image,
    picture_to_ink,
)
from cnn_studio.core.number_reading.connected_components import (
    Component,
    Mask,
    components,
    stroke_width,
    thickened,
    without_lines,
)
from cnn_studio.core.number_reading.illumination import (
    WEAKEST,
    evened,
    fine_lines,
    is_light_on_dark,
    thresholded,
)
from cnn_studio.core.number_reading.segmentation import Answers
from cnn_studio.core.number_reading.stroke_grouping import StrokeRow

Image8 = NDArray[np.uint8]
Gray = NDArray[np.float64]

LONGEST_SIDE = 640
"""Pixels a photograph is worked at: a digit a twentieth of it is still finer than the network's image."""
SMALLEST_OF_SEVERAL = 40
"""Pixels: a clean picture no larger, such as one of MNIST's, is one digit."""
SMALLEST_SIDE = 12
"""Pixels of a photograph: less is a strip, not a picture of a digit."""
FLAT_SHARE = 0.05
"""Of the contrast: a ground that differs less from one part to another is a clean one."""
MOST_PARTS = 60
"""More of one size are a texture or noise."""
SUPERSAMPLING = 8
"""Pixels a digit's strokes are thickened with to one of the 20x20 box."""
THINNEST, THICKEST = 2.0, 3.2
"""Pixels in the 20x20 box between which strokes are left as they are."""


@dataclass(frozen=True)
class PictureDigit:
    """One digit of a picture.

    Attributes:
        box: Left, top, right and bottom in the pixels of `PictureSteps.gray`.
        image: (28, 28) uint8, ink bright on 0.
        probabilities: (classes,), if there was a classifier.
    """

    box: tuple[int, int, int, int]
    image: Image8
    probabilities: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class PictureSteps:
    """What became of a picture, each step (height, width) uint8.

    Attributes:
        gray: The picture in gray.
        even: Dark ink on white, light evened out.
        ink: 255 where the threshold found ink.
        ruled: The same without lines.
        clean: The same without specks and edges of paper.
        digits: Left to right; empty where none was found.
        clean_ground: Whether the picture had a flat ground, so that nothing had to be evened out.
        degrees: By how much the line of writing was found to fall to the right, and was turned back.
    """

    gray: Image8
    even: Image8
    ink: Image8
    ruled: Image8
    clean: Image8
    digits: tuple[PictureDigit, ...]
    clean_ground: bool
    degrees: float = 0.0


def picture_steps(picture: Image.Image, answers: Answers | None = None) -> PictureSteps:
    """Find the digits of a picture.

    Args:
        picture: From `core.drawing.image_input.open_frame`, 8 bits a channel.
        answers: A digit classifier; it decides which pieces of broken strokes belong together. Without
            one, their distances decide.
    """
    flat = flattened(picture)
    soft = picture_to_ink(flat)
    if _has_flat_ground(np.asarray(flat, np.float64), soft):
        return _clean_steps(flat, soft, answers)
    gray = np.asarray(_reduced(flat), np.float64)
    dark = 255.0 - gray if is_light_on_dark(gray) else gray
    even = evened(dark)
    mask, contrast = thresholded(even)
    ruled, angle = without_lines(mask, *fine_lines(even))
    if ruled.sum() < 0.02 * mask.sum():  # what looked like a line was all there is
        ruled, angle = mask, None
    kept = _worthy(ruled, even)
    clean, chosen, degrees = _arranged(kept, even, contrast, angle, answers, mask.shape)
    return PictureSteps(
        gray.astype(np.uint8),
        np.clip(even, 0, 255).astype(np.uint8),
        _shown(mask),
        _shown(ruled),
        _shown(clean),
        chosen,
        False,
        degrees,
    )


def _shown(mask: Mask) -> Image8:
    return mask.astype(np.uint8) * np.uint8(255)


def _reduced(flat: Image.Image) -> Image.Image:
    factor = max(flat.size) / LONGEST_SIDE
    if factor <= 1:
        return flat
    size = (max(1, round(flat.width / factor)), max(1, round(flat.height / factor)))
    return flat.resize(size, Image.Resampling.BOX)


def _has_flat_ground(gray: Gray, soft: Image8) -> bool:
    """Return whether a picture is ink on one even tone: a drawing program's, or one of MNIST's.

    The tone is the rim's. Of what is not ink, nine tenths must be just that, and the picture must be mostly
    ground; a digit's soft edges are the rest.
    """
    if max(gray.shape) <= SMALLEST_OF_SEVERAL:
        return True
    rim = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    difference = np.abs(gray - np.median(rim))
    strongest = float(difference.max())
    if strongest < WEAKEST / 2:
        return True
    flat = difference < max(2.0, FLAT_SHARE / 3 * strongest)
    ground = soft == 0
    return bool(ground.mean() > 0.3 and flat[ground].mean() > 0.9 and flat.mean() > 0.75 * ground.mean())


def _clean_steps(flat: Image.Image, soft: Image8, answers: Answers | None) -> PictureSteps:
    gray, mask = np.asarray(flat), soft > 0
    whole = picture_to_image(flat)
    digits: tuple[PictureDigit, ...] = ()
    kept = mask
    if whole is not None:
        if max(gray.shape) > SMALLEST_OF_SEVERAL:
            kept, digits, _ = _arranged(_large_enough(mask), 255.0 - soft, 255.0, 0.0, answers, mask.shape)
        if len(digits) < 2:  # one digit is placed whole, as ever
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
            digits = (PictureDigit(box, whole, _asked(answers, [whole])[0]),)
            kept = mask
    return PictureSteps(gray, 255 - soft, _shown(mask), _shown(mask), _shown(kept), digits, True)


def _asked(answers: Answers | None, images: Sequence[Image8]) -> Sequence[NDArray[np.float64] | None]:
    if answers is None:
        return [None] * len(images)
    return list(np.asarray(answers(np.stack(images)), np.float64))


def _large_enough(mask: Mask) -> tuple[list[Component], NDArray[np.int64]]:
    found, labels = components(mask)
    tallest = max((max(part.width, part.height) for part in found), default=0)
    return [part for part in found if max(part.width, part.height) > max(2, 0.12 * tallest)], labels


def _worthy(mask: Mask, even: Gray) -> tuple[list[Component], NDArray[np.int64]]:
    """Leave out specks, edges of the paper and what is much paler than the rest."""
    found, labels = components(mask)
    height, width = mask.shape
    if min(mask.shape) < SMALLEST_SIDE:
        return [], labels
    least = max(3, 0.02 * max(mask.shape))
    edges = _along_the_rim(labels)
    found = [part for part in found if max(part.width, part.height) >= least and part.label not in edges]
    inner = [
        part
        for part in found
        if not (part.box[0] <= 1 or part.box[1] <= 1 or part.box[2] >= width - 1 or part.box[3] >= height - 1)
    ]
    largest = max((part.area for part in inner), default=0)
    if largest > 0.004 * mask.size or largest > max((part.area for part in found), default=0) / 4:
        found = inner
    if not found:
        return [], labels
    depth = {part.label: 255.0 - float(np.quantile(even[labels == part.label], 0.25)) for part in found}
    weight = {part.label: depth[part.label] * math.sqrt(part.area) for part in found}
    deepest = depth[max(weight, key=lambda label: weight[label])]
    found = [part for part in found if depth[part.label] > 0.45 * deepest]
    tallest = max(max(part.width, part.height) for part in found)
    found = [part for part in found if max(part.width, part.height) > 0.15 * tallest]
    return found if len(found) <= MOST_PARTS else [], labels


def _along_the_rim(labels: NDArray[np.int64]) -> set[int]:
    """Return what fills two fifths of a side of the picture or reaches across: the table, a page's edge."""
    found = (set(labels[0].tolist()) & set(labels[-1].tolist())) | (
        set(labels[:, 0].tolist()) & set(labels[:, -1].tolist())
    )
    for rim in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        counts = np.bincount(rim)
        found.update(int(label) for label in np.flatnonzero(counts > 0.4 * len(rim)) if label)
    return found


def _arranged(
    kept: tuple[list[Component], NDArray[np.int64]],
    even: NDArray[np.floating[Any]],
    contrast: float,
    angle: float | None,
    answers: Answers | None,
    shape: tuple[int, ...],
) -> tuple[Mask, tuple[PictureDigit, ...], float]:
    """Put components together to digits, left to right, and turn back a slanted line of them."""
    parts, labels = kept
    clean = np.isin(labels, [part.label for part in parts]) if parts else np.zeros(shape, bool)
    if not parts:
        return clean, (), 0.0
    half = stroke_width(clean) / 2
    row = StrokeRow([_inner_points(part, half) for part in parts], have_ends=False)
    runs = row.runs if answers is not None or len(parts) > 1 else [(0, 1)]
    members = {run: [parts[number] for number in row.strokes_of(*run)] for run in runs}
    degrees = angle if angle is not None else _line_of_writing([_box(group) for group in members.values()])
    images = {
        run: _placed(group, labels, 255.0 - even, degrees, angle is None or angle != 0.0 or contrast < 255)
        for run, group in members.items()
    }
    found = dict(zip(runs, _asked(answers, list(images.values())), strict=True))
    sure = {run: 1.0 if answer is None else float(answer.max()) for run, answer in found.items()}
    digits = tuple(PictureDigit(_box(members[run]), images[run], found[run]) for run in row.best(sure))
    return clean, digits, degrees


def _inner_points(part: Component, half: float) -> Gray:
    """Return (points, 2) the ends of a component's runs, half a stroke inside: about a pen's way."""
    row, first, last = part.runs.T.astype(np.float64)
    middle = (first + last) / 2
    left, right = np.minimum(first + half, middle), np.maximum(last - half, middle)
    return np.column_stack([np.column_stack([left, right]).ravel(), np.repeat(row, 2)])


def _box(group: Sequence[Component]) -> tuple[int, int, int, int]:
    boxes = np.array([part.box for part in group])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return int(left), int(top), int(right), int(bottom)


def _line_of_writing(boxes: Sequence[tuple[int, int, int, int]]) -> float:
    """Return by how many degrees three or more digits fall to the right, 0 below 4 and above 25."""
    edges = np.array(boxes, np.float64)
    tall = edges[edges[:, 3] - edges[:, 1] > 0.5 * (edges[:, 3] - edges[:, 1]).max()]
    centers = np.column_stack([tall[:, 0] + tall[:, 2], tall[:, 1] + tall[:, 3]]) / 2
    reach = np.ptp(centers[:, 0])
    if len(tall) < 3 or reach < 2 * float(np.median(tall[:, 3] - tall[:, 1])):
        return 0.0
    slope = np.polyfit(centers[:, 0], centers[:, 1], 1)[0]
    degrees = math.degrees(math.atan(float(slope)))
    return degrees if 4 <= abs(degrees) <= 25 else 0.0


def _placed(
    group: Sequence[Component],
    labels: NDArray[np.int64],
    depth: NDArray[np.floating[Any]],
    degrees: float,
    photograph: bool,
) -> Image8:
    """Return (28, 28) uint8 of a digit's ink, its strokes brought to the width of MNIST's."""
    left, top, right, bottom = _box(group)
    window = slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)
    mask = np.isin(labels[window], [part.label for part in group])
    ink = np.where(thickened(mask, 1.0)[1:-1, 1:-1], depth[window], 0.0)
    if not photograph:
        return normalized(np.round(ink).astype(np.uint8))
    picture = Image.fromarray(ink.astype(np.float32))
    if degrees:
        picture = picture.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
    fine = BOX * SUPERSAMPLING / max(bottom - top, right - left)
    size = (max(1, round(picture.width * fine)), max(1, round(picture.height * fine)))
    large = np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
    strong = float(np.quantile(depth[window][mask], 0.75))
    drawn: Mask = large > 0.5 * strong
    if not drawn.any():
        drawn = large >= large.max()
    width = stroke_width(drawn) / SUPERSAMPLING
    wanted = PEN_WIDTH if width < THINNEST else min(width, THICKEST)
    return normalized(_shown(thickened(drawn, (wanted - width) / 2 * SUPERSAMPLING)))
