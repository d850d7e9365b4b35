"""Devices: machines are made up by changing what TensorFlow and the system say; the CPU's probe is real."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest
import tensorflow as tf

from cnn_studio.core.base.automatic_device import automatic_device
from cnn_studio.core.base.errors import StudioError
from cnn_studio.engine.devices import (
    device_choice,
    find_device,
    list_devices,
    memory_in_use,
    missing_gpu,
    placement,
    prepare_devices,
    probe,
    strategy_of,
    tensorflow_name,
    tpu,
    usable_precision,
)

SIGNS_OF_A_TPU = ("COLAB_TPU_ADDR", "TPU_NAME")


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    """Forget what was found before and after; no sign of a TPU."""
    caches = (list_devices, tpu.find_tpu, strategy_of)
    for name in SIGNS_OF_A_TPU:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tpu, "ACCELERATOR", tmp_path / "accel0")
    monkeypatch.setattr(device_choice, "_PROBED", {})
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.fixture
def machine(monkeypatch):
    """Make up a machine with some GPUs, what is wrong with each, and count what is probed."""

    def make(*wrong):
        probed = []
        gpus = [SimpleNamespace(name=f"/physical_device:GPU:{number}") for number in range(len(wrong))]
        cpu = [SimpleNamespace(name="/physical_device:CPU:0")]
        monkeypatch.setattr(
            tf.config, "list_physical_devices", lambda kind=None: gpus if kind == "GPU" else cpu
        )
        monkeypatch.setattr(
            tf.config.experimental,
            "get_device_details",
            lambda gpu: {"device_name": f"Card {gpus.index(gpu)}"},
        )
        monkeypatch.setattr(device_choice, "_gpu_memory", lambda number: 8 * 2**30)

        def answer(names):
            names = list(names)
            probed.extend(names)
            return {name: "" if "CPU" in name else wrong[int(name[-1])] for name in names}

        monkeypatch.setattr(device_choice, "probe_all", answer)
        return probed

    return make


def test_this_machines_cpu_computes_and_is_listed_quickly():
    assert probe.probe("/CPU:0") == ""
    began = time.perf_counter()
    first = list_devices()
    assert time.perf_counter() - began < 5
    assert (first[0].id, first[0].usable) == ("cpu", True)
    assert list_devices() is first


def test_device_that_is_not_there_does_not_pass_its_probe():
    assert probe.probe("/GPU:97") != ""


def test_convolution_that_ran_elsewhere_is_no_pass(monkeypatch):
    """TensorFlow puts what a GPU cannot do on the CPU, without a word."""
    monkeypatch.setattr(probe, "_convolve", lambda name: "/job:localhost/replica:0/task:0/device:CPU:0")
    assert "CPU:0 instead" in probe.probe("/GPU:0")
    assert probe.probe("/CPU:0") == ""


def test_hung_cards_cost_one_time_limit_together_and_are_explained(monkeypatch):
    end = threading.Event()
    monkeypatch.setattr(probe, "_convolve", lambda name: end.wait(30))
    monkeypatch.setattr(probe.probe, "__defaults__", (0.3,))
    began = time.perf_counter()
    said = probe.probe_all(["/GPU:0", "/GPU:1", "/GPU:2"])
    assert time.perf_counter() - began < 0.8
    end.set()
    assert all(text.startswith("The card did not answer within 0 s.") for text in said.values())


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ("'cuModuleLoadData(&module, data)' failed with 'CUDA_ERROR_INVALID_PTX'", "newer than TensorFlow's"),
        (
            "CUDA runtime implicit initialization on GPU:0 failed. Status: device kernel image is invalid",
            "newer",
        ),
        ("CUDA_ERROR_NO_BINARY_FOR_GPU: no kernel image is available for execution", "newer"),
        ("ptxas exited with non-zero error code 65280, output: ptxas fatal: Value 'sm_120' is not", "newer"),
        ("CUDA driver version is insufficient for CUDA runtime version", "Update the NVIDIA driver"),
        ("failed to allocate 2.5GiB: CUDA_ERROR_OUT_OF_MEMORY: out of memory", "another program"),
        ("DNN library initialization failed.\nLook at the errors above", "cuDNN"),
        ("Something new.\nAnd more", "The trial convolution failed: Something new."),
    ],
)
def test_tensorflows_errors_are_told_in_words(monkeypatch, error, meaning):
    def fails(name):
        raise tf.errors.InternalError(None, None, error)

    monkeypatch.setattr(probe, "_convolve", fails)
    said = probe.probe("/GPU:0")
    assert meaning in said
    assert "\n" not in said


def test_two_cards_are_listed_one_by_one_and_together(machine):
    probed = machine("", "")
    devices = list_devices()
    assert [(device.id, device.usable) for device in devices] == [
        ("cpu", True), ("gpu:0", True), ("gpu:1", True), ("gpus", True),
    ]  # fmt: skip
    assert devices[1].title == "GPU 0, Card 0"
    assert devices[1].memory_bytes == 8 * 2**30
    assert devices[3].title == "All GPUs, 2"
    assert "128" in devices[3].explanation  # 64 images for each
    list_devices()
    assert [find_device(name) for name in ("auto", "gpu:1", "gpus", "cpu")] == [
        "gpu:0",
        "gpu:1",
        "gpus",
        "cpu",
    ]
    assert sorted(probed) == ["/CPU:0", "/GPU:0", "/GPU:1"]  # once each


def test_single_card_has_no_row_for_all(machine):
    machine("")
    assert [device.id for device in list_devices()] == ["cpu", "gpu:0"]


def test_card_that_fails_its_probe_is_explained_and_passed_over(machine):
    machine(probe.NEWER, "")
    devices = {device.id: device for device in list_devices()}
    assert not devices["gpu:0"].usable
    assert devices["gpu:0"].explanation == probe.NEWER
    assert not devices["gpus"].usable
    assert "GPU:0" in devices["gpus"].explanation
    assert find_device("auto") == "gpu:1"
    for name, why in (("gpu:0", "newer than TensorFlow"), ("gpus", "Not all of them")):
        with pytest.raises(StudioError, match=why):
            find_device(name)


def test_machine_whose_only_card_is_broken_trains_on_the_cpu(machine):
    machine("Broken.")
    assert find_device("auto") == "cpu"


def test_training_on_the_cpu_waits_for_no_probe(machine):
    probed = machine("")
    assert find_device("cpu") == "cpu"
    assert probed == []
    machine()
    assert find_device("auto") == "cpu"
    assert probed == []


@pytest.mark.parametrize("wish", ["gpu:0", "gpus", "gpu:9", "tpu", "toaster"])
def test_device_that_is_not_there_is_refused_with_the_reason(machine, wish):
    machine()
    with pytest.raises(StudioError) as refusal:
        find_device(wish)
    assert wish in refusal.value.what
    assert refusal.value.why == (missing_gpu.why_no_gpu() if wish.startswith("gpu") else "Found here: cpu.")


@pytest.mark.parametrize(
    ("system", "driver", "words"),
    [
        ("win32", False, "WSL2"),
        ("darwin", False, "CPU only"),
        ("linux", True, 'pip install "cnn-studio[cuda]"'),
        ("linux", False, "No NVIDIA driver"),
    ],
)
def test_missing_gpu_is_explained_for_the_system(machine, monkeypatch, tmp_path, system, driver, words):
    machine()
    version = tmp_path / "version"
    if driver:
        version.write_text("NVRM version: 570", encoding="utf-8")
    monkeypatch.setattr(missing_gpu, "DRIVERS", (version,))
    monkeypatch.setattr(sys, "platform", system)
    row = list_devices()[-1]
    assert (row.id, row.usable) == ("", False)
    assert words in row.explanation


def test_gpu_memory_may_grow(machine, monkeypatch):
    machine("", "")
    grown = []
    monkeypatch.setattr(
        tf.config.experimental, "set_memory_growth", lambda gpu, wanted: grown.append((gpu.name, wanted))
    )
    prepare_devices()
    assert grown == [("/physical_device:GPU:0", True), ("/physical_device:GPU:1", True)]


class Resolver:
    """Stands in for TensorFlow's resolver of TPUs."""

    def __init__(self, tpu):
        self.tpu = tpu


