"""The part of a report that compares runs."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.evaluation.significance import NOISE, frontier, incomparable, ledger
from cnn_studio.core.runs.recipe_diff import record_differences
from cnn_studio.core.runs.run_columns import (
    DASH,
    dataset_title,
    duration,
    interval_text,
    percent,
    short_count,
)
from cnn_studio.core.runs.run_comparison import ComparedRun, pair_tests
from cnn_studio.core.runs.seed_groups import seed_groups
from cnn_studio.figures.html_page import drawn, table, text
from cnn_studio.figures.learning_curve_figures import FURTHER, TRAINING, VALIDATION, curves_figure
from cnn_studio.figures.report_images import images_of, shown

COLORS = (TRAINING, VALIDATION, *FURTHER)
FEWEST_SEEDS = 2
MOST_CHANGED = 20
LOGARITHMIC_FROM = 20
"""So many times as costly as the cheapest, the costliest run takes a logarithmic axis."""
MOST_CELLS = 15
"""Classes up to which the cells of the difference carry their number."""


def letter(number: int) -> str:
    """Return what a run is called for short: A, B, ... Z, A2, B2, ..."""
    turn, index = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[index] + (str(turn + 1) if turn else "")


def comparison(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the sections that compare runs."""
    parts = [text("h2", "At a glance"), _overview(runs), *_seeds(runs), *_differences(runs)]
    curves = [(letter(number), run.history) for number, run in enumerate(runs) if run.history]
    if curves:
        names = ", ".join(name for name, _ in curves)
        figure = curves_figure([], overlays=curves)
        caption = "Validation accuracy and loss (training where nothing was validated)"
        parts += [text("h2", "Curves"), drawn(figure, f"Curves over the epochs of {names}.", caption)]
    return [*parts, *_tradeoff(runs), *_tests(runs), *_ledger(runs)]


