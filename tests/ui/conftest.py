"""The window under test: a home of its own, an engine that only listens, pens that move."""

import logging
from pathlib import Path

import pytest
from staging import StandInEngine, finish

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.composition import application
from cnn_studio.ui.shell.main_window import MainWindow
from cnn_studio.ui.style.theme import Theme

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """A warning of Qt's fails the test it came from."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(
                # of Qt's screen without a screen, the latter two where a popup opens
                pytest.mark.qt_log_ignore(
                    r"plugin does not support (propagateSizeHints|raise|grabbing the keyboard)", extend=True
                )
            )


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory):
    """What is written while a module's or the session's fixtures end goes nowhere near a person's files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_STUDIO_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def qapp():
    """The program's own application, with its style and font."""
    return application()


@pytest.fixture
def expected_log():
    """Beginnings of log messages that a test provokes."""
    return []


@pytest.fixture(autouse=True)
def no_unexpected_log_record(caplog, expected_log):
    yield
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    unexpected = [
        record.getMessage()
        for record in records
        if record.levelno >= logging.WARNING
        and not any(record.getMessage().startswith(text) for text in expected_log)
    ]
    assert not unexpected


@pytest.fixture
def theme(qapp):
    made = Theme("light")
    made.apply()
    yield made
    made.choose("light")


@pytest.fixture
def settings():
    return Settings(theme="light")


@pytest.fixture
def engine(qapp, tmp_path):
    """An engine that is never started: it records what it is asked, tests speak for it."""
    made = StandInEngine(tmp_path / "runs")
    yield made
    made.end()


@pytest.fixture
def window(qtbot, theme, engine, settings, tmp_path):
    """The whole window on the stand-in engine, shown."""
    made = MainWindow(theme, engine, ModelRegistry(tmp_path / "runs"), settings)
    made.draw.load_now()
    with qtbot.waitExposed(made):
        made.show()
    yield made
    engine.end_jobs()  # or the window would ask whether they may be stopped
    finish(made)


@pytest.fixture
def draw(window):
    window.tabs.setCurrentWidget(window.draw)
    return window.draw


@pytest.fixture
def train(window):
    window.tabs.setCurrentWidget(window.train)
    return window.train


@pytest.fixture
def evaluate(window):
    window.tabs.setCurrentWidget(window.evaluate)
    return window.evaluate
