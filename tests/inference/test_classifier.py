"""Answers from ONNX files: ours, others' and damaged ones."""

import msgspec
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from onnx import TensorProto, helper, numpy_helper

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.evaluation.predictions import load_evaluation
from cnn_studio.core.runs.model_card import CARD_ENTRY, ModelCard, decode_card
from cnn_studio.inference.classifier import Classifier, calibrate

CARD = ModelCard(
    classes=tuple("0123456789"),
    input_shape=(28, 28, 1),
    input_scale=1.0,
    input_offset=0.0,
    recipe={},
    dataset="",
)
BIAS = np.arange(10, dtype=np.float32) / 10


def unknown_model(
    path, shape=("N", 28, 28, 1), kind=TensorProto.FLOAT, classes=10, inputs=1, card=None, last="Softmax"
):
    """Write somebody else's network: flatten, multiply, add, and the last operation, if any."""
    features = int(np.prod([side for side in shape[1:] if isinstance(side, int)]))
    weights = np.random.default_rng(0).normal(size=(features, classes)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
            helper.make_node("Flatten", ["floats"], ["flat"]),
            helper.make_node("Gemm", ["flat", "weights", "bias"], ["sums"]),
            helper.make_node(
                last, ["sums"], ["probabilities"], **({} if last == "Identity" else {"axis": 1})
            ),
        ],
        "foreign",
        [helper.make_tensor_value_info(name, kind, shape) for name in ("image", "second")[:inputs]],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ("N", classes))],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(BIAS[:classes], "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if card is not None:
        entry = model.metadata_props.add()
        entry.key, entry.value = CARD_ENTRY, card
    onnx.save(model, path)
    return path, weights


def softmax(values):
    exponentials = np.exp(values - values.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def tiny(tiny_run):
    return Classifier(tiny_run.folder / "model.onnx")


@pytest.fixture(scope="module")
def digits():
    return load_subset("mnist", "test")[0][:300]


def test_answers_are_those_keras_gave_after_training(tiny, tiny_run, digits):
    expected = load_evaluation(tiny_run.folder / "evaluation.npz").probabilities[:300]
    assert np.abs(tiny.probabilities(digits) - expected).max() < 1e-4
    assert [answer.index for answer in tiny.answers(digits)] == expected.argmax(axis=1).tolist()


def test_card_travels_inside_the_file(tiny, tiny_run):
    assert tiny.card.classes == tiny_run.record.classes
    assert tiny.card.input_shape == (28, 28, 1)
    assert tiny.card.recipe["name"] == "studio-quick"


def test_images_may_come_without_the_channel_axis_and_one_by_one(tiny, digits):
    whole = tiny.probabilities(digits)
    np.testing.assert_allclose(tiny.probabilities(digits[..., 0]), whole, atol=1e-6)
    np.testing.assert_allclose(tiny.probabilities(digits[7:8]), whole[7:8], atol=1e-5)


def test_uncalibrated_answer_is_the_networks_own(tiny, digits):
    answers = tiny.answers(digits)
    np.testing.assert_allclose(
        [answer.probabilities for answer in answers], tiny.probabilities(digits), atol=1e-6
    )
    for answer in answers:
        assert answer.confidence == max(answer.probabilities)
        assert answer.rejected == answer.out_of_distribution  # its card refuses nothing; the guard may


def test_cards_temperature_and_rejection_are_applied(tiny_run, tmp_path, digits):
    model = onnx.load(tiny_run.folder / "model.onnx")
    (entry,) = (entry for entry in model.metadata_props if entry.key == CARD_ENTRY)
    card = msgspec.structs.replace(decode_card(entry.value, ""), temperature=2.0, reject_below=0.7)
    entry.value = msgspec.json.encode(card).decode()
    onnx.save(model, tmp_path / "calm.onnx")
    calm = Classifier(tmp_path / "calm.onnx")
    roots = np.sqrt(calm.probabilities(digits).astype(np.float64))  # temperature 2 is the square root
    expected = roots / roots.sum(axis=1, keepdims=True)
    answers = calm.answers(digits)
    np.testing.assert_allclose([answer.probabilities for answer in answers], expected, atol=1e-5)
    unsure = expected.max(axis=1) < 0.7
    assert [answer.rejected and not answer.out_of_distribution for answer in answers] == [
        bool(low) and not answer.out_of_distribution for low, answer in zip(unsure, answers, strict=True)
    ]
    assert 0 < unsure.sum() < 300


rows = arrays.arrays(np.float64, (3, 10), elements=st.floats(-8, 8))


@given(logits=rows, temperature=st.floats(0.2, 5.0))
def test_calibration_is_the_softmax_of_the_cooled_logits(logits, temperature):
    calibrated = calibrate(softmax(logits).astype(np.float32), temperature)
    np.testing.assert_allclose(calibrated, softmax(logits / temperature), atol=1e-5)
    np.testing.assert_allclose(calibrated.sum(axis=1), 1.0)


def test_calibration_takes_certainty_without_an_error():
    certain = np.eye(10, dtype=np.float32)
    calibrated = calibrate(certain, 3.0)
    assert np.isfinite(calibrated).all()
    np.testing.assert_array_equal(calibrated.argmax(axis=1), np.arange(10))


def test_unknown_classifier_of_images_is_taken_with_pixels_from_0_to_1(tmp_path, digits):
    path, weights = unknown_model(tmp_path / "foreign.onnx")
    classifier = Classifier(path)
    expected = softmax((digits.reshape(-1, 784) / 255) @ weights + BIAS)
    np.testing.assert_allclose(classifier.probabilities(digits), expected, atol=1e-4)
    assert classifier.card.classes == tuple("0123456789")


def test_unknown_classifier_with_channels_first_is_taken(tmp_path, digits):
    path, _ = unknown_model(tmp_path / "first.onnx", shape=("N", 1, 28, 28))
    assert Classifier(path).probabilities(digits).shape == (300, 10)


def test_unknown_classes_without_names_are_numbered(tmp_path):
    path, _ = unknown_model(tmp_path / "three.onnx", classes=3)
    assert Classifier(path).card.classes == ("0", "1", "2")


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": ("N", 784)},
        {"shape": ("N", "height", "width", 1)},
        {"kind": TensorProto.UINT8},
        {"inputs": 2},
    ],
    ids=repr,
)
def test_unknown_network_that_does_not_take_one_image_is_refused(tmp_path, changes):
    path, _ = unknown_model(tmp_path / "other.onnx", **changes)
    with pytest.raises(StudioError, match=r"other\.onnx does not classify images"):
        Classifier(path)