def _overview(runs: Sequence[ComparedRun]) -> str:
    rows = []
    for number, run in enumerate(runs):
        record = run.row.record
        rows.append(
            [
                letter(number),
                run.row.name,
                dataset_title(record.recipe.dataset) if record else DASH,
                percent(run.accuracy),
                interval_text(run.interval) or DASH,
                f"{run.errors:,}" if run.errors is not None else DASH,
                percent(run.row.validation_accuracy),
                short_count(run.row.parameters) if run.row.parameters is not None else DASH,
                duration(run.seconds) if run.seconds is not None else DASH,
                str(run.row.test_set_uses),
            ]
        )
    heads = (
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
    caption = (
        "Test and validation: accuracy. Test uses: how often the test images were evaluated; choosing runs by "
        "them makes the chosen one look better than it is."
    )
    return table(heads, rows, caption, range(3, 10))


def _seeds(runs: Sequence[ComparedRun]) -> list[str]:
    rows = []
    letters = {run.row.folder: letter(number) for number, run in enumerate(runs)}
    for group in seed_groups([run.row for run in runs]):
        if group.test is None or group.test.count < FEWEST_SEEDS:
            continue
        spread = group.test
        rows.append(
            [
                ", ".join(letters[row.folder] for row in group.rows),
                group.rows[0].name,
                percent(spread.mean),
                f"{100 * spread.deviation:.2f}",
                interval_text(spread.interval),
            ]
        )
    if not rows:
        return []
    heads = ("Runs", "Recipe", "Mean test accuracy", "Standard deviation", "95 % interval")
    caption = (
        "Runs that differ only in their seed, the latest of each seed; the interval is Student's t of the "
        "mean"
    )
    return [text("h2", "Seeds"), table(heads, rows, caption, range(2, 5))]


def _differences(runs: Sequence[ComparedRun]) -> list[str]:
    readable = [(letter(number), run.row.record) for number, run in enumerate(runs) if run.row.record]
    found = record_differences([record for _, record in readable])
    parts = [text("h2", "What differs")]
    if not found:
        return [*parts, text("p", "Their recipes are the same.")]
    rows = [[f"{each.section}: {each.field}", *each.values] for each in found]
    heads = ("Field", *(name for name, _ in readable))
    return [*parts, table(heads, rows, "Only what differs between them")]


def _tradeoff(runs: Sequence[ComparedRun]) -> list[str]:
    """Return accuracy against weights and seconds, where two runs or more have them."""
    points = [
        (letter(number), (float(run.row.parameters), run.seconds), run.accuracy)
        for number, run in enumerate(runs)
        if run.row.parameters and run.seconds and run.accuracy is not None
    ]
    if len(points) < FEWEST_SEEDS:
        return []
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    accuracies = [accuracy for _, _, accuracy in points]
    best: set[str] = set()
    for index, (axes, unit) in enumerate(
        zip(figure.subplots(1, 2, sharey=True), ("parameters", "seconds"), strict=True)
    ):
        costs = [cost[index] for _, cost, _ in points]
        chosen = frontier(costs, accuracies)
        best |= {points[number][0] for number in chosen}
        axes.plot(
            [costs[number] for number in chosen],
            [100 * accuracies[number] for number in chosen],
            color="#8793A3",
            linewidth=1,
            zorder=1,
        )
        for number, (name, _, accuracy) in enumerate(points):
            axes.scatter(costs[number], 100 * accuracy, color=COLORS[number % len(COLORS)], zorder=2)
            axes.annotate(name, (costs[number], 100 * accuracy), (4, 4), textcoords="offset points")
        if max(costs) > LOGARITHMIC_FROM * min(costs):
            axes.set_xscale("log")
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.xaxis.set_major_formatter(_cost)
        axes.margins(0.15)
        axes.set_xlabel(unit)
        axes.grid(color="#E1E5EB")
    figure.axes[0].set_ylabel("test accuracy, %")
    alternative = (
        f"Accuracy against parameters and against seconds; no other run beats {', '.join(sorted(best))}."
    )
    caption = "The line joins the runs that no other beats in both"
    return [text("h2", "Accuracy and cost"), drawn(figure, alternative, caption)]


def _cost(cost: float, _: int) -> str:
    """Return a number of an axis."""
    return f"{cost:g}" if cost < 1000 else short_count(cost)


def _tests(runs: Sequence[ComparedRun]) -> list[str]:
    parts = [text("h2", "Is the difference real?")]
    tests = pair_tests(runs)
    if not tests:
        return [*parts, text("p", _why_not(runs))]
    rows = []
    for test in tests:
        a, b = runs[test.first].evaluation, runs[test.second].evaluation
        assert a is not None and b is not None
        entries = ledger(a, b)
        low, high = (f"{100 * end:+.2f}" for end in entries.interval)
        rows.append(
            [
                f"{letter(test.first)} → {letter(test.second)}",
                f"{len(entries.fixed):,}",
                f"{len(entries.broken):,}",
                f"{100 * entries.difference:+.2f}",
                f"{low} to {high}",
                _p(test.p_value),
                _p(test.corrected),
                "within noise" if test.corrected >= NOISE else "more than noise",
            ]
        )
    heads = ("", "Fixed", "Broke", "Points", "95 % interval", "p", "p, corrected", "This difference is")
    correction = f" with Holm's correction for {len(tests)} pairs" if len(tests) > 1 else ""
    caption = (
        "Images that only the second gets right (fixed) and only the first (broke); McNemar's exact test"
        f"{correction}; below p = {NOISE} a difference is more than noise"
    )
    return [*parts, table(heads, rows, caption, range(1, 7))]


def _why_not(runs: Sequence[ComparedRun]) -> str:
    answered = [run.evaluation for run in runs if run.evaluation is not None]
    problem = incomparable(*answered[:2]) if len(answered) > 1 else None
    return str(problem) if problem else "Fewer than two of the runs have an evaluation that can be read."


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _ledger(runs: Sequence[ComparedRun]) -> list[str]:
    """Return, of two runs, where their matrices differ and which images only one of them misreads."""
    if len(runs) != 2:
        return []
    a, b = runs[0].evaluation, runs[1].evaluation
    if a is None or b is None or incomparable(a, b) is not None:
        return []
    entries = ledger(a, b)
    parts = [
        text("h2", "What changed"),
        drawn(
            _difference_figure(a, b),
            "Difference of the two confusion matrices: B's counts minus A's.",
            "Images more (orange) and fewer (purple) with B than with A",
            pixels=len(a.classes) > MOST_CELLS,
        ),
    ]
    images = images_of(a)
    if isinstance(images, str):
        return [*parts, text("p", images)]
    for title, numbers, answers in (
        (f"Fixed by B: {len(entries.fixed):,} images, which A misread", entries.fixed, a),
        (f"Broken by B: {len(entries.broken):,} images, which B misreads", entries.broken, b),
    ):
        parts.append(text("h3", title))
        if len(numbers) > MOST_CHANGED:
            parts.append(text("p", f"The {MOST_CHANGED} most confident mistakes."))
        parts.append(shown(answers, images, numbers[:MOST_CHANGED]) if len(numbers) else text("p", "None."))
    return parts


def _difference_figure(a: Evaluation, b: Evaluation) -> Figure:
    change = b.confusion_matrix() - a.confusion_matrix()
    size = len(a.classes)
    largest = max(1, int(np.abs(change).max()))
    figure = Figure(figsize=(max(5.0, 0.5 * size + 2), max(4.5, 0.45 * size + 1.5)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(change, cmap="PuOr_r", vmin=-largest, vmax=largest)
    figure.colorbar(image, label="difference in images")
    if size <= MOST_CELLS:
        for (true, read), value in np.ndenumerate(change):
            if value:
                color = "white" if abs(value) > 0.6 * largest else "#1B2430"
                axes.text(read, true, f"{value:+d}", ha="center", va="center", color=color, fontsize=8)
    upright = all(len(name) <= 2 for name in a.classes)
    axes.set_xticks(
        range(size), a.classes, rotation=0 if upright else 50, ha="center" if upright else "right"
    )
    axes.set_yticks(range(size), a.classes)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    return figure
