"""Frames: u32 little-endian length, UTF-8 JSON; checked against `struct` and `json`, not against themselves."""

import io
import json
import struct
import typing

import msgspec
import pytest

from cnn_studio.core.protocol import commands, events
from cnn_studio.core.protocol.events import JOB_ENDS
from cnn_studio.core.runs.fine_tuning_record import Change
from cnn_studio.core.runs.run_folder import RunResult
from cnn_studio.worker.client import JOBS
from cnn_studio.worker.framing import FrameWriter, ProtocolError, command_reader, event_reader
from cnn_studio.worker.jobs import JOBS as WORK

MEBIBYTE = 1024 * 1024
RESULT = {
    "test_accuracy": 0.99, "test_loss": 0.03, "seconds": 5.5, "images_per_second": 9000.0, "device": "/CPU:0",
    "epochs": 2, "best_epoch": 1, "best_val_accuracy": 0.98, "train_images": 114000, "precision": "float32",
}  # fmt: skip
BATCH = {
    "epoch": 1,
    "step": 3,
    "steps": 9,
    "loss": 0.5,
    "accuracy": 0.8,
    "learning_rate": 0.01,
    "images_per_second": 9e3,
}
EPOCH = {
    "epoch": 1, "epochs": 2, "loss": 0.5, "accuracy": 0.8, "val_loss": None, "val_accuracy": None,
    "learning_rate": 0.01, "seconds": 2.5, "images_per_second": 9e3,
}  # fmt: skip
CHANGE = {
    "before": {"right": 17, "total": 20}, "after": {"right": 19, "total": 20}, "fixed": 3, "broken": 1,
}  # fmt: skip
EVENTS = {
    "hello": (events.WorkerStarted, {"protocol": 1, "pid": 77, "versions": {"keras": "3"}, "seconds": 7.5}),
    "devices": (
        events.DevicesListed,
        {"devices": [{"id": "cpu", "title": "CPU, 2 cores", "usable": True, "explanation": "é", "memory_bytes": 0}]},
    ),
    "heartbeat": (
        events.HeartBeaten,
        {"resident_bytes": 800_000_000, "cpu_seconds": 1.5, "clock_seconds": 2.5, "accelerator_bytes": 3},
    ),
    "stage": (events.StageEntered, {"text": "Reading the test images"}),
    "started": (
        events.RunStarted,
        {
            "run": "r", "epochs": 2, "steps": 9, "train_images": 1900, "validation_images": 100,
            "device": "/CPU:0", "precision": "float32", "warnings": ["watched"],
        },
    ),
    "batch": (events.BatchEnded, {**BATCH, "steps_per_execution": 8, "phase": "training"}),
    "epoch": (events.EpochEnded, EPOCH),
    "learning_rate": (events.LearningRateChanged, {"epoch": 3, "learning_rate": 0.001, "by": "person"}),
    "paused": (events.TrainingPaused, {"epoch": 2}),
    "resumed": (events.TrainingResumed, {"epoch": 2}),
    "done": (events.RunEnded, {"run": "/runs/r", "stopped": False, "result": RESULT}),
    "evaluating": (events.EvaluationProgressed, {"done": 2500, "total": 10000}),
    "evaluated": (events.EvaluationEnded, {"path": "/e.npz", "accuracy": 0.99, "loss": 0.03}),
    "embedding": (events.EmbeddingMoved, {"path": "/m.npz", "done": 0.25}),
    "embedded": (events.EmbeddingEnded, {"path": "/m.npz"}),
    "exported": (
        events.ExportEnded,
        {
            "path": "/m.onnx", "format": "onnx", "bytes": 1234, "images": 256, "same_predictions": 256,
            "largest_difference": 1e-7,
        },
    ),
    "taught": (events.FineTuningEnded, {"run": "/runs/t", "held": CHANGE, "test": CHANGE}),
    "previewed": (events.PreviewEnded, {"path": "/v.npy"}),
    "canceled": (events.JobCanceled, {}),
    "failed": (events.JobFailed, {"what": "Cannot.", "why": "“π”", "remedy": "Do.", "details": "Traceback"}),
}  # fmt: skip
COMMANDS = {
    "devices": (commands.ListDevices, {}),
    "start": (commands.Train, {"recipe": {"name": "n", "layers": []}, "parent": "/runs", "limit": 2000}),
    "evaluate": (
        commands.Evaluate,
        {"source": "/runs/r", "to": "/e.npz", "dataset": "mnist", "subset": "train"},
    ),
    "cross_validate": (
        commands.CrossValidate,
        {"recipe": {"name": "n"}, "to": "/e.npz", "folds": 4, "limit": 100},
    ),
    "embed": (
        commands.Embed,
        {
            "source": "/runs/r",
            "to": "/m.npz",
            "dataset": "mnist",
            "subset": "validation",
            "layer": "1/2",
            "method": "pca",
            "images": 50,
            "perplexity": 12.5,
            "seed": 3,
        },
    ),
    "export": (commands.Export, {"source": "/runs/r", "format": "onnx", "to": "/m.onnx"}),
    "teach": (
        commands.FineTune,
        {"source": "/m.keras", "drawings": "/d.jsonl", "parent": "/runs", "held_share": 0.3, "seed": 5},
    ),
    "preview": (
        commands.Preview,
        {"images": "/i.npy", "augmentation": {"noise": 0.1}, "seed": 4, "to": "/v.npy"},
    ),
    "resume": (commands.Resume, {"folder": "/runs/r", "extend": 3}),
    "pause": (commands.Pause, {}),
    "continue": (commands.Continue, {}),
    "change_learning_rate": (commands.ChangeLearningRate, {"learning_rate": 0.002}),
    "watch": (commands.Watch, {"wanted": False}),
    "cancel": (commands.Cancel, {}),
    "shutdown": (commands.Shutdown, {}),
}
SIDES = {
    "event": (events.AnyEvent, EVENTS, event_reader),
    "command": (commands.AnyCommand, COMMANDS, command_reader),
}
MESSAGES = [(side, tag) for side, (_, table, _) in SIDES.items() for tag in table]


