"""What a form is told about a layer's fields is what a recipe accepts."""

import msgspec
import pytest

from cnn_studio.core.network.layers import L1, L2, AnyLayer
from cnn_studio.core.network.layers.layer_fields import fields_of, layer_types, tag_of

NEEDED = {"filters": 4, "units": 4, "name": "part", "layers": []}


def accepted(kind, **values):
    """Whether a recipe's layer may have these values."""
    names = {field.name for field in msgspec.structs.fields(kind)}
    content = {name: value for name, value in NEEDED.items() if name in names} | values
    try:
        msgspec.convert(content | {"type": tag_of(kind)}, AnyLayer)
    except msgspec.ValidationError:
        return False
    return True


ALL = [(kind, field) for kind in (*layer_types(), L1, L2) for field in fields_of(kind)]
NUMBERS = [
    (kind, field) for kind, field in ALL if field.kind in ("integer", "real") and kind in layer_types()
]


def name(value):
    return tag_of(value) if isinstance(value, type) else getattr(value, "name", None)


@pytest.mark.parametrize(("kind", "field"), NUMBERS, ids=name)
def test_limits_are_those_a_recipe_is_held_to(kind, field):
    step = 1 if field.kind == "integer" else 1e-6
    for limit, excluded, outward in (
        (field.minimum, field.minimum_excluded, -step),
        (field.maximum, field.maximum_excluded, step),
    ):
        number = int(limit) if field.kind == "integer" else float(limit)
        assert accepted(kind, **{field.name: number}) is not excluded
        assert not accepted(kind, **{field.name: number + outward})
        assert accepted(kind, **{field.name: number - outward})


@pytest.mark.parametrize(("kind", "field"), ALL, ids=name)
def test_every_field_says_what_it_is_for_in_a_sentence(kind, field):
    assert field.help[0].isupper() or field.help[0] == "“"
    assert field.help.endswith(".")
    assert field.kind == "choice" or field.kind == "part" or not field.choices


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, field in ALL if field.kind == "choice"], ids=name
)
def test_every_choice_is_accepted_and_no_other(kind, field):
    assert all(accepted(kind, **{field.name: choice}) for choice in field.choices)
    assert field.default in field.choices
    assert not accepted(kind, **{field.name: "nonsense"})


@pytest.mark.parametrize(("kind", "field"), ALL, ids=name)
def test_what_may_be_empty_may_be_left_empty_in_a_recipe(kind, field):
    if kind in layer_types() and field.kind != "text":
        assert accepted(kind, **{field.name: None}) is field.optional


def test_a_layer_without_a_default_needs_a_value():
    (filters,) = [field for field in fields_of(layer_types()[0]) if field.name == "filters"]
    assert filters.default is None
    assert not filters.optional
