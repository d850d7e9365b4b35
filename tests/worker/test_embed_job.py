"""A map under way is shown from a file of its own: the one made before stays until the new one is whole."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.evaluation.embedding import Embedding, load_embedding, save_embedding
from cnn_studio.core.protocol.commands import Embed
from cnn_studio.core.protocol.events import EmbeddingEnded, EmbeddingMoved
from cnn_studio.engine import dimensionality_reduction as engine
from cnn_studio.engine import evaluator
from cnn_studio.worker import jobs


def placed(at, done=1.0):
    points = np.full((5, 2), at, np.float32)
    return Embedding(points, np.arange(5), "t-sne", "1", np.zeros(2, np.float32), done)


class Desk:
    """Keeps what is reported, and what a reader would have found at that moment."""

    def __init__(self, path):
        self.path, self.events, self.shown, self.there = path, [], [], []

    def report(self, event):
        self.events.append(event)
        if isinstance(event, EmbeddingMoved):
            self.shown.append(load_embedding(Path(event.path)).done)
        self.there.append(load_embedding(self.path).points[0, 0])

    def should_stop(self, job):
        return lambda: False


@pytest.fixture
def remake(tmp_path, monkeypatch):
    """Make a map again in a stand-in engine that ends as it is told; return the desk."""
    path = tmp_path / "map.npz"
    save_embedding(placed(1.0), path)
    desk = Desk(path)
    images = SimpleNamespace(images=np.zeros((5, 2, 2, 1), np.uint8), labels=np.zeros(5, np.int32))
    monkeypatch.setattr(evaluator, "evaluated_images", lambda *args: images)

    def run(end):
        def embed(*args, look, **kwargs):
            look(placed(2.0, 0.5))
            if end is not None:
                raise end
            return placed(3.0)

        monkeypatch.setattr(engine, "embed", embed)
        jobs.embed(desk, Embed(job="m", source=str(tmp_path), to=str(path)))

    return desk, run


@pytest.mark.parametrize("end", [Canceled(), StudioError("No.", "", ""), MemoryError()])
def test_map_made_again_in_vain_stays_as_it_was(remake, end):
    desk, run = remake
    with pytest.raises(type(end)):
        run(end)
    assert desk.shown == [0.5]
    assert load_embedding(desk.path).points[0, 0] == 1
    assert [path.name for path in desk.path.parent.iterdir()] == ["map.npz"]


def test_map_made_again_takes_the_place_of_the_one_before_at_its_end(remake):
    desk, run = remake
    run(None)
    assert [type(event) for event in desk.events] == [EmbeddingMoved, EmbeddingEnded]
    assert desk.there == [1, 3]
    assert desk.events[-1].path == str(desk.path)
    assert [path.name for path in desk.path.parent.iterdir()] == ["map.npz"]
