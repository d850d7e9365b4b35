"""The command line and the Train tab's form say the same of a field of the training."""

import pytest
import typer

from cnn_studio.cli.program import _program
from cnn_studio.core.recipes.form_fields import fields_of
from cnn_studio.core.recipes.recipe import Training


@pytest.mark.parametrize("name", ["epochs", "batch_size", "seed", "precision", "device"])
def test_an_option_says_what_the_form_says(name):
    verb = typer.main.get_command(_program()).commands["train"]
    (option,) = (each for each in verb.params if each.name == name)
    (field,) = (each for each in fields_of(Training) if each.name == name)
    assert len(field.help) > 20
    assert field.help in option.help
