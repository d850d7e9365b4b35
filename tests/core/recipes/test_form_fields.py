"""What a form is told about a training's fields is what a recipe accepts."""

import msgspec
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.form_fields import (
    changed,
    fields_of,
    kind_title,
    limits_of,
    optimizer_types,
    schedule_types,
    sentence_of,
    split_types,
    taken_over,
    title_of,
)
from cnn_studio.core.recipes.optimizers import SGD, Adam, AdamW
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import (
    EarlyStopping,
    LastSplit,
    RandomSplit,
    Training,
    recipe_from_mapping,
    recipe_to_mapping,
)
from cnn_studio.core.recipes.schedules import OneCycle, StepDecay

MAPPING = recipe_to_mapping(find_recipe("studio-quick"))
SECTIONS = (
    ("training", Training), ("early_stopping", EarlyStopping),
    *(("optimizer", kind) for kind in optimizer_types()),
    *(("schedule", kind) for kind in schedule_types()),
    *(("split", kind) for kind in split_types()),
)  # fmt: skip
ALL = [(section, kind, field) for section, kind in SECTIONS for field in fields_of(kind)]
NUMBERS = [each for each in ALL if each[2].kind in ("integer", "real")]


def name(value):
    return value if isinstance(value, str) else getattr(value, "__name__", None) or value.name


def accepted(section, kind, field, value):
    """Whether a whole recipe may have this value."""
    tags = {"optimizer": "type", "schedule": "type", "split": "kind"}
    content = dict(MAPPING[section]) if section == "training" else {}
    if section in tags:
        content[tags[section]] = kind.__struct_config__.tag
    try:
        recipe_from_mapping(MAPPING | {section: content | {field.name: value}})
    except StudioError:
        return False
    return True


@pytest.mark.parametrize(("section", "kind", "field"), NUMBERS, ids=name)
def test_limits_are_those_a_recipe_is_held_to(section, kind, field):
    step = 1 if field.kind == "integer" else 1e-9
    for limit, excluded, outward in (
        (field.minimum, field.minimum_excluded, -step),
        (field.maximum, field.maximum_excluded, step),
    ):
        number = int(limit) if field.kind == "integer" else float(limit)
        assert accepted(section, kind, field, number) is not excluded
        assert not accepted(section, kind, field, number + outward)
        assert accepted(section, kind, field, number - outward)


@pytest.mark.parametrize(("section", "kind", "field"), ALL, ids=name)
def test_every_field_says_what_it_is_for_in_a_sentence(section, kind, field):
    assert field.help[0].isupper() or field.help[0] == "“"
    assert field.help.endswith(".")
    assert title_of(field)[0].isupper()


@pytest.mark.parametrize(
    "kind", [*optimizer_types(), *schedule_types(), *split_types()], ids=lambda kind: kind.__name__
)
def test_every_kind_is_explained(kind):
    assert len(kind_title(kind)) >= 3
    assert len(sentence_of(kind)) > 20


def field(kind, wanted):
    (found,) = (one for one in fields_of(kind) if one.name == wanted)
    return found


@pytest.mark.parametrize("value", [-1.0, 0.0, 11.0, "abc", ""])
def test_a_learning_rate_that_is_none_is_refused_in_three_parts(value):
    with pytest.raises(StudioError) as refused:
        changed(Adam(learning_rate=0.006), field(Adam, "learning_rate"), value)
    error = refused.value
    assert "Learning rate was not changed" in error.what
    assert str(value).removesuffix(".0") in error.what
    assert error.why == "A number of more than 0 and at most 10 is expected."
    assert "stays 0.006" in error.remedy


def test_a_value_within_the_limits_changes_that_field_alone():
    made = changed(SGD(momentum=0.5), field(SGD, "nesterov"), True)
    assert made == SGD(momentum=0.5, nesterov=True)
    assert changed(Adam(clipnorm=1.0), field(Adam, "clipnorm"), None) == Adam()


def test_limits_in_words():
    assert limits_of(field(Training, "epochs")) == "at least 1 and at most 10,000"
    assert limits_of(field(SGD, "momentum")) == "at least 0 and less than 1"
    assert limits_of(field(EarlyStopping, "patience")) == "at least 1 and at most 1,000 epochs"


@pytest.mark.parametrize(
    ("before", "chosen", "after"),
    [
        (Adam(learning_rate=0.006, beta_1=0.8), AdamW, AdamW(learning_rate=0.006, beta_1=0.8)),
        (Adam(), SGD, SGD()),  # with SGD's own learning rate of 0.01
        (Adam(clipnorm=2.0), SGD, SGD(clipnorm=2.0)),
        (OneCycle(end_fraction=0.5), StepDecay, StepDecay()),
        (RandomSplit(fraction=0.3, seed=5), LastSplit, LastSplit(fraction=0.3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_kind_keeps_what_was_set_and_what_both_have(before, chosen, after):
    assert taken_over(chosen, before) == after
    assert msgspec.structs.asdict(SGD())["learning_rate"] == 0.01
