"""What a recipe calls custom data: "file:PATH?size=32x32&channels=gray&test=0.2&seed=0".

The path is plain text. What follows the last "?" is read as options only if all of it is; options at their
defaults are left out.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.former_spellings import CHANNELS
from cnn_studio.data.decoding.options import Options, checked

PREFIX = "file"
FIELDS = {
    "size": "size",
    "channels": "channels",
    "invert": "invert",
    "test": "test_fraction",
    "seed": "seed",
}
"""What an option is called in a name -> the field of `Options`."""
PAIR = r"(?:size|channels|invert|test|seed)=[^&=?]*"
QUERY = re.compile(rf"{PAIR}(?:&{PAIR})*")


def dataset_name(path: Path, options: Options | None = None) -> str:
    """Return the name under which a recipe finds these data again; the path is made absolute."""
    options = options or Options()
    default = Options()
    pairs = [
        f"{word}={_text(getattr(options, field))}"
        for word, field in FIELDS.items()
        if getattr(options, field) != getattr(default, field)
    ]
    plain = f"{PREFIX}:{path.expanduser().resolve()}"
    if not pairs and QUERY.fullmatch(plain.rpartition("?")[2]):  # a path that looks like options
        pairs = [f"seed={options.seed}"]
    return f"{plain}?{'&'.join(pairs)}" if pairs else plain


def parsed_name(name: str) -> tuple[Path, Options]:
    """Return the path and the options of a name.

    Raises:
        StudioError: If it has no path, or an option a value that cannot be.
    """
    text = name.removeprefix(f"{PREFIX}:")
    path, mark, query = text.rpartition("?")
    if not mark or not QUERY.fullmatch(query):
        path, query = text, ""
    if not path or text == name:
        raise StudioError(
            f"'{name}' does not name any data.",
            f"'{PREFIX}:' and the path of a file or folder are expected.",
            f"Write for example '{PREFIX}:/home/me/flowers'.",
        )
    values = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
    return Path(path).expanduser(), checked(_options(name, values))


def _options(name: str, values: dict[str, str]) -> Options:
    fields: dict[str, object] = {FIELDS[word]: value for word, value in values.items()}
    if "size" in values:
        match = re.fullmatch(r"(\d+)x(\d+)", values["size"])
        fields["size"] = (int(match[1]), int(match[2])) if match else values["size"]
    if "channels" in values:
        fields["channels"] = CHANNELS.get(values["channels"], values["channels"])
    try:
        return msgspec.convert(fields, Options, strict=False)
    except msgspec.ValidationError as error:
        raise StudioError(
            f"'{name}' cannot be opened.", f"{error}.", "Correct that option, or leave it out."
        ) from error


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
