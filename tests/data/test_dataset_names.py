"""Own data under the name a recipe keeps."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import encoded, noise, write_tree

import cnn_studio.data  # noqa: F401 - makes the names known
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets import registry
from cnn_studio.core.datasets.registry import dataset_info, load_dataset, load_subset
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import recipe_from_toml, recipe_to_toml
from cnn_studio.data import dataset_resolver
from cnn_studio.data.dataset_names import dataset_name, parsed_name
from cnn_studio.data.decoding.options import Options


@pytest.fixture
def folder(tmp_path):
    files = {
        f"{name}/{n}.png": encoded(noise(1, 10, 12, seed=n)[0]) for n in range(10) for name in ("cat", "dog")
    }
    return write_tree(tmp_path / "my data", files)


def test_name_leads_back_to_the_same_data(folder):
    name = dataset_name(folder)
    assert name == f"file:{folder}"
    dataset = load_dataset(name)
    assert dataset.info.name == name
    assert dataset_info(name) == dataset.info
    assert dataset.info.classes == ("cat", "dog")
    for subset in ("train", "test"):
        for received, expected in zip(load_subset(name, subset), dataset.subset(subset), strict=True):
            np.testing.assert_array_equal(received, expected)


def test_options_travel_in_the_name_and_in_a_recipe(folder):
    options = Options(size=(16, 20), channels="color", invert=True, test_fraction=0.3, seed=7)
    name = dataset_name(folder, options)
    assert name.endswith("?size=16x20&channels=color&invert=true&test=0.3&seed=7")
    dataset = load_dataset(name)
    assert dataset.info.image_shape == (16, 20, 3)
    assert (dataset.info.train_size, dataset.info.test_size) == (14, 6)
    import msgspec

    recipe = msgspec.structs.replace(find_recipe("studio-quick"), dataset=name)
    assert recipe_from_toml(recipe_to_toml(recipe)).dataset == name


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1).filter(
        lambda text: text.strip(". ") and not text.startswith("~")
    ),
    st.builds(
        Options,
        size=st.none() | st.tuples(st.integers(4, 512), st.integers(4, 512)),
        channels=st.sampled_from(["auto", "gray", "color"]),
        invert=st.booleans(),
        test_fraction=st.floats(0.01, 0.99),
        seed=st.integers(0, 2**31 - 1),
    ),
)
def test_any_path_and_options_come_back(text, options):
    path = Path("/somewhere", text)
    assert parsed_name(dataset_name(path, options)) == (path, options)


@pytest.mark.parametrize("tail", ["what?", "a?size=32x32", "b?seed=1", "c?size=32x32&other=1", "d=e&f?g"])
def test_paths_that_look_like_options_stay_paths(tail):
    path = Path("/somewhere", tail)
    assert parsed_name(dataset_name(path)) == (path, Options())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file:", "does not name any data"),
        ("file:?size=32x32", "does not name any data"),
        ("file:/x?size=32", "size"),
        ("file:/x?size=1x1", "size"),
        ("file:/x?test=2", "test_fraction"),
        ("file:/x?channels=blue", "channels"),
        ("file:/no/such/place", "There is no"),
    ],
)
def test_names_that_cannot_be_are_explained(name, said):
    with pytest.raises(StudioError, match=said):
        load_dataset(name)


def test_unknown_names_list_what_there_is():
    with pytest.raises(StudioError, match=r"mnist, fashion_mnist, .*file:PATH.*kmnist"):
        dataset_info("cifar")


def test_data_are_read_once_and_anew_when_the_folder_changed(folder, monkeypatch):
    reads = []
    open_data = dataset_resolver.open_data
    monkeypatch.setattr(
        dataset_resolver, "open_data", lambda *given: reads.append(given) or open_data(*given)
    )
    last = dataset_resolver.LastOpened()
    name = dataset_name(folder)
    assert last.info(name) is last.dataset(name).info
    assert len(reads) == 1
    (folder / "cat" / "new.png").write_bytes(encoded(noise(1, 10, 12, seed=99)[0]))
    os.utime(folder / "cat", ns=(1, 1))  # clocks of some file systems are coarse
    assert last.dataset(name).info.train_size + last.dataset(name).info.test_size == 21
    assert len(reads) == 2
    last.dataset(dataset_name(folder, Options(seed=1)))
    assert len(reads) == 3


def test_a_prefix_cannot_hide_a_shipped_data_set():
    resolver = registry.Resolver(load_dataset, dataset_info, "x")
    for prefix in ("mnist", "a:b"):
        with pytest.raises(ValueError, match="prefix"):
            registry.add_resolver(prefix, resolver)


def test_core_knows_only_what_is_shipped_until_the_room_is_imported():
    code = (
        "from cnn_studio.core.datasets.registry import dataset_info\n"
        "from cnn_studio.core.base.errors import StudioError\n"
        "try:\n    dataset_info('kmnist')\nexcept StudioError as error:\n    print(error.remedy)\n"
        "import cnn_studio.data, sys\nprint(dataset_info('kmnist').title)\n"
        "print([name for name in ('tensorflow', 'keras', 'PySide6', 'onnxruntime', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["Choose one of: mnist, fashion_mnist.", "Kuzushiji-MNIST", "[]"]
