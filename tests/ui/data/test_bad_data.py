"""Data that cannot be trained on, opened in the Data tab: what, why and what to do, and nothing is lost."""

import numpy as np
import pytest
from PIL import Image
from staging import wait


def empty_archive(folder):
    path = folder / "empty.zip"
    path.write_bytes(b"")
    return path


def ragged_table(folder):
    path = folder / "ragged.csv"
    rows = [",".join(map(str, [number % 2, *[number] * 16])) for number in range(20)]
    path.write_text("\n".join([*rows, "1,2,3"]) + "\n")
    return path


def one_class(folder):
    path = folder / "pictures"
    (path / "only").mkdir(parents=True)
    for number in range(5):
        Image.fromarray(np.full((8, 8), 40 * number, np.uint8)).save(path / "only" / f"{number}.png")
    return path


@pytest.mark.parametrize(
    ("write", "why", "remedy"),
    [
        (empty_archive, "the file has 0 bytes", "Copy or download it again."),
        (ragged_table, "Line 21: 17 columns are expected", "Correct that line and open it again."),
        (one_class, "it has one class, 'only'", "Choose the folder that holds the classes' folders."),
    ],
)
def test_bad_data_are_explained_where_they_are_opened_and_the_chosen_ones_stay(
    window, qtbot, tmp_path, write, why, remedy
):
    window.tabs.setCurrentWidget(window.data)
    tab = window.data.page
    wait(qtbot, tab.subject.loaded, lambda: tab.subject.dataset is not None)
    before = window.train.panel.recipe(), window.train.panel.info(), tab.subject.dataset
    path = write(tmp_path)
    with qtbot.waitSignal(window.train.panel.data.failed, timeout=20_000):
        tab.open(path)
    assert tab.banner.isVisible()
    assert path.name in tab.banner.text
    assert why in tab.banner.text
    assert tab.banner.text.endswith(remedy)
    assert (window.train.panel.recipe(), window.train.panel.info(), tab.subject.dataset) == before
