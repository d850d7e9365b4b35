"""Publish a run of `studio-handwriting` as the shipped digit model.

Usage: cnn-studio train studio-handwriting --out RUN
       python packaging/build_digit_model.py RUN

Fits the temperature on the run's validation images, takes an answer that is less probable
than not as "not sure" (what is no digit at all, the guard refuses), and writes `digits.keras`,
`digits.onnx` and `digits.json` into `resources/models`. The test figures in `digits.json` are the run's own, from the
one look at the test set that every run takes at its end.
"""

import hashlib
import json
import sys
from pathlib import Path

import msgspec

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.recipes.recipe import recipe_to_mapping
from cnn_studio.core.runs.run_folder import KERAS_FILE, read_run
from cnn_studio.engine.calibration import fitted_temperature
from cnn_studio.engine.data_pipeline import parts_of
from cnn_studio.engine.model_files import load_keras, save_keras, save_onnx
from cnn_studio.engine.training_step import Answering

MODELS = resource("models")
REJECT_BELOW = 0.5


def main() -> None:
    """Write the three files."""
    run = read_run(Path(sys.argv[1]))
    recipe, result = run.record.recipe, run.record.result
    assert result is not None
    model, card = load_keras(run.folder / KERAS_FILE)
    parts = parts_of(load_dataset(recipe.dataset), recipe)
    answers = Answering(model, (card.input_scale, card.input_offset))(parts.x_validation)
    temperature = fitted_temperature(answers, parts.y_validation)
    card = msgspec.structs.replace(card, temperature=temperature, reject_below=REJECT_BELOW)
    save_keras(model, card, MODELS / "digits.keras")
    save_onnx(model, card, MODELS / "digits.onnx")
    validation = float((answers.argmax(axis=1) == parts.y_validation).mean())
    about = {
        "name": "Studio digits",
        "command": f"cnn-studio train {recipe.name} --seed {recipe.training.seed}",
        "recipe": recipe_to_mapping(recipe),
        "versions": run.record.versions,
        "trained": run.record.created,
        "device": run.record.device,
        "seconds": round(result.seconds, 1),
        "parameters": model.count_params(),
        "validation_images": len(parts.y_validation),
        "validation_accuracy": validation,
        "test_accuracy": result.test_accuracy,
        "test_loss": result.test_loss,
        "temperature": temperature,
        "reject_below": REJECT_BELOW,
        "sha256": {
            name: hashlib.sha256((MODELS / name).read_bytes()).hexdigest()
            for name in ("digits.keras", "digits.onnx")
        },
    }
    MODELS.joinpath("digits.json").write_text(json.dumps(about, indent=2) + "\n")
    sys.stdout.write(
        json.dumps({key: about[key] for key in ("test_accuracy", "temperature", "reject_below")}) + "\n"
    )


if __name__ == "__main__":
    main()