def test_network_without_an_input_is_refused(tmp_path):
    constant = helper.make_node("Constant", [], ["answer"], value=numpy_helper.from_array(BIAS))
    output = helper.make_tensor_value_info("answer", TensorProto.FLOAT, (10,))
    graph = helper.make_graph([constant], "constant", [], [output])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8),
        tmp_path / "c.onnx",
    )
    with pytest.raises(StudioError, match=r"c\.onnx does not classify images"):
        Classifier(tmp_path / "c.onnx")


@pytest.mark.parametrize(
    "changes",
    [{"input_shape": [32, 32, 3]}, {"input_shape": []}, {"classes": ["a", "b"]}, {"temperature": 0.0}],
    ids=repr,
)
def test_card_that_contradicts_its_network_is_refused(tmp_path, tiny_run, digits, changes):
    model = onnx.load(tiny_run.folder / "model.onnx")
    card = msgspec.json.decode(next(entry.value for entry in model.metadata_props if entry.key == CARD_ENTRY))
    path, _ = unknown_model(tmp_path / "liar.onnx", card=msgspec.json.encode(card | changes).decode())
    with pytest.raises(StudioError, match=r"liar\.onnx"):
        Classifier(path)


def test_damaged_card_is_refused(tmp_path):
    path, _ = unknown_model(tmp_path / "broken.onnx", card="{}")
    with pytest.raises(StudioError, match="card is damaged"):
        Classifier(path)


@pytest.mark.parametrize(
    "content", [b"", b"not a model", b"\x08\x08", "half"], ids=["empty", "text", "stub", "half"]
)
def test_damaged_file_is_explained_in_one_line(tmp_path, tiny_run, content):
    whole = (tiny_run.folder / "model.onnx").read_bytes()
    (tmp_path / "bad.onnx").write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(StudioError, match=r"bad\.onnx is not an ONNX model") as caught:
        Classifier(tmp_path / "bad.onnx")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing.onnx", "."])
def test_unreadable_file_is_named(tmp_path, name):
    with pytest.raises(StudioError, match="Cannot read"):
        Classifier(tmp_path / name)


def test_weights_kept_in_another_file_are_not_read(tmp_path):
    path, _ = unknown_model(tmp_path / "plain.onnx")
    onnx.save(
        onnx.load(path),
        tmp_path / "outside.onnx",
        save_as_external_data=True,
        location="weights.bin",
        size_threshold=0,
    )
    assert (tmp_path / "weights.bin").exists()
    with pytest.raises(StudioError, match=r"outside\.onnx is not an ONNX model"):
        Classifier(tmp_path / "outside.onnx")


@pytest.mark.parametrize("last", ["Identity", "LogSoftmax"])
def test_logits_of_a_strangers_network_become_probabilities(tmp_path, digits, last):
    path, weights = unknown_model(tmp_path / "logits.onnx", last=last)
    classifier = Classifier(path)
    expected = softmax((digits[:20].reshape(20, -1) / 255) @ weights + BIAS)
    np.testing.assert_allclose(classifier.probabilities(digits[:20]), expected, atol=1e-5)
    answer = classifier.answers(digits[:1])[0]
    assert answer.index == expected[0].argmax()
    assert answer.confidence == pytest.approx(expected[0].max(), abs=1e-4)


@pytest.mark.parametrize("images", [1, 4, 5])
def test_a_network_made_for_four_images_at_once_answers_any_number(tmp_path, digits, images):
    path, weights = unknown_model(tmp_path / "four.onnx", shape=(4, 28, 28, 1))
    expected = softmax((digits[:images].reshape(images, -1) / 255) @ weights + BIAS)
    np.testing.assert_allclose(Classifier(path).probabilities(digits[:images]), expected, atol=1e-5)


def test_a_network_that_cannot_answer_is_refused_when_it_is_opened(tmp_path):
    path, _ = unknown_model(tmp_path / "odd.onnx")
    model = onnx.load(path)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((7, 10), np.float32), "weights"))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "height"
    model.metadata_props.add(key=CARD_ENTRY, value=msgspec.json.encode(CARD).decode())
    onnx.save(model, path)
    with pytest.raises(StudioError, match=r"odd\.onnx"):
        Classifier(path)
