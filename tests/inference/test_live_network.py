"""Looking into a run that may be learning: networks made by hand, every figure worked out with NumPy."""

import numpy as np
import pytest
from epoch_run import HEAD, KERNEL, biased, write_epochs, write_model, write_watched

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.epoch_weight_files import write_weights
from cnn_studio.inference.live_network import NOW, LiveNetwork

RANDOM = np.random.default_rng(0)
IMAGE = RANDOM.integers(0, 256, (28, 28, 1), dtype=np.uint8)


def maps_of(kernel):
    """Slide the kernel over its two places."""
    pixels = IMAGE[..., 0] / 255
    sums = [
        [(pixels[:, place : place + 27] * kernel[:, :, 0, number]).sum() for number in range(3)]
        for place in (0, 1)
    ]
    return np.maximum(sums, 0)[None]


def answer_of(kernel, head):
    sums = maps_of(kernel).transpose(2, 0, 1).ravel() @ head
    return np.exp(sums - sums.max()) / np.exp(sums - sums.max()).sum()


NETWORKS = {"0001": [KERNEL, HEAD], "0004": [-KERNEL, HEAD], "now": [KERNEL / 2, HEAD]}


def test_answers_maps_and_filters_of_an_epoch(tmp_path):
    run = LiveNetwork(write_watched(tmp_path / "run", NETWORKS))
    assert run.epochs() == (1, 4) and run.learning
    for epoch, (kernel, head) in zip((1, 4, NOW), NETWORKS.values(), strict=True):
        look = run.look(epoch, IMAGE, 0)
        np.testing.assert_allclose(look.maps, maps_of(kernel), atol=2e-2)
        np.testing.assert_allclose(look.filters, kernel, atol=1e-3)
        np.testing.assert_allclose(look.probabilities, answer_of(kernel, head), atol=1e-2)
    epochs, shares = run.answers(IMAGE)
    assert epochs == (1, 4, NOW)
    expected = [answer_of(*weights) for weights in NETWORKS.values()]
    np.testing.assert_allclose(shares, expected, atol=1e-2)
    assert np.abs(shares[0] - shares[1]).max() > 0.1  # so that the tolerance means something


def test_epochs_that_come_and_go_while_it_is_open(tmp_path):
    folder = write_watched(tmp_path / "run", {"0001": [KERNEL, HEAD]})
    run = LiveNetwork(folder)
    assert run.answers(IMAGE)[0] == (1,)
    write_weights(folder / "epochs" / "0002.npz", [-KERNEL, HEAD])
    write_weights(folder / "epochs" / "now.npz", [KERNEL, HEAD])
    epochs, shares = run.answers(IMAGE)
    assert epochs == (1, 2, NOW)
    np.testing.assert_allclose(shares[1], answer_of(-KERNEL, HEAD), atol=1e-2)
    write_weights(folder / "epochs" / "now.npz", [-KERNEL, HEAD])
    np.testing.assert_allclose(run.answers(IMAGE)[1][2], shares[1], atol=1e-6)
    (folder / "epochs" / "0001.npz").unlink()
    (folder / "epochs" / "now.npz").unlink()
    assert run.answers(IMAGE)[0] == (2,)


def test_another_image_is_answered_anew(tmp_path):
    run = LiveNetwork(write_watched(tmp_path / "run", NETWORKS))
    before = run.answers(IMAGE)[1]
    other = run.answers(255 - IMAGE)[1]
    assert np.abs(before - other).max() > 0.05
    np.testing.assert_array_equal(run.answers(IMAGE)[1], before)


def test_canceled_answers_are_none(tmp_path):
    run = LiveNetwork(write_watched(tmp_path / "run", NETWORKS))
    assert run.answers(IMAGE, lambda: True) is None


def test_network_without_a_convolution_answers_and_has_no_maps(tmp_path):
    model = write_epochs(tmp_path / "run", {1: biased(3), 2: biased(7)})
    run = LiveNetwork(model.parent)  # whose graph has no card: a run of before
    look = run.look(2, IMAGE, 0)
    assert (look.maps, look.filters, run.convolutions) == (None, None, ())
    assert run.answers(IMAGE)[1].argmax(axis=1).tolist() == [3, 7]


def test_run_without_a_graph_says_so(tmp_path):
    write_model(tmp_path / "run" / "model.onnx", *biased(1))
    with pytest.raises(StudioError, match="cannot be inspected"):
        LiveNetwork(tmp_path / "run")


@pytest.mark.parametrize("file", ["network.onnx", "0004.npz"])
def test_damaged_file_is_an_error_with_a_remedy(tmp_path, file):
    folder = write_watched(tmp_path / "run", NETWORKS)
    (folder / "epochs" / file).write_bytes(b"\xff\xfe")
    with pytest.raises(StudioError, match="cannot be read") as caught:
        LiveNetwork(folder).answers(IMAGE)
    assert caught.value.remedy


def test_weights_of_another_network_are_an_error(tmp_path):
    folder = write_watched(tmp_path / "run", {"0001": [KERNEL[:5], HEAD]})
    with pytest.raises(StudioError, match="cannot be read"):
        LiveNetwork(folder).answers(IMAGE)
