"""A run's epochs answer a drawing: expected figures worked out from the weights by hand."""

import msgspec
import numpy as np
import pytest
from epoch_run import biased, write_epochs, write_model

from cnn_studio.core.base.errors import StudioError
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.epoch_networks import EpochNetworks

RANDOM = np.random.default_rng(0)
NETWORKS = {
    epoch: [RANDOM.normal(0, 0.05, (784, 10)).astype(np.float32), RANDOM.normal(0, 1, 10).astype(np.float32)]
    for epoch in (1, 2, 4)
}
IMAGE = RANDOM.integers(0, 256, (28, 28, 1), dtype=np.uint8)


def opened(model):
    return EpochNetworks(model, Classifier(model).card)


def worked_out(weights, bias):
    sums = IMAGE.reshape(784).astype(np.float64) / 255 @ weights + bias
    return np.exp(sums) / np.exp(sums).sum()


def test_every_epoch_answers_with_its_own_weights(tmp_path):
    networks = opened(write_epochs(tmp_path / "run", NETWORKS))
    assert networks.epochs == (1, 2, 4)
    answers = networks.answers(IMAGE)
    expected = [worked_out(*weights) for weights in NETWORKS.values()]
    np.testing.assert_allclose(answers, expected, atol=1e-3)
    assert np.abs(answers[0] - answers[1]).max() > 0.05  # so that the tolerance means something


def test_temperature_of_the_card_is_applied(tmp_path):
    model = write_epochs(tmp_path / "run", {1: biased(3, 2.0)})
    warm = EpochNetworks(model, msgspec.structs.replace(Classifier(model).card, temperature=2.0))
    share = np.exp(1) / (np.exp(1) + 9)
    assert warm.answers(IMAGE)[0, 3] == pytest.approx(share, abs=1e-5)


def test_network_that_was_kept_is_found_among_the_epochs(tmp_path):
    assert opened(write_epochs(tmp_path / "last", NETWORKS)).kept == 2
    assert opened(write_epochs(tmp_path / "best", NETWORKS, final=NETWORKS[2])).kept == 1


def test_network_of_no_whole_epoch_follows_the_others(tmp_path):
    networks = opened(write_epochs(tmp_path / "run", NETWORKS, final=biased(6)))
    assert networks.kept == 3
    assert [int(row.argmax()) for row in networks.answers(IMAGE)][3] == 6


def test_epochs_left_out_are_no_hindrance_and_their_size_is_told(tmp_path):
    run = tmp_path / "run"
    networks = opened(write_epochs(run, NETWORKS))
    assert networks.bytes == sum(path.stat().st_size for path in (run / "epochs").iterdir())


def test_canceled_answer_is_none_and_a_later_one_whole(tmp_path):
    networks = opened(write_epochs(tmp_path / "run", NETWORKS))
    asked = []
    assert networks.answers(IMAGE, lambda: len(asked) == 1 or bool(asked.append(1))) is None
    assert networks.answers(IMAGE).shape == (3, 10)


def test_model_without_a_run_says_to_train_one(tmp_path):
    model = write_model(tmp_path / "alone.onnx", *biased(1))
    with pytest.raises(StudioError) as caught:
        opened(model)
    assert caught.value.remedy == "Train a run and use it: its epochs are saved."


def test_run_from_before_says_so(tmp_path):
    model = write_model(tmp_path / "run" / "model.onnx", *biased(1))
    (model.parent / "run.json").write_text("{}")
    with pytest.raises(StudioError, match="has no saved epochs") as caught:
        opened(model)
    assert "trained before" in caught.value.why


@pytest.mark.parametrize(
    ("file", "content"),
    [("0002.npz", b"no archive"), ("0002.npz", b""), ("final.npz", b"x"), ("network.onnx", b"\xff\xfe")],
)
def test_damaged_file_is_an_error_with_a_remedy(tmp_path, file, content):
    model = write_epochs(tmp_path / "run", NETWORKS)
    (tmp_path / "run" / "epochs" / file).write_bytes(content)
    with pytest.raises(StudioError, match="cannot be read") as caught:
        opened(model).answers(IMAGE)
    assert caught.value.remedy


def test_weights_of_another_network_are_an_error(tmp_path):
    model = write_epochs(tmp_path / "run", {1: biased(1), 2: [np.zeros((12, 10)), np.zeros(10)]}, biased(1))
    with pytest.raises(StudioError, match="cannot be read"):
        opened(model).answers(IMAGE)


def test_missing_graph_says_when_it_comes(tmp_path):
    model = write_epochs(tmp_path / "run", NETWORKS)
    (tmp_path / "run" / "epochs" / "network.onnx").unlink()
    with pytest.raises(StudioError, match="cannot be used yet"):
        opened(model)
