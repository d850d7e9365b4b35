"""The report of runs: complete, self-contained, readable without seeing it, safe whatever names are in it."""

import base64
import io
import re
from html.parser import HTMLParser

import msgspec
import numpy as np
import pytest
from PIL import Image
from run_folders import HISTORY, make_run, write_answers
from sklearn import metrics

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import read_run, write_history, write_run
from cnn_studio.figures.html_report import report, write_report

VOID = {"meta", "img", "br", "link"}


class Page(HTMLParser):
    """What a page holds; fails where its tags are not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.images, self.headings, self.tables = [], [], [], [], []
        self.tags, self.attributes = set(), []
        self._row = None
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not data.strip() or "style" in self.open:
            return
        self.texts.append(data)
        if self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append((self.open[-1], data))
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data

    @property
    def text(self):
        return " ".join(self.texts)

    def table(self, *heads):
        """The rows of the table with these heads, without them."""
        return next(table[1:] for table in self.tables if tuple(table[0]) == heads)


@pytest.fixture(scope="module")
def labels():
    return load_subset("mnist", "test")[1]


@pytest.fixture
def run(tmp_path, labels):
    """A run that read all but 6 of MNIST's test images."""
    return make_run(tmp_path, right=9994, images=10_000, labels=labels, note="for Monday")


def content_of(source):
    kind, _, data = source.partition(",")
    return kind, base64.b64decode(data)


def test_a_report_of_one_run_holds_what_is_known_of_it(run, labels):
    page = Page(report([run]))
    assert "Test accuracy 99.94 % (99.87 – 99.97) on MNIST digits" in page.text
    for words in ("for Monday", "Test set uses", "once", "3.15.1", "2.21.0", "80,202"):
        assert words in page.text, words
    assert [text for level, text in page.headings if level == "h2"] == [
        "Result", "Training", "Confusion matrix", "Classes", "Errors: 6 of 10,000 images", "Recipe", "Versions",
    ]  # fmt: skip
    rows = page.table("Class", "Precision", "Recall", "F1", "Images")
    assert [int(row[-1].replace(",", "")) for row in rows] == np.bincount(labels).tolist()
    layers = page.table("No.", "Layer", "Output", "Parameters")
    assert layers[0] == ["1", "Conv2D 16, 5x5, relu", "24 × 24 × 16", "416"]
    epochs = page.table("Epoch", "Loss", "Accuracy", "Validation loss", "Validation accuracy")
    assert epochs[1] == ["2", "0.2500", "92.00 %", "0.2000", "94.00 %"]


def test_its_images_are_the_misread_ones_and_every_picture_is_told_in_words(run, labels):
    page = Page(report([run]))
    assert all(image["alt"].strip() for image in page.images)
    shown = [image for image in page.images if image["src"].startswith("data:image/png")]
    pixels = load_subset("mnist", "test")[0]
    found = set()
    for image in shown:
        number, true, read = map(
            int, re.findall(r"Image (\d+): true class (\d), read as (\d)", image["alt"])[0]
        )
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(content_of(image["src"])[1]))), pixels[number, ..., 0]
        )
        assert (true, read) == (labels[number], (labels[number] + 1) % 10)
        found.add(number)
    assert found == set(range(6))


def test_a_report_needs_nothing_from_elsewhere_and_runs_nothing(run):
    html = report([run])
    page = Page(html)
    assert page.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "form"})
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert all(value.startswith("data:image/") for name, value in page.attributes if name in ("src", "href"))
    for image in page.images:
        kind, content = content_of(image["src"])
        if "svg" in kind:
            assert b"<script" not in content
            assert not re.findall(rb'href="(?!#|data:)', content)


def test_names_and_notes_with_markup_are_text(tmp_path, labels):
    evil = '<script>alert("1")</script> & <b>'
    recipe = msgspec.structs.replace(find_recipe("studio-quick"), title=evil, description=evil)
    folder = make_run(tmp_path, recipe=recipe, title=evil, note=evil, labels=labels)
    write_answers(folder, labels[:100], labels[:100], classes=(*"012345678", "<i>9</i>"))
    page = Page(report([folder]))
    assert page.tags.isdisjoint({"script", "b", "i"})
    assert page.text.count(evil) >= 3
    assert "<i>9</i>" in page.text


def test_a_comparison_says_what_differs_and_whether_it_is_noise(tmp_path, labels):
    whole = {"images": 10_000, "labels": labels}
    a = make_run(tmp_path, "a", right=9900, **whole)
    b = make_run(tmp_path, "b", right=9903, seed=1, **whole)
    c = make_run(tmp_path, "c", right=9990, preset="mnist-adadelta", **whole)
    page = Page(report([a, b, c]))
    heads = ("", "Fixed", "Broke", "Points", "95 % interval", "p", "p, corrected", "This difference is")
    rows = {row[0]: row for row in page.table(*heads)}
    # The misread images are the first ones: B reads 3 of A's 100, C 90 of them. 2 * 0.5**3, times 1 of 3 pairs.
    assert rows["A → B"][1:4] + rows["A → B"][5:] == ["3", "0", "+0.03", "0.250", "0.250", "within noise"]
    assert rows["A → C"][1:4] + rows["A → C"][5:] == [
        "90",
        "0",
        "+0.90",
        "< 0.001",
        "< 0.001",
        "more than noise",
    ]
    differing = {row[0]: row[1:] for row in page.table("Field", "A", "B", "C")}
    assert differing["Training: seed"] == ["0", "1", "0"]
    assert "Training: loss" in differing
    seeds = page.table("Runs", "Recipe", "Mean test accuracy", "Standard deviation", "95 % interval")
    assert seeds[0][0] == "A, B"
    assert seeds[0][2:4] == ["99.02 %", "0.02"]  # of 99.00 and 99.03
    overview = page.table(
        "",
        "Run",
        "Data",
        "Test",
        "95 % interval",
        "Errors",
        "Best validation",
        "Weights",
        "Time",
        "Test uses",
    )
    assert [row[5] for row in overview] == ["100", "97", "10"]
    assert [row[-1] for row in overview] == ["1", "1", "4"]  # Adadelta's notebook watched the test images


