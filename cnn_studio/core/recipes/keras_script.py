"""A recipe as a Python script that runs on its own with plain Keras."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from cnn_studio.core.network.layers import L1, L2, AnyLayer, Block, ResidualBlock, Shape
from cnn_studio.core.network.layers.layer_fields import tag_of
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.keras_script_parts import (
    AUGMENTED,
    COSINE,
    EXPONENTIAL,
    ONE_CYCLE,
    RESIDUAL,
    SCHEDULED,
    STEP,
    WINDOWS,
)
from cnn_studio.core.recipes.recipe import (
    Augmentation,
    DatasetSplit,
    LastSplit,
    RandomSplit,
    Recipe,
    WatchedTestSplit,
)
from cnn_studio.core.recipes.schedules import ConstantSchedule, ReduceLROnPlateau

KERAS_DATASETS = ("mnist", "fashion_mnist")
SCALED = {
    "0-1": "x_train, x_test = x_train / 255, x_test / 255",
    "none": "# The pixels stay 0 to 255.",
    "standardized": (
        "mean, deviation = x_train[train].mean(), x_train[train].std()\n"
        "x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation"
    ),
}
VALUES = {
    "0-1": "0.0, 1.0",
    "none": "0.0, 255.0",
    "standardized": "-mean / deviation, (255 - mean) / deviation",
}
"""The range of what enters the network."""
SCHEDULES = {"one-cycle": ONE_CYCLE, "cosine": COSINE, "step": STEP, "exponential": EXPONENTIAL}


def keras_script(recipe: Recipe, image_shape: Shape, classes: int) -> str:
    """Return a complete script with the same network, data, split, optimizer and schedule.

    MNIST and Fashion-MNIST come from `keras.datasets`; other data from a file `data.npz` beside the script
    with Keras's names x_train, y_train, x_test, y_test. What plain Keras has no layer for (stroke
    thickness, bending, a fade, drawn digits) is left out and named in the script's first lines.

    Args:
        recipe: What is to be trained.
        image_shape: Height, width, channels.
        classes: How many there are.

    Raises:
        StudioError: If the network does not fit.
    """
    network_of(recipe.layers, image_shape, classes)
    parts = (
        _head(recipe),
        _data(recipe, image_shape),
        _split(recipe),
        SCALED[recipe.scaling],
        *_network(recipe, image_shape),
        _augmented(recipe, image_shape),
        *_compiled(recipe, classes),
        _fit(recipe, classes),
        f"loss, accuracy = {_trained(recipe)}.evaluate(x_test, y_test, verbose=0)\n"
        'print(f"Test loss {loss:.4f}, accuracy {accuracy:.4f}")\n'
        'model.save("model.keras")',
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(recipe: Recipe) -> str:
    left_out = [
        text
        for text, there in (
            ("varied stroke thickness", recipe.augmentation.thickness),
            ("elastic bending of so many pixels", recipe.augmentation.elastic_px),
            ("the fading of the augmentation", recipe.augmentation.fade_fraction),
            (f"{recipe.pen_digits:,} digits drawn by CNN Studio's pen", recipe.pen_digits),
            (
                f"leaving out labels judged {recipe.leave_out}, which only this computer knows",
                recipe.leave_out != "none",
            ),
        )
        if there
    ]
    lines = [f'"""{recipe.title or recipe.name}, written by CNN Studio for plain Keras 3.']
    if left_out:
        lines += ["", f"Left out, because Keras has nothing for it: {', '.join(left_out)}."]
    lines += [
        '"""',
        "",
        "import keras",
        "import numpy as np",
        "",
        f"keras.utils.set_random_seed({recipe.training.seed})",
    ]
    if recipe.training.precision == "mixed_bfloat16":
        lines.append('keras.config.set_dtype_policy("mixed_bfloat16")')
    return "\n".join(lines)


def _data(recipe: Recipe, image_shape: Shape) -> str:
    if recipe.dataset in KERAS_DATASETS:
        return (
            f"(x_train, y_train), (x_test, y_test) = keras.datasets.{recipe.dataset}.load_data()\n"
            'x_train, x_test = x_train[..., None].astype("float32"), x_test[..., None].astype("float32")'
        )
    return (
        f'data = np.load("data.npz")  # images (N, {", ".join(map(str, image_shape))}), 0 to 255\n'
        'x_train, x_test = data["x_train"].astype("float32"), data["x_test"].astype("float32")\n'
        'y_train, y_test = data["y_train"], data["y_test"]'
    )


def _split(recipe: Recipe) -> str:
    split = recipe.split
    if isinstance(split, RandomSplit):
        return (
            f"order = np.random.RandomState({split.seed}).permutation(len(x_train))\n"
            f"held_out = int(np.ceil({split.fraction} * len(x_train)))\n"
            "train, validation = order[held_out:], order[:held_out]"
        )
    if isinstance(split, LastSplit):
        return (
            f"first = int(len(x_train) * (1 - {split.fraction}))\n"
            "train, validation = np.arange(first), np.arange(first, len(x_train))"
        )
    if isinstance(split, DatasetSplit):
        return _own_validation(split)
    return "train = np.arange(len(x_train))"


