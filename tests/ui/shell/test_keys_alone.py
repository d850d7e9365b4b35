"""The Data, Model and Train tabs without a mouse: Tab comes to everything, and everything says its name."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QSlider,
    QWidget,
)
from staging import wait

from cnn_studio.core.base.figure_table import Table
from cnn_studio.ui.charts.table_window import TableWindow
from cnn_studio.ui.data.pixel_matrix import PixelMatrix

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QSlider)


@pytest.fixture
def active(window, qtbot):
    """The window has the focus: keys of one that has not are lost."""
    with qtbot.waitActive(window):
        window.raise_()
        window.activateWindow()


@pytest.fixture
def data(window, active, qtbot):
    """The Data tab once it has looked MNIST through."""
    window.tabs.setCurrentWidget(window.data)
    page = window.data.page
    wait(qtbot, page.subject.described, lambda: page.subject.facts is not None)
    return page


def round_of_tab(window, most=200):
    """Return what Tab comes to until it is back at the tabs' titles."""
    start = window.tabs.tabBar()
    start.setFocus()
    reached = []
    for _ in range(most):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.append(QApplication.focusWidget())
        if reached[-1] is start:
            return reached
    raise AssertionError(f"Tab does not leave {reached[-1].objectName()}")


def in_one_stop(button, reached):
    """Whether a button is one of several of which one is chosen; the arrows go from one to the next."""
    group = button.group() if isinstance(button, QAbstractButton) else None
    return group is not None and group.exclusive() and any(each in reached for each in group.buttons())


def check(window):
    reached = round_of_tab(window)
    controls = [
        each
        for each in window.tabs.currentWidget().findChildren(QWidget)
        if isinstance(each, CONTROLS) and each.isVisible() and each.isEnabled() and each.window() is window
    ]
    assert len(controls) > 4
    missed = [each for each in controls if each not in reached and not in_one_stop(each, reached)]
    assert [(type(each).__name__, each.objectName()) for each in missed] == []
    for each in (*reached, *controls):
        name = QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name)
        assert name, (type(each).__name__, each.objectName())


@pytest.mark.parametrize("number", range(5))
def test_tab_comes_to_every_control_of_each_page_of_the_data(data, window, number):
    data.page_buttons.button(number).click()
    check(window)


@pytest.mark.parametrize("name", ["model", "train"])
def test_tab_comes_to_every_control_of_a_tab(window, active, name):
    window.tabs.setCurrentWidget(getattr(window, name))
    check(window)


def test_tab_comes_out_of_the_table_of_the_classes(data, window):
    data.page_buttons.button(1).click()
    page = data._pages[1].page
    page.as_table.click()
    page.table.setCurrentCell(0, 0)
    assert page.table in round_of_tab(window)


def test_tab_comes_out_of_the_table_of_a_figure(window, active, qtbot):
    opened = TableWindow(Table("Figures", ("a", "b"), [(1, 2), (3, 4)]), window)
    opened.show()
    qtbot.waitUntil(opened.isActiveWindow)
    opened.view.setCurrentIndex(opened.view.model().index(0, 0))
    QTest.keyClick(opened.view, Qt.Key.Key_Tab)
    assert opened.focusWidget().objectName() == "copyTableButton"
    opened.close()


def test_tab_passes_by_the_pages_below_a_training_while_they_are_folded(window, active):
    window.tabs.setCurrentWidget(window.train)
    pages = window.train.view.pages
    pages.choose(True)
    assert window.train.view.log in round_of_tab(window)
    pages.choose(False)
    reached = round_of_tab(window)
    assert pages.button in reached
    assert window.train.view.log not in reached


def test_keys_read_the_pixels_of_an_image_that_is_zoomed_into(theme, qtbot):
    matrix = PixelMatrix(theme)
    qtbot.addWidget(matrix)
    matrix.resize(300, 200)
    with qtbot.waitExposed(matrix):
        matrix.show()
    matrix.show_pixels(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64, 1))
    assert matrix.accessibleDescription() == "Row 0, column 0: 0 of 255"
    matrix.read_numbers()
    for bar in (matrix.horizontalScrollBar(), matrix.verticalScrollBar()):
        bar.setValue(0)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
        for _ in range(40):
            QTest.keyClick(matrix, key, Qt.KeyboardModifier.ShiftModifier)
    assert matrix.accessibleDescription() == f"Row 40, column 40: {40 * 65 % 256} of 255"
    side = matrix.cell_px
    scrolled = QPoint(matrix.horizontalScrollBar().value(), matrix.verticalScrollBar().value())
    cell = QRect(round(40 * side), round(40 * side), int(side), int(side)).translated(-scrolled)
    assert matrix.viewport().rect().adjusted(-1, -1, 1, 1).contains(cell)
