"""Varied training images: repeatable, bounded, and each strength does what it says."""

import msgspec
import numpy as np
import pytest
import tensorflow as tf

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.engine.augmentation import _sampled, augmented, preview

SEED = (7, 0)
EACH = {
    "shift_px": 3.0,
    "rotation_degrees": 20.0,
    "scale_fraction": 0.2,
    "shear_degrees": 15.0,
    "elastic_px": 2.0,
    "thickness": 0.8,
    "erase_fraction": 0.2,
    "noise": 0.1,
    "contrast": 0.3,
    "flip_horizontal": True,
    "flip_vertical": True,
}


@pytest.fixture(scope="module")
def digits():
    return (load_subset("mnist", "test")[0][:64] / 255).astype(np.float32)


def varied(images, seed=SEED, **strengths):
    return np.asarray(augmented(tf.constant(images), Augmentation(**strengths), tf.constant(seed, tf.int32)))


def blob(row, column, count=40):
    """Images with one soft spot."""
    rows, columns = np.indices((28, 28))
    spot = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 8).astype(np.float32)
    return np.repeat(spot[None, ..., None], count, axis=0)


def centers(images):
    """(N, 2) center of mass of each image: rows and columns from the middle of the picture."""
    rows, columns = np.indices(images.shape[1:3]) - 13.5
    mass = images[..., 0]
    total = mass.sum(axis=(1, 2))
    return np.column_stack(
        [(mass * rows).sum(axis=(1, 2)) / total, (mass * columns).sum(axis=(1, 2)) / total]
    )


def test_table_of_strengths_is_complete():
    assert {*EACH, "fade_fraction"} == {field.name for field in msgspec.structs.fields(Augmentation)}


@pytest.mark.parametrize("name", [name for name in EACH if not name.startswith("flip")])
def test_a_faded_strength_varies_as_much_as_that_share_of_it(digits, name):
    share = 0.25
    faded = np.asarray(
        augmented(tf.constant(digits), Augmentation(**{name: EACH[name]}), tf.constant(SEED, tf.int32), share)
    )
    np.testing.assert_allclose(faded, varied(digits, **{name: EACH[name] * share}), atol=0.02)
    np.testing.assert_allclose(
        augmented(tf.constant(digits), Augmentation(**{name: EACH[name]}), tf.constant(SEED, tf.int32), 0.0),
        digits,
        atol=1e-6,
    )


@pytest.mark.parametrize(
    ("fade", "done", "amount"),
    [
        (0.0, 0.999, 1.0),
        (0.4, 0.5, 1.0),
        (0.4, 0.6, 1.0),
        (0.4, 0.8, 0.5),
        (0.4, 1.0, 0.0),
        (1.0, 0.25, 0.75),
    ],
)
def test_the_amount_falls_over_the_last_share_of_the_training(fade, done, amount):
    assert Augmentation(shift_px=1.0, fade_fraction=fade).amount(done) == pytest.approx(amount)


def test_a_fade_alone_varies_nothing():
    assert not Augmentation(fade_fraction=0.5).active


def test_no_strength_leaves_the_images_as_they_are(digits):
    np.testing.assert_array_equal(varied(digits), digits)


@pytest.mark.parametrize("name", EACH)
def test_same_seed_same_images_other_seed_others(digits, name):
    first, again, other = (varied(digits, seed, **{name: EACH[name]}) for seed in (SEED, SEED, (7, 1)))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, digits)


@pytest.mark.parametrize("name", EACH)
def test_values_and_shape_stay_in_range(digits, name):
    images = varied(digits, **{name: EACH[name]})
    assert images.shape == digits.shape
    assert images.dtype == np.float32
    assert images.min() >= -1e-6
    assert images.max() <= 1 + 1e-6


@pytest.mark.parametrize("name", [name for name in EACH if not name.startswith("flip")])
def test_images_of_a_batch_are_varied_each_in_its_own_way(name):
    images = varied(blob(12, 16), **{name: EACH[name]})
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) > len(images) // 2


@pytest.mark.parametrize(
    "name", ["shift_px", "rotation_degrees", "scale_fraction", "shear_degrees", "elastic_px"]
)
def test_a_hair_of_warping_is_almost_the_identity(digits, name):
    images = varied(digits, **{name: 1e-4})
    np.testing.assert_allclose(images, digits, atol=5e-3)


def test_shift_moves_by_up_to_its_pixels_in_both_axes():
    moved = centers(varied(blob(14, 14, 400), shift_px=3.0)) - centers(blob(14, 14, 1))
    assert np.abs(moved).max() <= 3.05
    assert np.abs(moved).max(axis=0).min() > 2.5
    assert np.abs(moved.mean(axis=0)).max() < 0.4


def test_rotation_turns_about_the_middle_by_up_to_its_degrees():
    start = centers(blob(13.5, 21.5, 1))[0]
    turned = centers(varied(blob(13.5, 21.5, 400), rotation_degrees=30.0))
    np.testing.assert_allclose(np.hypot(*turned.T), np.hypot(*start), atol=0.15)
    angles = np.degrees(np.arctan2(turned[:, 0], turned[:, 1]))
    assert np.abs(angles).max() <= 31
    assert angles.max() > 25
    assert angles.min() < -25


