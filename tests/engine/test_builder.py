"""Recipe -> Keras network, optimizer and loss."""

import typing

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.network.layers import L2, BatchNormalization, Block, Conv2D, Dense, Flatten, MaxPooling2D
from cnn_studio.core.recipes.optimizers import SGD, Adadelta, Adam, AdamW, AnyOptimizer, RMSprop
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.engine.builder import build_loss, build_model, build_optimizer

MNIST = dataset_info("mnist")
QUICK = find_recipe("studio-quick")


def with_layers(*layers):
    return msgspec.structs.replace(QUICK, layers=layers)


def with_training(**changes):
    return msgspec.structs.replace(QUICK, training=msgspec.structs.replace(QUICK.training, **changes))


def by_hand():
    """`mnist-raw-pixels` written in plain Keras, as the notebook did."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, (3, 3), activation="relu"),
            keras.layers.Conv2D(64, (3, 3), activation="relu"),
            keras.layers.MaxPooling2D((2, 2)),
            keras.layers.Dropout(0.25),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


def test_built_network_answers_as_the_same_network_in_plain_keras():
    plain, built = by_hand(), build_model(find_recipe("mnist-raw-pixels"), MNIST)
    built.set_weights(plain.get_weights())
    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    np.testing.assert_allclose(np.asarray(built(images)), np.asarray(plain(images)), atol=1e-6)


def test_same_seed_gives_the_same_first_weights_and_another_seed_others():
    drawn = []
    for seed in (3, 3, 4):
        keras.utils.set_random_seed(seed)
        drawn.append(np.concatenate([weights.ravel() for weights in build_model(QUICK, MNIST).get_weights()]))
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_block_becomes_a_nested_network_usable_alone():
    model = build_model(find_recipe("fashion-encoder-mlp"), dataset_info("fashion_mnist"))
    encoder = model.get_layer("encoder")
    assert encoder.output_shape == (None, 1600)
    assert np.asarray(encoder(np.zeros((1, 28, 28, 1), np.float32))).shape == (1, 1600)


def test_mixed_precision_keeps_the_last_layer_in_float32():
    model = build_model(QUICK, MNIST, "mixed_bfloat16")
    assert {layer.compute_dtype for layer in model.layers[:-1]} == {"bfloat16"}
    assert model.layers[-1].compute_dtype == "float32"
    assert {variable.dtype for variable in model.weights} == {"float32"}


def test_last_layer_inside_a_block_is_kept_in_float32_too():
    recipe = with_layers(Flatten(), Block(name="head", layers=(Dense(units=8), Dense(units=10))))
    head = build_model(recipe, MNIST, "mixed_bfloat16").get_layer("head")
    assert [layer.compute_dtype for layer in head.layers] == ["bfloat16", "float32"]


def test_names_of_layers_are_kept():
    recipe = with_layers(Conv2D(filters=2, name="edges"), Flatten(), Dense(units=10))
    assert build_model(recipe, MNIST).get_layer("edges").filters == 2


def test_impossible_network_is_refused_before_keras_sees_it():
    recipe = with_layers(*[MaxPooling2D()] * 5, Flatten(), Dense(units=10))
    with pytest.raises(StudioError, match="Layer 5: MaxPooling2D 2x2 would shrink 1 to nothing"):
        build_model(recipe, MNIST)


def test_wrong_number_of_outputs_is_refused():
    with pytest.raises(StudioError, match="10 classes"):
        build_model(with_layers(Flatten(), Dense(units=9)), MNIST)


def test_layer_arguments_reach_keras():
    recipe = with_layers(
        BatchNormalization(momentum=0.5, epsilon=1e-4), Flatten(), Dense(units=10, use_bias=False)
    )
    first, _, last = build_model(recipe, MNIST).layers
    assert (first.momentum, first.epsilon) == (0.5, 1e-4)
    assert not last.use_bias


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(learning_rate=0.1, momentum=0.5, nesterov=True),
        Adam(beta_1=0.8),
        AdamW(weight_decay=0.2),
        RMSprop(rho=0.7, epsilon=1e-8),
        Adadelta(learning_rate=1.0),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_optimizer_is_keras_own_with_the_recipes_arguments(optimizer):
    built = build_optimizer(msgspec.structs.replace(QUICK, optimizer=optimizer))
    config = built.get_config()
    assert type(built) is getattr(keras.optimizers, type(optimizer).__name__)
    for name, value in msgspec.structs.asdict(optimizer).items():
        assert config[name] == pytest.approx(value), name
    assert not config["use_ema"]


def test_moving_average_of_weights_is_asked_of_keras():
    config = build_optimizer(with_training(ema_momentum=0.9)).get_config()
    assert config["use_ema"]
    assert config["ema_momentum"] == 0.9


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_is_the_cross_entropy_of_keras_with_smoothing(smoothing):
    truth = np.eye(3, dtype=np.float32)[[0, 2]]
    answers = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], np.float32)
    wanted = truth * (1 - smoothing) + smoothing / 3
    expected = -(wanted * np.log(answers)).sum(axis=1).mean()
    assert float(build_loss(with_training(label_smoothing=smoothing))(truth, answers)) == pytest.approx(
        expected, 1e-5
    )


@pytest.mark.parametrize("kind", typing.get_args(AnyOptimizer), ids=lambda kind: kind.__name__)
def test_every_optimizer_is_built_as_keras_own_of_that_name(kind):
    recipe = msgspec.structs.replace(
        find_recipe("studio-quick"), optimizer=kind(learning_rate=0.02, clipnorm=3.0)
    )
    built = build_optimizer(recipe)
    assert type(built) is getattr(keras.optimizers, kind.__name__)
    assert float(built.learning_rate) == pytest.approx(0.02)
    assert built.clipnorm == 3.0


def test_kernel_penalty_is_added_to_the_loss():
    layers = (Flatten(), Dense(units=10, kernel_regularizer=L2(l2=0.5)))
    model = build_model(with_layers(*layers), MNIST)
    weights = model.layers[-1].kernel.numpy()
    assert float(model.losses[0]) == pytest.approx(0.5 * float((weights**2).sum()), rel=1e-5)
