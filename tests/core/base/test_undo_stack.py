"""Undo and redo against a plain model: every state there was, and where among them one is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_studio.core.base.undo_stack import UndoStack

KINDS = ("push", "type", "undo", "undo", "redo", "undo", "push", "forget", "clear")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 99)), min_size=1, max_size=40)


class Editor:
    """A number with a history kept as pairs of before and after, as the program's editors keep theirs."""

    def __init__(self, limit, redoable):
        self.number, self.stack = 0, UndoStack(limit=limit, redoable=redoable)

    def do(self, step, number):
        if step == "push":
            self.stack.push((self.number, number))
        elif step == "type":
            self.stack.push((self.number, number), lambda last, new: (last[0], new[1]))
        elif step == "undo":
            number = self.stack.undo()[0] if self.stack.can_undo else self.number
        elif step == "redo":
            number = self.stack.redo()[1] if self.stack.can_redo else self.number
        else:
            number = self.number
            self.stack.clear() if step == "clear" else self.stack.forget_undone()
        self.number = number


class Model:
    """The same with a list of all states and a place in it."""

    def __init__(self, limit, redoable):
        self.states, self.place, self.limit, self.redoable = [0], 0, limit, redoable

    def do(self, step, number):
        newest = self.place == len(self.states) - 1
        if step == "type" and newest and self.place > 0:
            self.states[-1] = number
        elif step in ("push", "type"):
            self.states = [*self.states[: self.place + 1], number]
            if self.limit is not None and len(self.states) > self.limit + 1:
                self.states = self.states[1:]
            self.place = len(self.states) - 1
        elif step == "undo":
            self.place = max(0, self.place - 1)
            if not self.redoable:
                self.states = self.states[: self.place + 1]
        elif step == "redo":
            self.place = min(len(self.states) - 1, self.place + 1)
        elif step == "forget":
            self.states = self.states[: self.place + 1]
        else:
            self.states, self.place = [self.states[self.place]], 0


@settings(max_examples=500)
@given(STEPS, st.one_of(st.none(), st.integers(1, 4)), st.booleans())
def test_any_sequence_of_steps_ends_where_a_list_of_states_does(steps, limit, redoable):
    editor, model = Editor(limit, redoable), Model(limit, redoable)
    for step in steps:
        editor.do(*step)
        model.do(*step)
        assert editor.number == model.states[model.place]
        assert editor.stack.can_undo == (model.place > 0)
        assert [after for _, after in editor.stack.made] == model.states[1 : model.place + 1]
        assert editor.stack.can_redo == (model.place < len(model.states) - 1)


def test_changes_that_do_not_merge_stay_two():
    stack = UndoStack()
    stack.push("a")
    stack.push("b", lambda last, change: None)
    assert (stack.last, stack.undo(), stack.last, stack.undo(), stack.last) == ("b", "b", "a", "a", None)


def test_where_nothing_is_left_the_stack_says_so():
    stack = UndoStack()
    with pytest.raises(IndexError, match="no change to take back"):
        stack.undo()
    with pytest.raises(IndexError, match="No change was taken back"):
        stack.redo()