def test_scale_grows_and_shrinks_about_the_middle_within_its_fraction():
    distance = centers(varied(blob(13.5, 19.5, 400), scale_fraction=0.25))[:, 1] / 6
    assert 0.72 < distance.min() < 0.8
    assert 1.2 < distance.max() < 1.3


def test_shear_slides_rows_and_keeps_the_middle_row():
    moved = centers(varied(blob(19.5, 13.5, 400), shear_degrees=30.0))
    assert 3.0 < np.abs(moved[:, 1]).max() < 3.9  # 6 rows times the tangent of 30 degrees is 3.46
    still = centers(varied(blob(13.5, 13.5, 50), shear_degrees=30.0))
    np.testing.assert_allclose(still, 0, atol=0.1)


def test_thickness_makes_some_thicker_and_some_thinner():
    before = blob(14, 14, 60).sum(axis=(1, 2, 3))
    after = varied(blob(14, 14, 60), thickness=1.0).sum(axis=(1, 2, 3))
    assert (after > before).sum() > 15
    assert (after < before).sum() > 15


def test_erasing_hides_a_rectangle_no_larger_than_its_share():
    sheet = np.full((200, 28, 28, 1), 0.5, np.float32)
    hidden = varied(sheet, erase_fraction=0.25) != 0.5
    share = hidden.mean(axis=(1, 2, 3))
    assert 0.15 < share.max() < 0.3
    for image in hidden[:20, ..., 0]:
        assert image.sum() == image.any(axis=1).sum() * image.any(axis=0).sum()


def test_noise_has_its_standard_deviation():
    sheet = np.full((20, 28, 28, 1), 0.5, np.float32)
    assert varied(sheet, noise=0.05).std() == pytest.approx(0.05, rel=0.05)


def test_sampling_half_way_between_pixels_is_their_mean():
    image = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    rows, columns = np.meshgrid(np.arange(4.0), np.arange(4.0), indexing="ij")
    places = (tf.constant(grid[None], tf.float32) for grid in (rows, columns + 0.5))
    sampled = np.asarray(_sampled(tf.constant(image), *places))[0, ..., 0]
    np.testing.assert_allclose(sampled[:, :3], image[0, :, :3, 0] + 0.5)
    np.testing.assert_allclose(sampled[:, 3], image[0, :, 3, 0] / 2)  # outside is background


def test_a_quarter_turn_by_sampling_is_numpys():
    image = np.random.default_rng(0).random((1, 5, 5, 1)).astype(np.float32)
    rows, columns = np.meshgrid(np.arange(5.0), np.arange(5.0), indexing="ij")
    places = (tf.constant(grid[None], tf.float32) for grid in (columns, 4 - rows))
    np.testing.assert_allclose(
        np.asarray(_sampled(tf.constant(image), *places))[0], np.rot90(image[0]), atol=1e-6
    )


@pytest.mark.parametrize(("name", "axis"), [("flip_horizontal", 2), ("flip_vertical", 1)])
def test_half_of_the_images_are_mirrored_and_the_others_left_alone(digits, name, axis):
    images = varied(digits, **{name: True})
    same = (images == digits).all(axis=(1, 2, 3))
    mirrored = (images == np.flip(digits, axis)).all(axis=(1, 2, 3))
    assert (same | mirrored).all()
    assert 16 < mirrored.sum() < 48


def test_contrast_stretches_around_the_middle_gray():
    sheet = np.full((200, 28, 28, 1), 0.75, np.float32)
    levels = varied(sheet, contrast=0.4)[:, 0, 0, 0]
    assert levels.min() == pytest.approx(0.65, abs=0.01)
    assert levels.max() == pytest.approx(0.85, abs=0.01)


def test_preview_gives_bytes_varied_as_the_training_step_would(digits):
    images = (digits * 255).round().astype(np.uint8)
    strengths = Augmentation(rotation_degrees=20.0)
    shown = preview(images, strengths, seed=7)
    assert shown.dtype == np.uint8
    np.testing.assert_allclose(shown / 255, varied(digits, rotation_degrees=20.0), atol=0.6 / 255)


def test_shear_slides_the_turned_image_along_its_own_rows():
    # The first draw of a seed is the angle and the second the shear, whether or not the other one is wanted.
    place = blob(17.5, 10.5, 60)
    turned = centers(varied(place, rotation_degrees=40.0))
    sheared = centers(varied(place, shear_degrees=30.0))
    both = centers(varied(place, rotation_degrees=40.0, shear_degrees=30.0))
    row, column = centers(place[:1])[0]
    angles = np.arctan2(turned[:, 0], turned[:, 1]) - np.arctan2(row, column)
    expected = np.column_stack(
        [
            np.cos(angles) * sheared[:, 0] + np.sin(angles) * sheared[:, 1],
            np.cos(angles) * sheared[:, 1] - np.sin(angles) * sheared[:, 0],
        ]
    )
    np.testing.assert_allclose(both, expected, atol=0.1)
    assert np.abs(both - turned).max() > 1.5
