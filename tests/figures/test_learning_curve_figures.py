"""The saved curves: values, gaps, scales, smoothing, further runs."""

import numpy as np
import pytest

from cnn_studio.figures.figure_files import save_figure
from cnn_studio.figures.learning_curve_figures import curves_figure

HISTORY = [
    {"epoch": 1.0, "accuracy": 0.9, "val_accuracy": None, "loss": 0.5, "val_loss": None},
    {"epoch": 2.0, "accuracy": 0.95, "val_accuracy": 0.97, "loss": 0.2, "val_loss": 0.1},
    {"epoch": 3.0, "accuracy": 0.99, "val_accuracy": 0.96, "loss": 0.1, "val_loss": 0.15},
]


def lines_of(axes):
    """Return the lines that carry a name."""
    return {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}


def written(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def test_curves_leave_out_the_epochs_without_validation():
    top, bottom = curves_figure(HISTORY).axes
    assert lines_of(top)["training"].get_ydata().tolist() == [0.9, 0.95, 0.99]
    assert lines_of(top)["validation"].get_xdata().tolist() == [2, 3]
    assert lines_of(bottom)["validation"].get_ydata().tolist() == [0.1, 0.15]
    assert all(text.endswith(" %") for text in written(top))
    assert lines_of(top)["training"].get_linestyle() != lines_of(top)["validation"].get_linestyle()


def test_the_best_epoch_is_ringed():
    top, bottom = curves_figure(HISTORY).axes
    assert top.collections[0].get_offsets().tolist() == [[2, 0.97]]
    assert bottom.collections[0].get_offsets().tolist() == [[2, 0.1]]


def test_logarithmic_axes_carry_values_not_exponents():
    top, bottom = curves_figure(HISTORY, logarithmic=True).axes
    assert lines_of(bottom)["training"].get_ydata().tolist() == pytest.approx(np.log10([0.5, 0.2, 0.1]))
    assert "0.1" in written(bottom)
    assert lines_of(top)["training"].get_ydata().tolist() == pytest.approx([1, 1.30103, 2])
    assert "90 %" in written(top)


def test_batches_are_drawn_behind_and_smoothed_over_themselves():
    batches = np.column_stack([np.arange(1, 31) / 10, np.tile([0.0, 1.0], 15), np.full(30, 0.5)])
    plain = curves_figure(HISTORY, batches=batches).axes[1].get_lines()
    assert plain[0].get_ydata().tolist() == pytest.approx(np.tile([0.0, 1.0], 15))
    both = curves_figure(HISTORY, batches=batches, smoothing=0.9).axes[1]
    faint, smooth = both.get_lines()[:2]
    assert faint.get_alpha() < plain[0].get_alpha()
    assert np.ptp(smooth.get_ydata()[15:]) < 0.3
    assert lines_of(both)["training"].get_ydata().tolist() == [0.5, 0.2, 0.1]  # means already


def test_further_runs_and_rate_changes_are_named():
    figure = curves_figure(HISTORY, overlays=[("other", HISTORY[:2])], rate_steps=[(1.5, 0.0003)])
    top = figure.axes[0]
    assert lines_of(top)["other"].get_xdata().tolist() == [2]
    assert {text.get_text() for text in top.get_legend().get_texts()} == {"other", "training", "validation"}
    assert [text.get_text().strip() for text in top.texts] == ["rate 0.0003"]


def test_runs_are_drawn_without_one_in_front(tmp_path):
    figure = curves_figure([], "two runs", overlays=[("a", HISTORY), ("b", HISTORY[:1])])
    assert set(lines_of(figure.axes[0])) == {"a", "b"}
    save_figure(figure, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 10_000


def test_batches_beyond_the_last_epoch_are_in_the_picture():
    batches = np.column_stack([np.arange(1, 46) / 10, np.ones(45), np.full(45, 0.5)])  # 4.5 epochs, 3 ended
    for axes in curves_figure(HISTORY, batches=batches).axes:
        assert axes.get_xlim()[1] >= 4.5
