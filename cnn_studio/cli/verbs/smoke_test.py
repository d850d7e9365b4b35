"""`cnn-studio smoke-test`."""

from __future__ import annotations

import time

from rich.table import Column, Table

from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import JsonOption


def smoke_test(json: JsonOption = False) -> None:
    """Open the window, draw, train, evaluate, export and close; report how long each step took."""
    from cnn_studio.app import run_smoke_test

    output = Output(json)
    table = Table("Step", Column("Seconds", justify="right"), "Detail")

    def report(step: str, seconds: float, detail: str) -> None:
        table.add_row(step, f"{seconds:.2f}", detail)
        if json:
            output.line({"step": step, "seconds": seconds, "detail": detail})

    began = time.perf_counter()
    passed = False
    try:
        run_smoke_test(report)
        passed = True
    finally:  # what was done before a failure helps to find it
        seconds = time.perf_counter() - began
        if json:
            output.line({"event": "result", "passed": passed, "seconds": seconds})
        else:
            output.show(table, f"{'Passed' if passed else 'Failed'} after {seconds:.1f} s.")
