"""`cnn-studio script`: a recipe to take away as plain Keras."""

import ast

from cnn_studio.core.recipes.presets import find_recipe


def test_the_script_is_printed_and_nothing_else(cli):
    done = cli("script", "fashion-vgg3")
    assert (done.returncode, done.stderr) == (0, "")
    calls = {node.func.attr for node in ast.walk(ast.parse(done.stdout))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}  # fmt: skip
    assert {"Conv2D", "LeakyReLU", "MaxPooling2D", "Dense", "Adam", "fit", "evaluate"} <= calls
    assert f"epochs={find_recipe('fashion-vgg3').training.epochs}" in done.stdout


def test_the_script_is_written_to_a_file(cli, tmp_path):
    done = cli("script", "studio-quick", "--to", tmp_path / "new" / "train.py")
    assert done.returncode == 0
    ast.parse((tmp_path / "new" / "train.py").read_text())


def test_a_file_that_cannot_be_written_gets_a_sentence(cli, tmp_path):
    done = cli("script", "studio-quick", "--to", tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0].startswith("Cannot write")