def test_a_comparison_of_two_shows_which_images_changed_sides(tmp_path, labels):
    a = make_run(tmp_path, "a", right=96, images=100, labels=labels)
    b = make_run(tmp_path, "b", right=98, images=100, labels=labels)
    page = Page(report([a, b]))
    headings = [text for _, text in page.headings]
    assert "Fixed by B: 2 images, which A misread" in headings
    assert "Broken by B: 0 images, which B misreads" in headings
    fixed = [image["alt"] for image in page.images if image["alt"].startswith("Image ")][:2]
    assert {int(re.findall(r"\d+", alt)[0]) for alt in fixed} == {2, 3}


def test_runs_on_other_data_are_not_tested_against_one_another(tmp_path):
    a, b = make_run(tmp_path, "a"), make_run(tmp_path, "b", preset="fashion-vgg2")
    write_answers(b, np.arange(100) % 10, np.arange(100) % 10, dataset="fashion_mnist")
    assert "cannot be compared image by image" in Page(report([a, b])).text


def test_what_is_damaged_is_said_and_the_rest_is_there(tmp_path, run):
    torn, lost = make_run(tmp_path, "torn"), make_run(tmp_path, "lost")
    (torn / "evaluation.npz").write_bytes((torn / "evaluation.npz").read_bytes()[:100])
    (lost / "run.json").unlink()
    page = Page(report([run, torn, lost]))
    assert "evaluation.npz is truncated or damaged" in page.text
    assert "run.json is missing" in page.text
    assert "99.94 %" in page.text


def test_images_that_are_no_longer_the_same_are_not_shown(tmp_path):
    folder = make_run(tmp_path, right=90)  # its labels are not those of MNIST
    page = Page(report([folder]))
    assert "the data have changed" in page.text
    assert not [image for image in page.images if "png" in image["src"][:20]]


def test_a_run_whose_data_are_gone_is_reported_without_its_images(tmp_path):
    folder = make_run(tmp_path)
    write_answers(folder, np.arange(100) % 10, (np.arange(100) + 1) % 10, dataset="nowhere")
    assert "The images are missing" in Page(report([folder])).text


def test_a_run_without_validation_and_without_errors(tmp_path, labels):
    folder = make_run(tmp_path, right=100, labels=labels)
    write_history(folder, [{**row, "val_loss": None, "val_accuracy": None} for row in HISTORY])
    page = Page(report([folder]))
    assert "It classifies every test image correctly." in page.text
    assert page.table("Epoch", "Loss", "Accuracy", "Validation loss", "Validation accuracy")[0][3:] == [
        "–",
        "–",
    ]


def test_a_run_without_an_epoch_says_so(tmp_path):
    folder = make_run(tmp_path)
    (folder / "history.csv").unlink()
    (folder / "evaluation.npz").unlink()
    record = read_run(folder).record
    write_run(folder, msgspec.structs.replace(record, result=None, status="failed"))
    page = Page(report([folder]))
    assert "No epoch was recorded." in page.text
    assert "It has no evaluation" in page.text


def test_nothing_to_report_is_an_error(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudioError, match=r"nothing to report.*run\.json is missing"):
        report([tmp_path / "empty"])


def test_a_place_that_cannot_be_written_is_an_error(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="Cannot write"):
        write_report([run], tmp_path / "file" / "report.html")


def test_of_many_errors_the_forty_most_confident_are_shown(tmp_path, labels):
    folder = make_run(tmp_path, right=150, images=200, labels=labels)
    with np.load(folder / "evaluation.npz") as archive:
        arrays = {name: archive[name].copy() for name in archive.files}
    read = (labels[:50] + 1) % 10
    sure = 0.95 - 0.01 * np.arange(50)  # the first image is the surest mistake, the 50th the least sure
    arrays["probabilities"][:50] = (1 - sure[:, None]) / 9
    arrays["probabilities"][np.arange(50), read] = sure
    np.savez(folder / "evaluation.npz", **arrays)
    page = Page(report([folder]))
    found = [int(number) for image in page.images for number in re.findall(r"^Image (\d+):", image["alt"])]
    assert found == list(range(40))
    assert "The 40 most confident mistakes" in page.text


def test_a_run_named_twice_is_one_run(run):
    page = Page(report([run, run]))
    assert page.headings[0][1].startswith("Report of the run")


def test_columns_of_the_classes_are_what_their_heads_say(tmp_path, labels):
    # The first 60 images are read as the next class: precision and recall of a class are two figures.
    page = Page(report([make_run(tmp_path, right=940, images=1000, labels=labels)]))
    truth, read = labels[:1000], labels[:1000].copy()
    read[:60] = (read[:60] + 1) % 10
    expected = metrics.precision_recall_fscore_support(truth, read)
    for number, row in enumerate(page.table("Class", "Precision", "Recall", "F1", "Images")):
        shares = [float(cell.removesuffix(" %")) for cell in row[1:4]]
        assert shares == pytest.approx([100 * figure[number] for figure in expected[:3]], abs=0.006)


def test_a_run_that_watched_its_test_images_is_reported_with_a_warning(tmp_path, run):
    watched = make_run(tmp_path, "watched", preset="mnist-adadelta")
    assert "The test set is watched while training" in Page(report([watched])).text
    assert "The test set is watched while training" not in Page(report([run])).text
