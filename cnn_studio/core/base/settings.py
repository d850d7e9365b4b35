"""Where a person's files are kept, and the few things the program remembers."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from platformdirs import user_data_path

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.canvas_pen import PEN_PERCENT


def home() -> Path:
    """Return the folder of everything a person made here (not created yet).

    The platform's data folder, or the environment variable `CNN_STUDIO_HOME` where it is set.
    """
    override = os.environ.get("CNN_STUDIO_HOME")
    return Path(override) if override else user_data_path("CNN Studio", appauthor=False)


def runs_folder() -> Path:
    """Return the folder that holds one folder per run."""
    return home() / "runs"


def log_path() -> Path:
    """Return the file that tracebacks are written to."""
    return home() / "cnn-studio.log"


class Settings(msgspec.Struct, kw_only=True):
    """What the window remembers between two launches."""

    geometry: str = ""
    theme: str = "system"
    model: str = ""
    recipe: str = "studio-quick"
    device: str = "auto"
    export_folder: str = ""
    pen_percent: int = PEN_PERCENT
    compared: list[str] = []
    read_numbers: bool = True
    mark_digits: bool = True
    score_goes_on: bool = False
    notify: bool = True
    train_more: bool = False
    train_pages: bool | None = None
    runs_columns: dict[str, int] = {}
    runs_sort: str = "-date"
    runs_grouped: bool = False


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; a missing or damaged file gives the defaults."""
    try:
        return msgspec.json.decode((path or home() / "settings.json").read_bytes(), type=Settings)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return Settings()


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings; a reader never sees half a file."""
    write_atomically(path or home() / "settings.json", msgspec.json.encode(settings))
