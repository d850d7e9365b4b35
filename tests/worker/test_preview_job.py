"""Varied images out of a real worker: what a training would see, by its own arithmetic."""

import msgspec
import numpy as np
import pytest
from hearing import LIMIT

from cnn_studio.core.protocol.commands import Continue, Pause, Preview, Train
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    JobCanceled,
    JobFailed,
    PreviewEnded,
    RunEnded,
    TrainingPaused,
)
from cnn_studio.core.recipes.recipe import Augmentation

SEED = 4


@pytest.fixture
def images(tmp_path):
    path = tmp_path / "images.npy"
    np.save(path, np.random.default_rng(0).integers(0, 256, (6, 20, 24, 3), dtype=np.uint8))
    return path


def asked(images, strengths, seed, to):
    mapping = msgspec.to_builtins(strengths)
    return lambda job: Preview(job=job, images=str(images), augmentation=mapping, seed=seed, to=str(to))


def test_nothing_asked_for_leaves_the_images_as_they_are(worker, images, tmp_path):
    ended = worker.do(asked(images, Augmentation(), SEED, tmp_path / "varied.npy"))[-1]
    assert isinstance(ended, PreviewEnded), ended
    assert ended.path == str(tmp_path / "varied.npy")
    np.testing.assert_array_equal(np.load(ended.path), np.load(images))


def test_flips_mirror_some_images_and_the_same_seed_the_same_ones(worker, images, tmp_path):
    strengths = Augmentation(flip_horizontal=True)
    paths = [tmp_path / f"{number}.npy" for number in range(3)]
    for path, seed in zip(paths, (SEED, SEED, SEED + 1), strict=True):
        assert isinstance(worker.do(asked(images, strengths, seed, path))[-1], PreviewEnded)
    original, first, again, other = (np.load(path) for path in (images, *paths))
    mirrored = [bool((image == each[:, ::-1]).all()) for image, each in zip(first, original, strict=True)]
    same = [bool((image == each).all()) for image, each in zip(first, original, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert any(mirrored)
    assert any(same)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_images_that_are_gone_are_an_error_and_the_worker_goes_on(worker, images, tmp_path):
    failed = worker.do(asked(tmp_path / "gone.npy", Augmentation(), SEED, tmp_path / "varied.npy"))[-1]
    assert isinstance(failed, JobFailed)
    assert "gone.npy" in failed.why
    assert not (tmp_path / "varied.npy").exists()
    ended = worker.do(asked(images, Augmentation(noise=0.1), SEED, tmp_path / "varied.npy"))[-1]
    assert isinstance(ended, PreviewEnded)


@pytest.fixture
def training(worker, endless, tmp_path):
    """A training under way; ended with the test."""
    job, since = worker.ask(lambda job: Train(job=job, recipe=endless, parent=str(tmp_path), limit=LIMIT))
    worker.ear.wait_for(BatchEnded, since)
    yield job
    since = len(worker.ear.heard)
    worker.client.cancel(job)
    worker.ear.wait_for((RunEnded, JobCanceled), since)


def test_a_running_training_answers_between_two_batches(worker, training, images, tmp_path):
    since = len(worker.ear.heard)
    ended = worker.do(asked(images, Augmentation(flip_horizontal=True), SEED, tmp_path / "during.npy"))[-1]
    assert isinstance(ended, PreviewEnded), ended
    assert not worker.ear.of((RunEnded, JobFailed), since)
    worker.ear.wait_for(BatchEnded, len(worker.ear.heard))  # and goes on
    original, varied = np.load(images), np.load(ended.path)
    assert all(
        (image == each).all() or (image == each[:, ::-1]).all()
        for image, each in zip(varied, original, strict=True)
    )


def test_a_paused_training_answers_too_and_an_error_does_not_end_it(worker, training, images, tmp_path):
    since = len(worker.ear.heard)
    worker.client.tell(Pause(job=training))
    worker.ear.wait_for(TrainingPaused, since)
    failed = worker.do(asked(tmp_path / "gone.npy", Augmentation(), SEED, tmp_path / "varied.npy"))[-1]
    assert isinstance(failed, JobFailed)
    ended = worker.do(asked(images, Augmentation(noise=0.1), SEED, tmp_path / "varied.npy"))[-1]
    assert isinstance(ended, PreviewEnded)
    since = len(worker.ear.heard)
    worker.client.tell(Continue(job=training))
    worker.ear.wait_for(BatchEnded, since)


def test_what_is_asked_for_as_a_training_ends_is_answered_as_well(worker, quick, images, tmp_path):
    training, since = worker.ask(
        lambda job: Train(job=job, recipe=quick, parent=str(tmp_path / "runs"), limit=LIMIT)
    )
    worker.ear.wait_for(EpochEnded, since)  # no batch follows this one
    preview, _ = worker.ask(asked(images, Augmentation(noise=0.1), SEED, tmp_path / "varied.npy"))
    assert worker.ear.wait_for(PreviewEnded, since).job == preview
    assert worker.ear.wait_for(RunEnded, since).job == training
