"""What version 0.1.0 wrote in British English is still read."""

import json

from cnn_studio.core.drawing.collection import Collection
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import recipe_from_mapping, recipe_to_mapping
from cnn_studio.core.runs.run_folder import RUN_FILE, RunRecord, read_run, write_run
from cnn_studio.data.dataset_names import parsed_name

OWN = "file:/home/me/grey cats?size=28x28&channels={}"


def former(recipe):
    return {**recipe, "scaling": "standardised", "dataset": OWN.format("colour")}


def test_a_former_recipe_is_read_as_the_present_one():
    present = recipe_to_mapping(find_recipe("mnist-adadelta"))
    recipe = recipe_from_mapping(former(present))
    assert (recipe.scaling, recipe.dataset) == ("standardized", OWN.format("color"))


def test_a_former_run_is_read_and_only_its_options_are_spelled_anew(tmp_path):
    recipe = find_recipe("mnist-adadelta")
    record = RunRecord(
        id="run", recipe=recipe, created="2026-11-01T10:00:00", status="finished", classes=("0", "1")
    )
    write_run(tmp_path, record)
    path = tmp_path / RUN_FILE
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "recipe": former(record["recipe"])}))
    read = read_run(tmp_path).record.recipe
    assert (read.scaling, read.dataset) == ("standardized", OWN.format("color"))
    assert read.layers == recipe.layers


def test_the_options_of_a_former_data_name_are_understood():
    path, options = parsed_name(OWN.format("grey"))
    assert (path.name, options.channels) == ("grey cats", "gray")


def test_a_former_journal_of_drawings_keeps_its_changed_labels(tmp_path):
    path = tmp_path / "my-drawings.jsonl"
    drawing = Collection(path).add([[(0.1, 0.1), (0.9, 0.9)]], "1", side=1.0)
    with path.open("a") as file:
        file.write(json.dumps({"change": "relabelled", "ids": [drawing.id], "label": "7"}) + "\n")
    assert [one.label for one in Collection(path).drawings] == ["7"]