@pytest.mark.parametrize(
    ("name", "value", "address", "connects"),
    [
        ("COLAB_TPU_ADDR", "10.0.0.2:8470", "grpc://10.0.0.2:8470", True),
        ("TPU_NAME", "local", "local", False),
    ],
)
def test_tpu_is_found_by_its_sign(machine, monkeypatch, name, value, address, connects):
    machine()
    done = []
    monkeypatch.setenv(name, value)
    monkeypatch.setattr(tf.distribute.cluster_resolver, "TPUClusterResolver", Resolver)
    monkeypatch.setattr(tf.config, "experimental_connect_to_cluster", lambda each: done.append("connected"))
    monkeypatch.setattr(tf.tpu.experimental, "initialize_tpu_system", lambda each: done.append(each.tpu))
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: range(8 if kind == "TPU" else 1))
    monkeypatch.setattr(tf.distribute, "TPUStrategy", lambda resolver: ("TPUStrategy", resolver.tpu))
    assert (list_devices()[-1].id, list_devices()[-1].title) == ("tpu", "TPU, 8 cores")
    assert done == ["connected"] * connects + [address]
    assert find_device("auto") == "tpu"
    assert strategy_of("tpu") == ("TPUStrategy", address)
    assert len(done) == 1 + connects  # once a process: connecting again would lose what is on the device


