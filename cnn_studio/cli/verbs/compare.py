"""`cnn-studio compare`: what differs between runs, and whether it is more than noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from cnn_studio.cli.output import Output, percent
from cnn_studio.cli.run_arguments import JsonOption, find_source
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.significance import (
    FEW_SEEDS,
    NOISE,
    AccuracyDifference,
    ledger,
    spread,
    welch,
)
from cnn_studio.core.runs.recipe_diff import record_differences
from cnn_studio.core.runs.run_comparison import (
    ComparedRun,
    group_accuracies,
    of_one_recipe,
    pair_tests,
    read_compared,
)
from cnn_studio.core.runs.seed_groups import SeedGroup, seed_groups

Row = dict[str, Any]


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN ...",
            help="Runs (folders or ids, see 'cnn-studio runs'), two or more.",
            show_default=False,
        ),
    ],
    json: JsonOption = False,
) -> None:
    """Compare runs: what differs in their recipes, which images each fixed or broke, and what is noise.

    p values are McNemar's (exact, Holm's correction for several pairs) on the same test images, and Welch's
    between several seeds of recipes. Accuracies are fractions of 1 in JSON.
    """
    if len(runs) < 2:
        raise typer.BadParameter("Name two runs or more.")
    folders = [find_source(run) for run in runs]
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise typer.BadParameter("Name each run once.")
    output = Output(json)
    found = read_compared(folders)
    records = [(run.name, run.row.record) for run in found]
    names = [name for name, record in records if record is not None]
    differences = [
        {"type": "difference", "section": one.section, "field": one.field, "values": list(one.values)}
        for one in record_differences([record for _, record in records if record is not None])
    ]
    pairs = list(_pairs(found))
    groups = [group for group in seed_groups([run.row for run in found]) if group.test is not None]
    group_rows = [_group_row(group) for group in groups]
    compared = list(_compared_groups(groups))
    if json:
        for row in (*map(_run_row, found), *differences, *pairs, *group_rows, *compared):
            output.line(row)
        return
    output.show(_run_table(found))
    for run in found:
        if run.problem:
            output.show(f"{run.name}: {run.problem}")
    output.show(
        "", *([_difference_table(names, differences)] if differences else ["The recipes do not differ."])
    )
    output.show("", *map(_pair_text, pairs))
    output.show("", *map(_group_text, group_rows), *map(_compared_text, compared))


def _run_row(run: ComparedRun) -> Row:
    return {
        "type": "run",
        "run": str(run.row.folder),
        "name": run.name,
        "test_accuracy": run.accuracy,
        "interval": run.interval,
        "errors": run.errors,
        "parameters": run.row.parameters,
        "flops": run.row.flops,
        "seconds": run.seconds,
        "seed": run.row.recipe.training.seed if run.row.recipe else None,
        "test_looks": run.row.test_set_uses,
        "problem": run.problem or None,
    }


def _pairs(runs: Sequence[ComparedRun]) -> Iterator[Row]:
    """Yield the comparison of every two runs, or why there is none."""
    corrected = {(test.first, test.second): test.corrected for test in pair_tests(runs)}
    for first, second in combinations(range(len(runs)), 2):
        a, b = runs[first], runs[second]
        row: Row = {"type": "pair", "a": a.name, "b": b.name, "one_recipe": of_one_recipe(a, b)}
        try:
            if a.evaluation is None or b.evaluation is None:
                lacking = a if a.evaluation is None else b
                raise StudioError(f"The predictions of {lacking.name} are missing.", lacking.problem)
            entries = ledger(a.evaluation, b.evaluation)
        except StudioError as error:
            yield row | {"problem": str(error)}
            continue
        p_value = corrected[first, second]
        yield row | {
            "images": entries.images,
            "fixed": len(entries.fixed),
            "broken": len(entries.broken),
            "both_wrong": len(entries.both_wrong),
            "both_right": len(entries.both_right),
            "difference": entries.difference,
            "interval": entries.interval,
            "p_value": entries.p_value,
            "corrected_p_value": p_value,
            "pairs_tested": len(corrected),
            "within_noise": p_value >= NOISE,
            "fixed_images": entries.fixed.tolist(),
            "broken_images": entries.broken.tolist(),
        }


def _group_row(group: SeedGroup) -> Row:
    figures = spread(group_accuracies(group))
    return {
        "type": "seeds",
        "recipe": group.rows[0].name,
        "seeds": group.seeds,
        "trainings": figures.count,
        "mean": figures.mean,
        "deviation": figures.deviation if figures.count > 1 else None,
        "interval": figures.interval,
    }


def _compared_groups(groups: Sequence[SeedGroup]) -> Iterator[Row]:
    for first, second in combinations(groups, 2):
        datasets = {row.recipe.dataset for group in (first, second) for row in group.rows if row.recipe}
        difference = welch(group_accuracies(first), group_accuracies(second)) if len(datasets) == 1 else None
        if difference is not None:
            yield _compared_row(first, second, difference)


def _compared_row(first: SeedGroup, second: SeedGroup, difference: AccuracyDifference) -> Row:
    return {
        "type": "seeds_compared",
        "a": first.rows[0].name,
        "b": second.rows[0].name,
        "difference": difference.difference,
        "interval": difference.interval,
        "p_value": difference.p_value,
        "within_noise": difference.p_value >= NOISE,
    }


def _run_table(runs: Sequence[ComparedRun]) -> Table:
    titles = ("Test accuracy", "95 % interval", "Errors", "Parameters", "Seconds", "Test uses")
    table = Table("Run", *(Column(title, justify="right") for title in titles))
    for run in runs:
        table.add_row(
            run.name,
            percent(run.accuracy),
            _share_interval(run.interval),
            "–" if run.errors is None else f"{run.errors:,}",
            "–" if run.row.parameters is None else f"{run.row.parameters:,}",
            "–" if run.seconds is None else f"{run.seconds:,.1f}",
            str(run.row.test_set_uses),
        )
    return table


def _difference_table(names: Sequence[str], differences: Sequence[Row]) -> Table:
    short = names if len(names) <= 2 else [name.partition(" ")[0] for name in names]  # their numbers
    table = Table("", "Differs", *short)
    section = ""
    for row in differences:
        table.add_row("" if row["section"] == section else row["section"], row["field"], *row["values"])
        section = row["section"]
    return table


def _pair_text(row: Row) -> str:
    pair = f"{row['a']} → {row['b']}: "
    if "problem" in row:
        return pair + str(row["problem"])
    p_value = row["corrected_p_value"]
    noise = "this difference is within noise" if row["within_noise"] else "this difference is more than noise"
    pairs = row["pairs_tested"]
    corrected = f"; Holm's correction for {pairs} pairs, {_p(row['p_value'])} alone" if pairs > 1 else ""
    chance = (
        " Only their seeds differ: this is how far chance alone varies one recipe."
        if row["one_recipe"]
        else ""
    )
    return (
        f"{pair}fixed {row['fixed']:,}, broke {row['broken']:,}, both wrong {row['both_wrong']:,} of "
        f"{row['images']:,} images; {_points(row['difference'])} points "
        f"({' to '.join(map(_points, row['interval']))}): {noise} ({_p(p_value)}{corrected}).{chance}"
    )


def _group_text(row: Row) -> str:
    text = f"{row['recipe']}: mean {percent(row['mean'])}"
    if row["interval"] is not None:
        text += (
            f", standard deviation {100 * row['deviation']:.3f} points, "
            f"95 % interval {_share_interval(row['interval'])}"
        )
    text += f"; {row['seeds']} seed" + ("s." if row["seeds"] != 1 else ".")
    return text + (" Too few to estimate noise: train more." if row["seeds"] < FEW_SEEDS else "")


def _compared_text(row: Row) -> str:
    noise = "within the noise of the seeds" if row["within_noise"] else "more than the noise of the seeds"
    return (
        f"{row['a']} → {row['b']}: {_points(row['difference'])} points "
        f"({' to '.join(map(_points, row['interval']))}) between the means: {noise} "
        f"({_p(row['p_value'])}, Welch's t test)."
    )


def _p(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def _points(difference: float) -> str:
    return f"{100 * difference:+.2f}".replace("-", "−")


def _share_interval(interval: tuple[float, float] | None) -> str:
    return "–" if interval is None else f"{100 * interval[0]:.2f} – {100 * interval[1]:.2f} %"
