"""Shaping a list of layers: every change does what it says and can be taken back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layer_draft import LayerDraft, layer_at, new_layer
from cnn_studio.core.network.layers import L2, Block, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_studio.core.network.layers.layer_fields import layer_types

CONV, POOL, FLAT, END = Conv2D(filters=8), MaxPooling2D(), Flatten(), Dense(units=10)
SIMPLE = (CONV, POOL, FLAT, END)
NESTED = (Block(name="encoder", layers=(CONV, POOL)), FLAT, END)


def test_layers_are_inserted_before_a_place_or_at_the_end():
    draft = LayerDraft(SIMPLE)
    assert draft.insert((1,), Dropout()) == (1,)
    assert draft.layers == (CONV, Dropout(), POOL, FLAT, END)
    draft.insert((5,), Dropout(rate=0.1))
    assert draft.layers[-1] == Dropout(rate=0.1)


def test_layers_are_inserted_into_a_block():
    draft = LayerDraft(NESTED)
    draft.insert((0, 2), Dropout())
    assert draft.layers[0].layers == (CONV, POOL, Dropout())


def test_several_layers_are_removed_in_one_step():
    draft = LayerDraft(SIMPLE)
    draft.remove([(0,), (2,)])
    assert draft.layers == (POOL, END)
    draft.undo()
    assert draft.layers == SIMPLE


@pytest.mark.parametrize(
    ("start", "to", "stands", "order"),
    [
        ((0,), (2,), (1,), (POOL, CONV, FLAT, END)),
        ((0,), (4,), (3,), (POOL, FLAT, END, CONV)),
        ((3,), (0,), (0,), (END, CONV, POOL, FLAT)),
        ((1,), (1,), (1,), SIMPLE),
        ((1,), (2,), (1,), SIMPLE),
    ],
)
def test_a_layer_is_moved_before_a_place(start, to, stands, order):
    draft = LayerDraft(SIMPLE)
    assert draft.move(start, to) == stands
    assert draft.layers == order


def test_layers_move_into_and_out_of_blocks():
    draft = LayerDraft(NESTED)
    assert draft.move((0, 0), (2,)) == (2,)
    assert draft.layers == (Block(name="encoder", layers=(POOL,)), FLAT, CONV, END)
    assert draft.move((2,), (0, 0)) == (0, 0)
    assert draft.layers == NESTED
    draft = LayerDraft((FLAT, *NESTED))
    assert draft.move((0,), (1, 1)) == (0, 1)
    assert draft.layers[0].layers == (CONV, FLAT, POOL)


def test_a_block_does_not_go_into_itself():
    draft = LayerDraft(NESTED)
    with pytest.raises(StudioError, match="inside itself"):
        draft.move((0,), (0, 1))
    assert draft.layers == NESTED


def test_a_duplicate_stands_behind_and_has_no_name_twice():
    draft = LayerDraft((Conv2D(filters=8, name="first"), FLAT))
    assert draft.duplicate((0,)) == (1,)
    assert [layer.name for layer in draft.layers[:2]] == ["first", ""]


def test_what_is_typed_into_one_field_is_one_step():
    draft = LayerDraft(SIMPLE)
    for filters in (1, 12, 128):
        draft.change((0,), "filters", filters)
    draft.change((3,), "units", 12)
    assert (draft.layers[0].filters, draft.layers[3].units) == (128, 12)
    draft.undo()
    assert (draft.layers[0].filters, draft.layers[3].units) == (128, 10)
    draft.undo()
    assert draft.layers == SIMPLE
    draft.redo()
    assert draft.layers[0].filters == 128


def test_a_value_typed_back_to_what_it_was_leaves_the_layers_as_they_were():
    draft = LayerDraft(SIMPLE)
    draft.change((0,), "filters", 80)
    draft.change((0,), "filters", 8)
    assert draft.layers == SIMPLE


@pytest.mark.parametrize(
    ("field", "value"), [("filters", 0), ("filters", 2.5), ("padding", "some"), ("kernel_size", None)]
)
def test_a_value_beyond_the_limits_is_refused_with_the_fields_help(field, value):
    draft = LayerDraft(SIMPLE)
    with pytest.raises(StudioError) as raised:
        draft.change((0,), field, value)
    assert f"“{field}”" in raised.value.why
    assert raised.value.remedy
    assert draft.layers == SIMPLE
    assert not draft.can_undo


def test_a_regularizer_can_be_set_and_taken_away():
    draft = LayerDraft(SIMPLE)
    draft.change((0,), "kernel_regularizer", L2(l2=0.01))
    assert draft.layers[0].kernel_regularizer == L2(l2=0.01)
    draft.change((0,), "kernel_regularizer", None)
    assert draft.layers == SIMPLE


@pytest.mark.parametrize("kind", layer_types())
def test_a_new_layer_of_every_kind_can_be_put_in(kind):
    draft = LayerDraft(())
    draft.insert((0,), new_layer(kind))
    assert type(layer_at(draft.layers, (0,))) is kind


@given(st.lists(st.tuples(st.sampled_from(["insert", "remove", "move", "duplicate", "change"]),
                          st.integers(0, 10), st.integers(0, 10)), max_size=12))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_undo_takes_every_change_back_and_redo_makes_it_again(steps):
    draft, seen = LayerDraft(SIMPLE), [SIMPLE]
    for what, first, second in steps:
        count = len(draft.layers)
        here, there = (first % max(1, count),), (second % (count + 1),)
        if what == "insert":
            draft.insert(there, Dropout(rate=first / 20))
        elif count and what == "remove":
            draft.remove([here])
        elif count and what == "move":
            draft.move(here, there)
        elif count and what == "duplicate":
            draft.duplicate(here)
        elif count:
            draft.change(here, "name", f"n{second}")
            draft.redo()  # ends the typing, changes nothing
        if draft.layers != seen[-1]:
            seen.append(draft.layers)
    for layers in reversed(seen[:-1]):
        draft.undo()
        assert draft.layers == layers
    for layers in seen[1:]:
        draft.redo()
        assert draft.layers == layers


def test_a_value_typed_again_as_it_is_costs_no_step_of_the_history():
    layers = (Flatten(), Dense(units=10))
    draft = LayerDraft(layers)
    draft.change((1,), "units", 10)
    assert not draft.can_undo
    draft.change((1,), "units", 30)
    draft.undo()
    assert draft.layers == layers
    draft.change((1,), "units", 10)  # as it is: what was undone can still be made again
    assert draft.can_redo
    draft.change((1,), "units", 40)
    draft.undo()
    assert draft.layers == layers


def test_a_value_typed_back_and_forth_is_one_step():
    layers = (Flatten(), Dense(units=10))
    draft = LayerDraft(layers)
    for units in (1, 10, 12):
        draft.change((1,), "units", units)
    assert draft.layers[1].units == 12
    draft.undo()
    assert draft.layers == layers
    assert not draft.can_undo