def frame(content):
    body = json.dumps(content, ensure_ascii=False).encode("utf-8")
    return struct.pack("<I", len(body)) + body


def struct_of(side, tag, fields):
    """Build a message with the struct's own constructor."""
    kind = SIDES[side][1][tag][0]
    fields = dict(fields)
    if kind is events.DevicesListed:
        fields["devices"] = tuple(events.Device(**device) for device in fields["devices"])
    if kind is events.RunEnded:
        fields["result"] = RunResult(**fields["result"])
    if kind is events.FineTuningEnded:
        fields |= {name: msgspec.convert(fields[name], Change) for name in ("held", "test")}
    if "warnings" in fields:
        fields["warnings"] = tuple(fields["warnings"])
    return kind(job="j1", **fields)


@pytest.mark.parametrize("side", SIDES)
def test_every_message_of_the_union_is_in_the_table(side):
    union, table, _ = SIDES[side]
    assert set(typing.get_args(union)) == {kind for kind, _ in table.values()}


@pytest.mark.parametrize(("side", "tag"), MESSAGES)
def test_frame_is_a_little_endian_length_and_json(side, tag):
    fields = SIDES[side][1][tag][1]
    stream = io.BytesIO()
    FrameWriter(stream).write(struct_of(side, tag, fields))
    sent = stream.getvalue()
    length, body = struct.unpack("<I", sent[:4])[0], sent[4:]
    assert length == len(body)
    assert json.loads(body.decode("utf-8")) == {side: tag, "job": "j1", **fields}


@pytest.mark.parametrize(("side", "tag"), MESSAGES)
def test_frame_put_together_by_hand_is_read(side, tag):
    _, table, reader = SIDES[side]
    fields = table[tag][1]
    message = reader(io.BytesIO(frame({side: tag, "job": "j1", **fields}))).read()
    assert message == struct_of(side, tag, fields)


def test_frames_are_read_one_after_the_other():
    stream = io.BytesIO(frame({"event": "stage", "text": "one"}) + frame({"event": "stage", "text": "two"}))
    reader = event_reader(stream)
    assert [reader.read().text, reader.read().text, reader.read()] == ["one", "two", None]


def test_frame_of_exactly_one_mebibyte_travels():
    room = MEBIBYTE - len(json.dumps({"event": "stage", "job": "", "text": ""}, separators=(",", ":")))
    stream = io.BytesIO()
    FrameWriter(stream).write(events.StageEntered(text="x" * room))
    assert len(stream.getvalue()) == 4 + MEBIBYTE
    stream.seek(0)
    assert len(event_reader(stream).read().text) == room


def test_message_over_one_mebibyte_is_not_written():
    stream = io.BytesIO()
    with pytest.raises(ProtocolError, match="1,048,576"):
        FrameWriter(stream).write(events.StageEntered(text="x" * MEBIBYTE))
    assert stream.getvalue() == b""


@pytest.mark.parametrize("reader", [event_reader, command_reader])
@pytest.mark.parametrize("length", [MEBIBYTE + 1, 2**32 - 1])
def test_frame_over_one_mebibyte_is_refused_before_it_is_read(reader, length):
    stream = io.BytesIO(struct.pack("<I", length) + b"x" * 100)
    with pytest.raises(ProtocolError, match=f"{length:,}"):
        reader(stream).read()
    assert stream.tell() == 4


@pytest.mark.parametrize("reader", [event_reader, command_reader])
@pytest.mark.parametrize("kept", [0, 1, 3, 4, 5, -1])
def test_truncated_frame_means_the_other_side_is_gone(reader, kept):
    whole = frame({"event": "heartbeat"})
    assert reader(io.BytesIO(whole[:kept])).read() is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"{}",
        b"[]",
        b'{"event": "unheard-of"}',
        b'{"event": "hello"}',
        b"\xff\xfe",
        b'{"event": "stage", "text": 5}',
    ],
)
def test_garbage_is_a_protocol_error(body):
    with pytest.raises(ProtocolError):
        event_reader(io.BytesIO(struct.pack("<I", len(body)) + body)).read()


def test_commands_are_no_events():
    with pytest.raises(ProtocolError):
        event_reader(io.BytesIO(frame({"command": "shutdown"}))).read()
    with pytest.raises(ProtocolError):
        command_reader(io.BytesIO(frame({"event": "heartbeat"}))).read()


def test_reading_goes_on_after_garbage():
    body = b"not json"
    reader = event_reader(io.BytesIO(struct.pack("<I", len(body)) + body + frame({"event": "heartbeat"})))
    with pytest.raises(ProtocolError):
        reader.read()
    assert reader.read() == events.HeartBeaten()


def test_every_job_is_known_as_one_and_has_an_end():
    """A job without one would be waited for until the program ends."""
    assert set(JOBS) == set(WORK) - {commands.ListDevices}
    steps = {events.BatchEnded, events.EpochEnded}
    ends = {kind for kind in typing.get_args(events.AnyEvent) if kind.__name__.endswith("Ended")} - steps
    assert set(JOB_ENDS) == ends | {events.JobCanceled, events.JobFailed}
