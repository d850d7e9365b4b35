"""Differences, p values and verdicts in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from cnn_studio.core.evaluation.significance import FEW_SEEDS, NOISE, AccuracyDifference, ChangeCounts


def p_text(p_value: float) -> str:
    """Return a p value with the digits that matter: p = 0.40, p = 0.003, p < 0.001."""
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def points(difference: float) -> str:
    """Return a difference of two shares of 1 in percentage points, signed."""
    return f"{100 * difference:+.2f}".replace("-", "−")


def percent(share: float | None) -> str:
    """Return a share of 1 in percent, or a dash."""
    return "–" if share is None else f"{100 * share:.2f} %"


def interval_text(interval: tuple[float, float]) -> str:
    """Return an interval of differences in points."""
    return QCoreApplication.translate("RunComparison", "{low} to {high}").format(
        low=points(interval[0]), high=points(interval[1])
    )


def verdict(entries: ChangeCounts, p_value: float) -> str:
    """Return what the answers of A and B to the same images say, in a sentence."""
    more = len(entries.fixed) - len(entries.broken)
    if more > 0:
        pattern = QCoreApplication.translate("RunComparison", "B reads %n image(s) more", "", more)
    elif more < 0:
        pattern = QCoreApplication.translate("RunComparison", "B reads %n image(s) fewer", "", -more)
    else:
        pattern = QCoreApplication.translate("RunComparison", "B reads as many images as A")
    said = (
        QCoreApplication.translate(
            "RunComparison", "{text} of {total} ({points} points): this difference is more than noise ({p})."
        )
        if p_value < NOISE
        else QCoreApplication.translate(
            "RunComparison", "{text} of {total} ({points} points): this difference is within noise ({p})."
        )
    )
    return said.format(
        text=pattern, total=f"{entries.images:,}", points=points(entries.difference), p=p_text(p_value)
    )


def reasons(entries: ChangeCounts, corrected: tuple[float, int] | None) -> str:
    """Return what the verdict rests on."""
    text = QCoreApplication.translate(
        "RunComparison",
        "B fixed {fixed}, broke {broken}; 95 % interval {interval} points; McNemar's test",
    ).format(
        fixed=f"{len(entries.fixed):,}",
        broken=f"{len(entries.broken):,}",
        interval=interval_text(entries.interval),
    )
    if corrected is None:
        return f"{text}."
    pattern = QCoreApplication.translate(
        "RunComparison", "{text}, Holm's correction for {count} pairs ({p} alone)."
    )
    return pattern.format(text=text, count=corrected[1], p=p_text(entries.p_value))


def looks_text(looks: Sequence[tuple[str, int]]) -> str:
    """Return how often the test images were looked at, run by run."""
    shown = ", ".join(f"{name} {count}" for name, count in looks)
    return QCoreApplication.translate("RunComparison", "Test set uses: {shown}.").format(shown=shown)


def group_verdict(difference: AccuracyDifference) -> str:
    """Return what two groups of trainings say."""
    pattern = (
        QCoreApplication.translate(
            "RunComparison",
            "Mean of B less mean of A: {points} points, more than the noise of the seeds ({p}).",
        )
        if difference.p_value < NOISE
        else QCoreApplication.translate(
            "RunComparison", "Mean of B less mean of A: {points} points, within the noise of the seeds ({p})."
        )
    )
    return pattern.format(points=points(difference.difference), p=p_text(difference.p_value))


def few_seeds_text(counts: Sequence[int]) -> str:
    """Return a warning where a group has fewer seeds than say much; empty where none has."""
    fewest = min(counts, default=FEW_SEEDS)
    if fewest >= FEW_SEEDS:
        return ""
    if fewest < 2:
        return QCoreApplication.translate(
            "RunComparison",
            "One seed says nothing about the noise between trainings: train with at least two more.",
        )
    return QCoreApplication.translate(
        "RunComparison",
        "Two seeds say little about the noise between trainings: the interval is wide. Train more.",
    )
