"""Run folders into the system's trash, and back."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QFile, QStandardPaths

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupied

INFO_FOLDER, INFO_ENDING = "info", ".trashinfo"
"""Where the trash of freedesktop.org's desktops says what a thing was called."""


class Thrown(msgspec.Struct, frozen=True):
    """A folder in the trash; `location` is None where the system does not say where it is."""

    folder: Path
    location: Path | None


def throw_away(folders: list[Path]) -> tuple[list[Thrown], StudioError | None]:
    """Move run folders to the trash (not on the GUI thread: a trash on another disk is copied to).

    Returns:
        What was moved, and why the next one was not; those after it are left where they are.
    """
    thrown: list[Thrown] = []
    with suppress(OSError):  # Qt makes the trash there, but not the folder the trash is in
        data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
        Path(data).mkdir(parents=True, exist_ok=True)
    for folder in folders:
        what = f"The run {folder.name} was not deleted."
        if occupied(folder):
            return thrown, StudioError(what, "It is being trained.", "Stop the training first.")
        file = QFile(str(folder))
        if not file.moveToTrash():
            why = f"The system's trash did not take {folder}."
            return thrown, StudioError(what, why, "Open its folder and delete it there.")
        location = Path(file.fileName()) if file.fileName() else folder
        thrown.append(Thrown(folder, location if location != folder else None))
    return thrown, None


def take_back(thrown: list[Thrown]) -> None:
    """Move folders out of the trash to where they were.

    Raises:
        StudioError: If the system does not say where one is, it is gone, or its old folder is taken.
    """
    for item in thrown:
        what = f"The run {item.folder.name} was not brought back."
        if item.location is None or not item.location.exists():
            raise StudioError(
                what, "It is not where the system put it.", "Look for it in the system's trash."
            )
        if item.folder.exists():
            raise StudioError(what, f"There is another {item.folder}.", "Rename that folder first.")
        try:
            shutil.move(item.location, item.folder)
        except OSError as error:
            raise StudioError(what, str(error), "Restore it from the system's trash.") from error
        with suppress(OSError):
            (item.location.parent.parent / INFO_FOLDER / f"{item.location.name}{INFO_ENDING}").unlink()
