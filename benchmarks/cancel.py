"""How long a training goes on after it was canceled: `mnist-adadelta-dropout`, in training and in validation.

Usage: python benchmarks/cancel.py [--trials 20]

The real engine trains in its own process; the time runs from the Cancel command in this process to the
engine's report that it has stopped learning or validating and reads the test set with what it has. The moment
is drawn at random. The plain alternative is Keras's own way, a callback that sets `model.stop_training`,
from the request to the return of `model.fit`, which validates once more before it returns.
"""

from __future__ import annotations

import argparse
import queue
import random
import tempfile
import threading
import time

from measuring import machine, median, percentile

from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.protocol.commands import Cancel, Train
from cnn_studio.core.protocol.events import BatchEnded, RunEnded, StageEntered, WorkerStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import recipe_to_mapping
from cnn_studio.worker.client import Heard, WorkerClient

PRESET = "mnist-adadelta-dropout"
TRAINING_IMAGES = {"training": 60_000, "validation": 1_280}
EPOCHS = 12
LONGEST_WAIT = {"training": 1.5, "validation": 0.4}


class Engine:
    """The real engine; its events wait in a queue."""

    def __init__(self) -> None:
        self.heard: queue.SimpleQueue[tuple[float, Heard]] = queue.SimpleQueue()
        self.client = WorkerClient(lambda event: self.heard.put((time.perf_counter(), event)))
        self.client.start()
        self.until(lambda event: isinstance(event, WorkerStarted))

    def until(self, wanted: object) -> float:
        """Return when the event came that `wanted` says yes to."""
        while True:
            at, event = self.heard.get(timeout=120)
            if wanted(event):
                return at

    def seconds(self, phase: str, trial: int) -> float:
        """Train, cancel in a phase, and return how long it went on."""
        job = f"{phase} {trial}"
        with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
            recipe = recipe_to_mapping(find_recipe(PRESET))
            self.client.send(Train(job=job, recipe=recipe, parent=folder, limit=TRAINING_IMAGES[phase]))
            if phase == "training":
                self.until(lambda event: isinstance(event, BatchEnded) and event.step > 20)
            else:
                self.until(lambda event: isinstance(event, StageEntered) and "validating" in event.text)
            time.sleep(random.uniform(0, LONGEST_WAIT[phase]))
            began = time.perf_counter()
            self.client.send(Cancel(job=job))
            stopped = self.until(
                lambda event: isinstance(event, StageEntered) and "test images" in event.text
            )
            self.until(lambda event: isinstance(event, RunEnded))
        return stopped - began


def plain(phase: str, trials: int) -> list[float]:
    """Return the seconds from the request to the return of `model.fit`."""
    import keras

    from cnn_studio.engine.builder import build_loss, build_model, build_optimizer

    recipe = find_recipe(PRESET)
    data = load_dataset(recipe.dataset)
    count = TRAINING_IMAGES[phase]
    x, y = data.x_train[:count] / 255.0, keras.utils.to_categorical(data.y_train[:count])
    x_test, y_test = data.x_test / 255.0, keras.utils.to_categorical(data.y_test)
    model = build_model(recipe, data.info)
    model.compile(build_optimizer(recipe), build_loss(recipe), metrics=["accuracy"])
    requested, there = threading.Event(), threading.Event()

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            if phase == "training" and batch > 20:
                there.set()
            self.model.stop_training = requested.is_set()

        def on_test_begin(self, logs: object = None) -> None:
            there.set()

    def fit() -> None:
        model.fit(
            x,
            y,
            batch_size=128,
            epochs=EPOCHS,
            verbose=0,
            validation_data=(x_test, y_test),
            callbacks=[Stop()],
        )

    taken = []
    for _ in range(trials):
        requested.clear(), there.clear()
        thread = threading.Thread(target=fit)
        thread.start()
        there.wait()
        time.sleep(random.uniform(0, LONGEST_WAIT[phase]))
        began = time.perf_counter()
        requested.set()
        thread.join()
        taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--plain-trials", type=int, default=4)
    wanted = parser.parse_args()
    random.seed(0)
    print(f"{machine()}; {PRESET}")
    engine = Engine()
    engine.seconds("training", -1)  # warms the engine
    ours = {
        phase: [engine.seconds(phase, trial) for trial in range(wanted.trials)] for phase in TRAINING_IMAGES
    }
    engine.client.close()
    for phase, taken in ours.items():
        theirs = plain(phase, wanted.plain_trials)
        print(
            f"in {phase:11} ours median {1000 * median(taken):6.0f} ms   p95 {1000 * percentile(taken, 0.95):6.0f} ms"
            f"   longest {1000 * max(taken):6.0f} ms ({len(taken)} trials)   "
            f"plain median {1000 * median(theirs):7.0f} ms   ratio {median(theirs) / median(taken):.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