def test_tpu_that_does_not_answer_is_explained(machine, monkeypatch):
    machine()
    end = threading.Event()
    monkeypatch.setenv("TPU_NAME", "away")
    monkeypatch.setattr(tpu, "SECONDS_TO_CONNECT", 0.1)
    monkeypatch.setattr(tpu, "_connected", lambda address: end.wait(30))
    row = list_devices()[-1]
    end.set()
    assert (row.id, row.usable) == ("tpu", False)
    assert "did not answer" in row.explanation
    assert find_device("auto") == "cpu"


def test_single_devices_have_no_strategy_and_all_gpus_are_mirrored(monkeypatch):
    assert strategy_of("cpu") is None
    assert strategy_of("gpu:1") is None
    names = ["/device:GPU:0", "/device:GPU:1"]
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind: [SimpleNamespace(name=name) for name in names]
    )
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: ("Mirrored", devices))
    assert strategy_of("gpus") == ("Mirrored", names)
    assert [tensorflow_name(name) for name in ("cpu", "cpus", "gpu:1", "gpus", "tpu")] == [
        "/CPU:0", "/CPU:0", "/GPU:1", "/GPU:0", "/CPU:0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wish", "device", "has", "used"),
    [
        ("auto", "cpu", True, "mixed_bfloat16"),
        ("auto", "cpu", False, "float32"),
        ("mixed_bfloat16", "cpus", False, "float32"),
        ("auto", "gpu:0", True, "float32"),
        ("auto", "gpus", True, "float32"),
        ("mixed_bfloat16", "gpus", False, "mixed_bfloat16"),
        ("auto", "tpu", False, "mixed_bfloat16"),
        ("float32", "tpu", True, "float32"),
    ],
)
def test_precision_follows_the_device(monkeypatch, wish, device, has, used):
    monkeypatch.setattr(placement, "has_bfloat16", lambda: has)
    assert usable_precision(wish, device) == used


@pytest.mark.parametrize(
    ("ids", "chosen"),
    [
        (["cpu"], "cpu"),
        (["cpu", "cpus"], "cpu"),
        (["cpu", "gpu:1", "gpus", "tpu"], "gpu:1"),
        (["cpu", "tpu"], "tpu"),
    ],
)
def test_automatic_takes_a_single_gpu_then_the_tpu(ids, chosen):
    assert automatic_device(ids) == chosen


def test_memory_in_use_is_that_of_all_gpus_and_0_where_tensorflow_cannot_say(monkeypatch):
    def info(name):
        if name == "GPU:1":
            raise ValueError("no such statistics")
        return {"current": 700, "peak": 900}

    assert memory_in_use() == 0  # there is none here
    gpus = [SimpleNamespace(name=f"GPU:{number}") for number in range(3)]
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: gpus)
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", info)
    assert memory_in_use() == 1400
