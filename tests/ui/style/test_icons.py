"""Icons are those of qtawesome, which the window never imports."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

NAMES = ["folder-open-outline", "play", "pencil", "dots-horizontal"]


def seen(icon, side, mode):
    image = icon.pixmap(QSize(side, side), 1.0, mode).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", [16, 20, 32, 48])
def test_icons_look_as_qtawesome_paints_them(theme, name, side):
    import qtawesome

    tokens = theme.tokens
    theirs = qtawesome.icon(
        f"mdi6.{name}", color=tokens.color("accent"), color_disabled=tokens.color("border")
    )
    ours = theme.icon(name, "accent")
    for mode in (ours.Mode.Normal, ours.Mode.Disabled):
        picture = seen(ours, side, mode)
        assert picture[..., 3].any()
        np.testing.assert_array_equal(picture, seen(theirs, side, mode))


def test_an_icon_that_does_not_exist_is_an_error(theme):
    with pytest.raises(KeyError):
        theme.icon("no-such-icon")


def test_the_window_imports_neither_qtawesome_nor_what_is_needed_later():
    """Each of these delays the first paint."""
    later = [
        "qtawesome",
        "qtpy",
        "matplotlib",
        "cnn_studio.ui.interpretability.inspection_panel",
        "onnx",
        "tensorflow",
    ]
    code = f"import sys, cnn_studio.ui.shell.composition; print([n for n in {later!r} if n in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
