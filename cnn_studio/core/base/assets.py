"""Where the shipped resources are: in a checkout, an installed wheel or a frozen program."""

from __future__ import annotations

from pathlib import Path

from cnn_studio.core.base.errors import StudioError

PACKAGE = Path(__file__).resolve().parents[2]


def resources_folder() -> Path:
    """Return the folder that holds recipes, data sets, models and icons.

    A wheel and a PyInstaller build carry it inside the package; a checkout has it beside the package.

    Raises:
        StudioError: If neither place has one (a broken installation).
    """
    for folder in (PACKAGE / "resources", PACKAGE.parent / "resources"):
        if (folder / "recipes").is_dir():
            return folder
    raise StudioError(
        "CNN Studio's own files are missing.",
        f"No resources folder was found in or beside {PACKAGE}.",
        "Install the program again.",
    )


def resource(*parts: str) -> Path:
    """Return the path of one shipped file, e.g. `resource("datasets", "mnist.npz")`."""
    return resources_folder().joinpath(*parts)
