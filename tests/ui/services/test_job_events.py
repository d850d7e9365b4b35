"""Who asks for a job hears of it: of that job only, from its first event to its last."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from staging import StandInEngine, batch, done, epoch, started

from cnn_studio.core.protocol.events import JobCanceled, StageEntered
from cnn_studio.core.recipes.presets import find_recipe


class Asker(QObject):
    def __init__(self):
        super().__init__()
        self.heard, self.threads = [], []

    def hear(self, event):
        self.heard.append(event)
        self.threads.append(QThread.currentThread())


@pytest.fixture
def engine(qapp, tmp_path):
    made = StandInEngine(tmp_path / "runs")
    yield made
    made.close()


def arrive(engine, *events):
    """Let events come as the client brings them: on one of its threads, whatever the window does."""
    thread = threading.Thread(target=lambda: [engine._arrived.emit(event) for event in events])
    thread.start()
    thread.join()


def test_each_asker_hears_of_its_own_job(engine, tmp_path):
    first, second = Asker(), Asker()
    jobs = [engine.export(tmp_path, "onnx", tmp_path / name) for name in ("a.onnx", "b.onnx")]
    for asker, job in zip((first, second), jobs, strict=True):
        engine.subscribe(job, asker.hear)
    events = [StageEntered(job=job, text=job) for job in jobs]
    arrive(engine, *events, StageEntered(job="a third", text=""), StageEntered(text="of none"))
    QCoreApplication.processEvents()
    assert first.heard == [events[0]]
    assert second.heard == [events[1]]


def test_what_comes_before_the_subscription_is_not_lost(engine):
    """The engine may answer before the asker knows the job's name; it hears on the GUI thread."""
    asker = Asker()
    job = engine.train(find_recipe("studio-quick"))
    events = [StageEntered(job=job, text="first"), batch(job), epoch(job, 1, 0.5, 0.5)]
    arrive(engine, *events)
    engine.subscribe(job, asker.hear)
    assert asker.heard == []
    QCoreApplication.processEvents()
    assert asker.heard == events
    assert set(asker.threads) == {QCoreApplication.instance().thread()}


def test_after_the_end_nothing_more_is_heard(engine):
    asker, late, ends = Asker(), Asker(), []
    engine.job_ended.connect(ends.append)
    job = engine.train(find_recipe("studio-quick"))
    engine.subscribe(job, asker.hear)
    end = JobCanceled(job=job)
    arrive(engine, end, end, batch(job), done(job))
    QCoreApplication.processEvents()
    assert asker.heard == [end]
    assert ends == [end]
    assert job not in engine.open_jobs
    engine.subscribe(job, late.hear)
    engine.unsubscribe(job, asker.hear)
    arrive(engine, batch(job))
    QCoreApplication.processEvents()
    assert late.heard == []


def test_who_left_hears_nothing_while_others_still_do(engine):
    stays, leaves = Asker(), Asker()
    job = engine.train(find_recipe("studio-quick"))
    for asker in (stays, leaves):
        engine.subscribe(job, asker.hear)
    engine.unsubscribe(job, leaves.hear)
    arrive(engine, batch(job))
    QCoreApplication.processEvents()
    assert stays.heard == [batch(job)]
    assert leaves.heard == []


@pytest.mark.parametrize("destroy", [shiboken6.delete, QObject.deleteLater])
def test_an_asker_that_is_destroyed_is_let_go_of(engine, destroy):
    gone, stays = Asker(), Asker()
    job = engine.train(find_recipe("studio-quick"))
    for asker in (gone, stays):
        engine.subscribe(job, asker.hear)
    arrive(engine, batch(job))  # under way while it is destroyed
    destroy(gone)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    arrive(engine, done(job))
    QCoreApplication.processEvents()
    assert gone.heard == []
    assert stays.heard == [batch(job), done(job)]


def test_all_may_know_when_a_training_begins_and_a_job_ends(engine):
    """After the one who asked for it, who may have changed what they see."""
    asker, told = Asker(), []
    engine.run_started.connect(lambda event: told.append((event, len(asker.heard))))
    engine.job_ended.connect(lambda event: told.append((event, len(asker.heard))))
    job = engine.train(find_recipe("studio-quick"))
    engine.subscribe(job, asker.hear)
    arrive(engine, started(job), batch(job), done(job))
    QCoreApplication.processEvents()
    assert told == [(started(job), 1), (done(job), 3)]
