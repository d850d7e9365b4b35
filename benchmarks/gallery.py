"""What a screenful of the gallery costs among 60,000 images, beside Qt's plain list with an icon each.

Usage: python benchmarks/gallery.py [--images N]

Prints milliseconds: until the images can be seen first, a repaint after a jump to a position anywhere in the
list and after a notch of the wheel (medians of 60), and a window that becomes wider; and how many times as
long the plain list takes. That is `QListWidget` in its icon mode with uniform items, an icon and a line of
text each; the gallery's tiles have two lines and three bars.
"""

import argparse
import time

import numpy as np
from measuring import machine, median
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QListView, QListWidget, QListWidgetItem

from cnn_studio.core.evaluation.image_list import ListedAnswers
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.ui.evaluate.gallery.gallery_tiles import EvaluationTiles
from cnn_studio.ui.shell.composition import application
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import PICTURE_PX, as_image

SIZE = QSize(560, 520)
JUMPS = 60
NOTCH_PX = 60


def timed(work: object) -> float:
    """Return what some work takes, in milliseconds."""
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return 1000 * (time.perf_counter() - start)


def measured(view: QAbstractItemView, fill: object) -> list[float]:
    """Return milliseconds: first paint, a repaint after a jump, after a notch of the wheel, another width."""
    view.resize(SIZE)
    view.show()
    QTest.qWaitForWindowExposed(view)

    def first() -> None:
        fill()  # type: ignore[operator]
        view.viewport().repaint()

    figures = [timed(first)]
    view.doItemsLayout()
    bar = view.verticalScrollBar()
    jumps, notches = [], []
    for jump in range(JUMPS):
        bar.setValue(bar.maximum() * jump // JUMPS)
        jumps.append(timed(view.viewport().repaint))
    for _ in range(JUMPS):
        bar.setValue(bar.value() - NOTCH_PX)
        notches.append(timed(view.viewport().repaint))
    figures += [median(jumps), median(notches)]

    def widen() -> None:
        view.resize(SIZE.width() + 240, SIZE.height())
        view.doItemsLayout()
        view.viewport().repaint()

    figures.append(timed(widen))
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=60_000)
    count = parser.parse_args().images
    app = application()
    theme = Theme("light")
    theme.apply()
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 28, 28, 1), np.uint8)
    shares = random.random((count, 10), np.float32) ** 8
    answers = ListedAnswers(
        Evaluation(
            shares / shares.sum(axis=1, keepdims=True), random.integers(0, 10, count).astype(np.int32),
            tuple("0123456789"), "mnist",
        )
    )  # fmt: skip
    gallery = Gallery(theme)
    rows = np.arange(count)
    ours = measured(gallery, lambda: gallery.show_tiles(EvaluationTiles(answers, rows), images))
    gallery.hide()
    plain = QListWidget()
    plain.setViewMode(QListView.ViewMode.IconMode)
    plain.setResizeMode(QListView.ResizeMode.Adjust)
    plain.setUniformItemSizes(True)
    plain.setIconSize(QSize(PICTURE_PX, PICTURE_PX))

    def fill() -> None:
        for row in range(count):
            picture = QPixmap.fromImage(as_image(images[row]).scaled(PICTURE_PX, PICTURE_PX))
            plain.addItem(QListWidgetItem(QIcon(picture), f"read {answers.read[row]}"))

    theirs = measured(plain, fill)
    app.processEvents()
    print(f"{count:,} images, {SIZE.width()} x {SIZE.height()} px; {machine()}")
    print(f"{'':22s} {'gallery':>10s} {'QListWidget':>12s} {'ratio':>8s}")
    names = ("first paint", "jump", "notch of the wheel", "another width")
    for name, mine, other in zip(names, ours, theirs, strict=True):
        print(f"{name:22s} {mine:7.2f} ms {other:9.2f} ms {other / mine:7.1f}x")


if __name__ == "__main__":
    main()
