"""Figures and kinds of layers in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from cnn_studio.core.network.layers import AnyLayer, Layer, Shape

COLORS = {
    "convolution": "accent",
    "pooling": "validation",
    "dense": "good",
    "regularization": "muted",
    "blocks": "warn",
}
"""The theme's token for each kind of layer (the module of `core.layers` it stands in)."""
PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def kind_of(layer: type[Layer]) -> str:
    """Return the kind of a layer: the module of the layer table it stands in."""
    return layer.__module__.rpartition(".")[2]


def kind_title(kind: str) -> str:
    """Return a kind's heading."""
    return {
        "convolution": QCoreApplication.translate("LayerKinds", "Convolution"),
        "pooling": QCoreApplication.translate("LayerKinds", "Pooling"),
        "dense": QCoreApplication.translate("LayerKinds", "Full connections and activations"),
        "regularization": QCoreApplication.translate("LayerKinds", "Normalization and dropout"),
        "blocks": QCoreApplication.translate("LayerKinds", "Blocks"),
    }.get(kind, kind)


def color_of(layer: AnyLayer) -> str:
    """Return the token of a layer's color."""
    return COLORS.get(kind_of(type(layer)), "muted")


def help_of(layer: type[Layer]) -> str:
    """Return the sentence that says what a layer does."""
    return (layer.__doc__ or "").partition("\n")[0]


def shape_text(shape: Shape) -> str:
    """Return a shape as 26 × 26 × 32."""
    return " × ".join(map(str, shape))


def short_count(count: int) -> str:
    """Return a large number in three digits: 34.8 k, 2.31 M."""
    for size, prefix in PREFIXES:
        if count >= size:
            return f"{count / size:.3g} {prefix}"
    return str(count)


def memory_text(size_bytes: int) -> str:
    """Return a memory's size: 12.4 MB."""
    return f"{short_count(size_bytes)}B" if size_bytes >= 1000 else f"{size_bytes} B"


def field_text(side: int | None) -> str:
    """Return in words what part of the picture a value is made from."""
    if side is None:
        return QCoreApplication.translate("LayerKinds", "sees the whole picture")
    return QCoreApplication.translate("LayerKinds", "sees {side} × {side} px").format(side=side)
