"""Train the guard: the small network that says whether a drawing is a digit at all.

Usage: python packaging/train_guard.py [--epochs 10]

It learns from MNIST's training images and digits drawn by a program on one side, from letters, signs,
doodles and scribbles drawn by a program on the other (`non_digits`); nothing of it comes from
anybody's handwriting but MNIST's. `guard_below` in `guard.json` is the probability under which 0.4 % of the
5,000 digits fall that were held back, 3,000 of MNIST's training images and 2,000 drawn ones.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import msgspec
import numpy as np
from non_digits import outliers

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import Dataset, DatasetInfo, Resolver, add_resolver, load_dataset
from cnn_studio.core.recipes.recipe import load_recipe, recipe_to_mapping
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.core.synthetic.digits import drawn_digits
from cnn_studio.engine.trainer import train
from cnn_studio.inference.classifier import Classifier

RECIPE = Path(__file__).with_name("guard.toml")
MODELS = resource("models")
HELD_BACK, DRAWN, DRAWN_HELD_BACK = 3_000, 35_000, 2_000
OUTLIERS, OUTLIERS_HELD_BACK = 50_000, 5_000
REFUSED_SHARE = 0.004
CLASSES = ("no digit", "digit")


def dataset() -> Dataset:
    """Return both classes; the images held back are its test images."""
    mnist = load_dataset("mnist").x_train
    drawn, _ = drawn_digits(DRAWN + DRAWN_HELD_BACK, 41)
    others = outliers(OUTLIERS + OUTLIERS_HELD_BACK, 42)
    learned = np.concatenate([others[OUTLIERS_HELD_BACK:], mnist[HELD_BACK:], drawn[DRAWN_HELD_BACK:]])
    kept = np.concatenate([others[:OUTLIERS_HELD_BACK], mnist[:HELD_BACK], drawn[:DRAWN_HELD_BACK]])
    labels = (np.arange(len(learned)) >= OUTLIERS).astype(np.int32)
    kept_labels = (np.arange(len(kept)) >= OUTLIERS_HELD_BACK).astype(np.int32)
    info = DatasetInfo(
        name="guard", title="Digits and other things", file="", classes=CLASSES, train_size=len(learned),
        test_size=len(kept), license="", origin="MNIST, and drawn by a program",
    )  # fmt: skip
    return Dataset(info, learned, labels, kept, kept_labels)


def main() -> None:
    """Train, and write `guard.onnx` and `guard.json`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=10)
    wanted = parser.parse_args()
    data = dataset()
    add_resolver("guard", Resolver(lambda name: data, lambda name: data.info, "guard"))
    recipe = load_recipe(RECIPE)
    training = msgspec.structs.replace(recipe.training, epochs=wanted.epochs)
    recipe = msgspec.structs.replace(recipe, training=training)
    with tempfile.TemporaryDirectory(prefix="cnn-studio-") as folder:
        run = train(
            recipe,
            Path(folder, "run"),
            lambda event: (
                sys.stdout.write(
                    f"{type(event).__name__} {getattr(event, 'val_accuracy', '')} {getattr(event, 'seconds', '')}\n"
                )
                if type(event).__name__ == "EpochEnded"
                else None
            ),
        )
        (MODELS / "guard.onnx").write_bytes((run.folder / ONNX_FILE).read_bytes())
    digit = Classifier(MODELS / "guard.onnx").probabilities(data.x_test)[:, 1]
    is_digit = data.y_test == 1
    below = float(np.quantile(digit[is_digit], REFUSED_SHARE))
    about = {
        "name": "Guard",
        "command": "python packaging/train_guard.py",
        "recipe": recipe_to_mapping(recipe),
        "versions": run.record.versions,
        "digits_held_back": int(is_digit.sum()),
        "guard_below": round(below, 4),
        "digits_refused": float((digit[is_digit] < below).mean()),
        "others_held_back": int((~is_digit).sum()),
        "others_refused": float((digit[~is_digit] < below).mean()),
    }
    (MODELS / "guard.json").write_text(json.dumps(about, indent=2) + "\n")
    sys.stdout.write(json.dumps({key: about[key] for key in list(about)[4:]}) + "\n")


if __name__ == "__main__":
    main()
