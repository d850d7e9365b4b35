"""The recipes that come with the program, found by name."""

from __future__ import annotations

from pathlib import Path

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.recipe import Recipe, load_recipe


def preset_names() -> list[str]:
    """Return the names of all presets, our own first, then alphabetically."""
    names = (path.stem for path in resource("recipes").glob("*.toml"))
    return sorted(names, key=lambda name: (not name.startswith("studio-"), name))


def presets() -> list[Recipe]:
    """Return all presets in the order of `preset_names`."""
    return [load_recipe(resource("recipes", f"{name}.toml")) for name in preset_names()]


def find_recipe(name_or_path: str) -> Recipe:
    """Return a preset by its name, or read a TOML file.

    Raises:
        StudioError: If there is neither such a preset nor such a file, or the file is not a recipe.
    """
    names = preset_names()
    if name_or_path in names:
        return load_recipe(resource("recipes", f"{name_or_path}.toml"))
    path = Path(name_or_path)
    if path.suffix == ".toml" or path.is_file():
        return load_recipe(path)
    raise StudioError(
        f"There is no recipe '{name_or_path}'.",
        "It is neither a preset's name nor a TOML file.",
        f"Choose one of: {', '.join(names)}.",
    )
