"""Keras's private names that trainings rely on are there; a release without one is named in a plain sentence."""

import importlib

import keras
import pytest
import tensorflow as tf

from cnn_studio.engine import fused_layers
from cnn_studio.engine.distributed import _Summing

FUSED, EPOCHS, DISTRIBUTED = (
    "engine/fused_layers.py",
    "engine/epoch_weights.py",
    "engine/distributed.py",
)
OPTIMIZERS = [
    ("Adam", "_get_variable_index", FUSED),
    ("Adam", "_momentums", FUSED),
    ("Adam", "_velocities", FUSED),
    ("AdamW", "_get_variable_index", FUSED),
    ("AdamW", "_momentums", FUSED),
    ("AdamW", "_velocities", FUSED),
    ("Adadelta", "_get_variable_index", FUSED),
    ("Adadelta", "_accumulated_grads", FUSED),
    ("Adadelta", "_accumulated_delta_vars", FUSED),
    ("RMSprop", "_get_variable_index", FUSED),
    ("RMSprop", "_velocities", FUSED),
    ("RMSprop", "_momentums", FUSED),
    *((name, "_model_variables_moving_average", EPOCHS) for name in ("Adam", "SGD")),
    *((name, "_all_reduce_sum_gradients", DISTRIBUTED) for name in ("Adam", "SGD", "Adadelta")),
]


def optimizer_of(name):
    """Build one of Keras's own over a variable, with every option that makes private variables."""
    kind = getattr(keras.optimizers, name)
    options = {"momentum": 0.9} if name == "RMSprop" else {}
    optimizer = kind(use_ema=True, **options)
    optimizer.build([keras.Variable([0.0])])
    return optimizer


def gone(owner, title, name, module):
    """Return what is to be said of a name that its owner no longer has; nothing where it has it."""
    if hasattr(owner, name):
        return ""
    return f"Keras {keras.__version__} no longer has {title}.{name}; {module} relies on it."


@pytest.mark.parametrize(("optimizer", "name", "module"), OPTIMIZERS)
def test_optimizers_have_what_is_read_of_them(optimizer, name, module):
    if sentence := gone(optimizer_of(optimizer), f"optimizers.{optimizer}", name, module):
        pytest.fail(sentence, pytrace=False)


def test_the_export_has_the_patch_for_numpy_2():
    try:
        library = importlib.import_module("keras.src.export.tf2onnx_lib")
    except ModuleNotFoundError:
        library = None
    if sentence := gone(library, "src.export.tf2onnx_lib", "patch_tf2onnx", EPOCHS):
        pytest.fail(sentence, pytrace=False)


def test_what_keras_sums_itself_is_what_the_distributed_optimizer_overrides():
    """Else Keras would sum the devices' gradients a second time, after they were clipped."""
    asked = []

    class Asked(_Summing, keras.optimizers.SGD):
        def _all_reduce_sum_gradients(self, grads_and_vars):
            asked.append(len(grads_and_vars))
            return super()._all_reduce_sum_gradients(grads_and_vars)

    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        variable = keras.Variable([1.0])
        optimizer = Asked(learning_rate=1.0)
        optimizer.build([variable])
    strategy.run(lambda: optimizer.apply([tf.constant([0.25])], [variable]))
    assert asked, (
        f"Keras {keras.__version__} no longer calls optimizers.Optimizer._all_reduce_sum_gradients; "
        f"{DISTRIBUTED} relies on it."
    )
    assert float(variable.numpy()[0]) == 0.75


def test_layers_and_optimizers_override_methods_that_keras_has():
    """A method of another name would be left aside without a word, and Keras's own run instead."""
    for own in (*fused_layers.LAYERS.values(), *fused_layers.OPTIMIZERS.values()):
        base = own.__mro__[1]
        for name in (name for name in vars(own) if callable(vars(own)[name]) and not name.startswith("__")):
            if sentence := gone(base, base.__name__, name, FUSED):
                pytest.fail(sentence, pytrace=False)


def test_a_missing_name_is_said_in_a_sentence():
    version = keras.__version__
    assert gone(object(), "optimizers.Adam", "_momentums", FUSED) == (
        f"Keras {version} no longer has optimizers.Adam._momentums; engine/fused_layers.py relies on it."
    )
