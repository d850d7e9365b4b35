"""A preset trained to its full epochs by a plain script: what the notebook's settings give in today's Keras.

Usage: python benchmarks/plain_recipe.py PRESET [--seeds 0 1 2] [--epochs N]

Where a preset falls short of what its notebook reported, this shows whether it is the engine: the same
network, optimizer, batch size and split in `model.compile` and `model.fit`, in float32, with nothing of ours
but the builder of the layers. Training loss and accuracy of some epochs and the test accuracy are printed
for each seed; the test set is used once per seed.
"""

from __future__ import annotations

import argparse

import keras

from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.datasets.splits import split_indices
from cnn_studio.core.recipes.presets import find_recipe, preset_names
from cnn_studio.engine.builder import build_model, build_optimizer

SHOWN = (1, 6, 12, 14, 18, 20, 30, 50)


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("preset", choices=preset_names())
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int)
    wanted = parser.parse_args()
    recipe = find_recipe(wanted.preset)
    data = load_dataset(recipe.dataset)
    factor = 255.0 if recipe.scaling == "0-1" else 1.0
    train, validation = split_indices(recipe.split, len(data.x_train))
    x, y = data.x_train / factor, data.y_train
    print(f"{wanted.preset}, Keras {keras.__version__}, plain model.fit in float32")
    for seed in wanted.seeds:
        keras.utils.set_random_seed(seed)
        model = build_model(recipe, data.info)
        model.compile(build_optimizer(recipe), "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            x[train],
            y[train],
            batch_size=recipe.training.batch_size,
            epochs=wanted.epochs or recipe.training.epochs,
            validation_data=(x[validation], y[validation]) if len(validation) else None,
            verbose=0,
        ).history
        _, accuracy = model.evaluate(data.x_test / factor, data.y_test, verbose=0)
        for epoch in SHOWN:
            if epoch <= len(history["loss"]):
                loss, right = history["loss"][epoch - 1], history["accuracy"][epoch - 1]
                print(f"  seed {seed} epoch {epoch:2}: training loss {loss:.4f}, accuracy {right:.4f}")
        print(f"  seed {seed}: {100 * accuracy:.2f} % of the test set", flush=True)


if __name__ == "__main__":
    main()