def _own_validation(split: DatasetSplit) -> str:
    """Put the images that are watched behind those that are learned from."""
    loaded = (
        f"keras.datasets.{split.dataset}.load_data()"
        if split.dataset in KERAS_DATASETS
        else 'np.load("validation.npz")'
    )
    names = ("train", "test") if split.part == "all" else (split.part,)
    if split.dataset in KERAS_DATASETS:
        pairs = ", ".join(f"({_watched('x', name)}, {_watched('y', name)})" for name in ("train", "test"))
        lines = [f"{pairs} = {loaded}"]
        stacked = {
            "x": ", ".join(f"{_watched('x', name)}[..., None]" for name in names),
            "y": ", ".join(_watched("y", name) for name in names),
        }
    else:
        lines = [f"watched = {loaded}  # with x_train, y_train, x_test, y_test, as data.npz"]
        stacked = {axis: ", ".join(f'watched["{axis}_{name}"]' for name in names) for axis in "xy"}
    return "\n".join(
        [
            *lines,
            "train = np.arange(len(x_train))",
            f'x_train = np.concatenate([x_train, {stacked["x"]}]).astype("float32")',
            f"y_train = np.concatenate([y_train, {stacked['y']}])",
            "validation = np.arange(len(train), len(x_train))",
        ]
    )


def _watched(axis: str, name: str) -> str:
    return f"{axis}_watched_{name}"


def _network(recipe: Recipe, image_shape: Shape) -> Iterator[str]:
    if any(isinstance(layer, ResidualBlock) for layer in _all(recipe.layers)):
        yield RESIDUAL
    if any(isinstance(layer.arguments().get("kernel_regularizer"), L1 | L2) for layer in _all(recipe.layers)):
        yield "regularizers = keras.regularizers"
    lines = [f"        keras.Input({image_shape}),"]
    lines += [f"        {text}," for text in _layers(recipe.layers, image_shape, 2)]
    body = "\n".join(lines)
    yield f"layers = keras.layers\n\nmodel = keras.Sequential(\n    [\n{body}\n    ]\n)\nmodel.summary()"


def _all(layers: tuple[AnyLayer, ...]) -> Iterator[AnyLayer]:
    for layer in layers:
        yield layer
        if isinstance(layer, Block):
            yield from _all(layer.layers)


def _layers(layers: tuple[AnyLayer, ...], shape: Shape, depth: int) -> Iterator[str]:
    for layer in layers:
        yield _layer(layer, shape, depth)
        shape = layer.output_shape(shape)


def _layer(layer: AnyLayer, shape: Shape, depth: int) -> str:
    """Return the call that makes a layer, inner lines indented for where it stands."""
    if isinstance(layer, Block):
        room = "    " * (depth + 1)
        inside = "".join(f"\n{room}{text}," for text in _layers(layer.layers, shape, depth + 1))
        end = "    " * depth
        if isinstance(layer, ResidualBlock):
            shortcut = layer.shortcut(shape)
            made = "None" if shortcut is None else _layer(shortcut, shape, depth)
            return f"residual({shape}, [{inside}\n{end}], {made}, {layer.activation!r})"
        return f"keras.Sequential([keras.Input({shape}),{inside}\n{end}], name={layer.name!r})"
    fields = {field.name: field for field in msgspec.structs.fields(type(layer))}
    said = [
        f"{name}={_value(value)}"
        for name, value in msgspec.structs.asdict(layer).items()
        if value != fields[name].default or fields[name].required or name in _ALWAYS
    ]
    return f"layers.{tag_of(type(layer))}({', '.join(said)})"


_ALWAYS = (
    "negative_slope",
    "momentum",
    "epsilon",
    "rate",
    "pool_size",
    "kernel_size",
    "activation",
    "padding",
)
"""Said even where they are this program's default, which need not be Keras's."""


def _value(value: Any) -> str:
    if isinstance(value, L1 | L2):
        strength = value.l1 if isinstance(value, L1) else value.l2
        return f"regularizers.{type(value).__name__}({strength})"
    return repr(value)


def _augmented(recipe: Recipe, shape: Shape) -> str:
    made = "\n        ".join(f"layers.{layer}," for layer in _augmentation(recipe.augmentation, shape))
    return AUGMENTED.format(shape=shape, range=VALUES[recipe.scaling], layers=made) if made else ""


def _trained(recipe: Recipe) -> str:
    """Return the name of what is compiled and fitted: the network, or it behind the augmentation."""
    return "trained" if any(_augmentation(recipe.augmentation, (1, 1, 1))) else "model"


