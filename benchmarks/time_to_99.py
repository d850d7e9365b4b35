"""From the Train command on a warm engine to 99 % on MNIST's test set: `studio-quick`, five seeds.

Usage: python benchmarks/time_to_99.py [--seeds 5] [--plain-epochs 12]

The plain alternative, in a process of its own, is `mnist-adadelta-dropout` as the notebook wrote it: float64
images, one-hot labels, `model.compile` and `model.fit`, evaluated after every epoch until the test set is
read at 99.0 %. Times start after the imports in both.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 0.99
PLAIN = """
import sys, time
import keras, numpy as np
with np.load(sys.argv[1]) as data:
    x_train, y_train, x_test, y_test = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))
began = time.perf_counter()
x_train, x_test = x_train.reshape(-1, 28, 28, 1) / 255.0, x_test.reshape(-1, 28, 28, 1) / 255.0
y_train, y_test = keras.utils.to_categorical(y_train), keras.utils.to_categorical(y_test)
keras.utils.set_random_seed(0)
model = keras.Sequential([
    keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, activation="relu"),
    keras.layers.Conv2D(64, 3, activation="relu"), keras.layers.MaxPooling2D(2), keras.layers.Dropout(0.25),
    keras.layers.Flatten(), keras.layers.Dense(128, activation="relu"), keras.layers.Dropout(0.5),
    keras.layers.Dense(10, activation="softmax")])
model.compile(keras.optimizers.Adadelta(1.0), "categorical_crossentropy", metrics=["accuracy"])
for epoch in range(int(sys.argv[2])):
    model.fit(x_train, y_train, batch_size=128, epochs=1, verbose=0, validation_data=(x_test, y_test))
    accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
    if accuracy >= 0.99:
        break
print(time.perf_counter() - began, epoch + 1, accuracy)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--plain-epochs", type=int, default=12)
    wanted = parser.parse_args()

    import msgspec

    from cnn_studio.core.base.assets import resource
    from cnn_studio.core.recipes.presets import find_recipe
    from cnn_studio.engine.trainer import train

    recipe = find_recipe("studio-quick")
    seconds, accuracies = [], []
    for seed in range(-1, wanted.seeds):  # the first, not counted, warms the engine
        training = msgspec.structs.replace(recipe.training, seed=max(seed, 0))
        seeded = msgspec.structs.replace(recipe, training=training)
        with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
            began = time.perf_counter()
            run = train(seeded, Path(folder, "run"), lambda event: None)
            taken = time.perf_counter() - began
        assert run.record.result is not None
        if seed >= 0:
            seconds.append(taken)
            accuracies.append(run.record.result.test_accuracy)
            print(f"studio-quick, seed {seed}   {taken:5.2f} s   {100 * accuracies[-1]:.2f} %", flush=True)
    mean = sum(seconds) / len(seconds)
    reached = sum(accuracy >= TARGET for accuracy in accuracies)
    print(
        f"mean {mean:.2f} s to {100 * sum(accuracies) / len(accuracies):.2f} %; {reached} of {len(seconds)} at 99 % or above"
    )
    arguments = [str(resource("datasets", "mnist.npz")), str(wanted.plain_epochs)]
    plain = subprocess.run(
        [sys.executable, "-c", PLAIN, *arguments], capture_output=True, text=True, check=True
    )
    taken, epochs, accuracy = plain.stdout.split()[-3:]
    print(f"the notebook's script     {float(taken):.1f} s, {epochs} epochs, {100 * float(accuracy):.2f} %")
    print(f"ratio                     {float(taken) / mean:.1f}")


if __name__ == "__main__":
    main()
