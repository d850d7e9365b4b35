"""Graphs of TensorFlow without AutoGraph.

AutoGraph reads the source of what it compiles: in a packaged program there is none and a training fails; where
there is, it leaves a file for each function in the folder for temporary files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def compiled(*signature: tf.TensorSpec) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function of tensors as it stands.

    Args:
        signature: Shape and type of each argument; none leaves them to the calls.
    """
    decorator: Callable[[Callable[..., Any]], Any] = tf.function(
        input_signature=signature or None, autograph=False
    )
    return decorator


def repeat(count: tf.Tensor, step: Callable[[tf.Tensor], None]) -> None:
    """Take numbered steps, one after the other, in one loop of the graph.

    Args:
        count: How many, () int32.
        step: Is given 0, 1, ...; traced once.
    """

    def body(number: tf.Tensor) -> tuple[tf.Tensor]:
        step(number)
        return (number + 1,)

    tf.while_loop(lambda number: number < count, body, (tf.constant(0),))