def _augmentation(strengths: Augmentation, shape: Shape) -> Iterator[str]:
    """Give Keras's layers for the strengths that it has layers for."""
    height, width, _ = shape
    filled = 'fill_mode="constant", fill_value=low'
    if strengths.shift_px:
        yield f"RandomTranslation({strengths.shift_px / height:.4g}, {strengths.shift_px / width:.4g}, {filled})"
    if strengths.rotation_degrees:
        yield f"RandomRotation({strengths.rotation_degrees / 360:.4g}, {filled})"
    if strengths.scale_fraction:
        yield f"RandomZoom({strengths.scale_fraction}, {filled})"
    if strengths.shear_degrees:
        slant = math.tan(math.radians(strengths.shear_degrees))
        yield f"RandomShear({min(1.0, slant):.4g}, 0.0, {filled})"
    if strengths.contrast:
        yield f"RandomContrast({strengths.contrast}, value_range=(low, high))"
    if strengths.flip_horizontal:
        yield 'RandomFlip("horizontal")'
    if strengths.flip_vertical:
        yield 'RandomFlip("vertical")'
    if strengths.erase_fraction:
        yield f"RandomErasing(factor=1.0, scale=(1e-3, {strengths.erase_fraction}), value_range=(low, high))"
    if strengths.noise:
        yield f"GaussianNoise({strengths.noise} * (high - low))"


def _compiled(recipe: Recipe, classes: int) -> Iterator[str]:
    schedule, training = recipe.schedule, recipe.training
    arguments = recipe.optimizer.arguments()
    if training.ema_momentum:
        arguments |= {"use_ema": True, "ema_momentum": training.ema_momentum}
    kind = tag_of(type(schedule))
    scheduled = not isinstance(schedule, ConstantSchedule | ReduceLROnPlateau)
    if scheduled:
        strengths = ", ".join(f"{name}={value}" for name, value in msgspec.structs.asdict(schedule).items())
        yield SCHEDULES[kind].strip("\n")
        yield SCHEDULED.format(
            epochs=training.epochs,
            steps=_steps(recipe),
            learning_rate=recipe.optimizer.learning_rate,
            strengths=strengths,
        ).strip("\n")
    said = ", ".join(
        f"{name}={'schedule' if scheduled and name == 'learning_rate' else repr(value)}"
        for name, value in arguments.items()
    )
    yield (
        f"y_train = keras.utils.to_categorical(y_train, {classes})\n"
        f"y_test = keras.utils.to_categorical(y_test, {classes})\n"
        f"{_trained(recipe)}.compile(\n"
        f"    optimizer=keras.optimizers.{tag_of(type(recipe.optimizer))}({said}),\n"
        f"    loss=keras.losses.CategoricalCrossentropy(label_smoothing={training.label_smoothing}),\n"
        '    metrics=["accuracy"],\n)'
    )


def _steps(recipe: Recipe) -> str:
    size = recipe.training.batch_size
    if recipe.training.sampling == "contiguous-window":
        return f"max(1, len(train) // {size})"
    return f"-(-len(train) // {size})"


def _fit(recipe: Recipe, classes: int) -> str:
    training, split, callbacks = recipe.training, recipe.split, []
    if isinstance(recipe.schedule, ReduceLROnPlateau):
        schedule = recipe.schedule
        callbacks.append(
            f'keras.callbacks.ReduceLROnPlateau("val_accuracy", factor={schedule.reduction}, '
            f"patience={schedule.patience}, min_lr={schedule.min_lr}, verbose=1)"
        )
    if recipe.early_stopping is not None:
        said = ", ".join(
            f"{name}={value!r}" for name, value in msgspec.structs.asdict(recipe.early_stopping).items()
        )
        callbacks.append(f"keras.callbacks.EarlyStopping({said})")
    lines = []
    watched = isinstance(split, RandomSplit | LastSplit | DatasetSplit)
    if training.class_weight == "balanced":
        lines += [
            "counts = y_train[train].sum(axis=0)",
            f"weights = {{number: len(train) / ({classes} * count) for number, count in enumerate(counts) if count}}",
        ]
    arguments = []
    if training.sampling == "contiguous-window":
        lines.append(WINDOWS.format(seed=training.seed).strip("\n"))
        arguments.append(f"Windows(x_train[train], y_train[train], {training.batch_size}),")
    else:
        arguments += ["x_train[train],", "y_train[train],", f"batch_size={training.batch_size},"]
    arguments.append(f"epochs={training.epochs},")
    if watched:
        arguments.append("validation_data=(x_train[validation], y_train[validation]),")
    elif isinstance(split, WatchedTestSplit):
        lines.append("# The test set is watched while training, as the source did: its figure flatters.")
        arguments.append("validation_data=(x_test, y_test),")
    if training.class_weight == "balanced":
        arguments.append("class_weight=weights,")
    if callbacks:
        arguments.append(f"callbacks=[{', '.join(callbacks)}],")
    body = "\n".join(f"    {argument}" for argument in arguments)
    return "\n".join([*lines, f"{_trained(recipe)}.fit(\n{body}\n)"])
