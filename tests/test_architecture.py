"""The arrows between the rooms: who may import whom."""

import ast
import collections
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cnn_studio

ARROWS = {
    "core/base": "",
    "core/network": "core/base",
    "core/recipes": "core/base core/network",
    "core/datasets": "core/base core/network core/recipes",
    "core/evaluation": "core/base core/network core/recipes core/datasets",
    "core/drawing": "core/base core/network core/datasets core/evaluation",
    "core/number_reading": "core/drawing",
    "core/runs": "core/base core/network core/recipes core/datasets core/evaluation core/drawing",
    "core/synthetic": "core/base core/drawing",
    "core/protocol": "core/evaluation core/runs",
    "core/training": "core/base core/network core/recipes core/evaluation core/runs core/protocol",
    "data/decoding": "core/base core/network core/datasets",
    "data/readers": "core/base core/datasets data/decoding",
    "data": "core/base core/network core/recipes core/datasets core/runs data/decoding data/readers",
    "inference": "core/base core/network core/datasets core/runs",
    "figures": "core/base core/recipes core/datasets core/evaluation core/runs core/training",
    "engine/tf_graphs": "",
    "engine/devices": "core/base core/recipes core/protocol engine/tf_graphs",
    "engine": (
        "core/base core/network core/recipes core/datasets core/evaluation core/drawing core/runs "
        "core/synthetic core/protocol core/training data inference engine/tf_graphs engine/devices"
    ),
    "engine/fine_tuning": (
        "core/base core/recipes core/datasets core/evaluation core/drawing core/runs core/synthetic "
        "core/protocol engine/devices engine"
    ),
    "worker/escalation": "",
    "worker/framing": "core/protocol",
    "worker/worker_process": "worker/framing",
    "worker/client": "core/base core/protocol worker/escalation worker/framing worker/worker_process",
    "worker/jobs": (
        "core/base core/recipes core/evaluation core/runs core/protocol "
        "engine/devices engine engine/fine_tuning"
    ),
    "worker/server": "core/base core/protocol engine/devices engine worker/framing worker/jobs",
    "worker/__main__": "worker/server",
    "ui/style": "core/base",
    "ui/widgets": "core/base core/network core/evaluation core/drawing inference ui/style",
    "ui/charts": "core/base core/evaluation ui/style ui/widgets",
    "ui/services": (
        "core/base core/network core/recipes core/datasets core/evaluation core/runs core/protocol "
        "data/decoding data worker/client"
    ),
    "ui/data": (
        "core/base core/recipes core/datasets core/protocol data ui/style ui/widgets ui/charts ui/services"
    ),
    "ui/dialogs": "core/base core/runs core/protocol figures ui/style ui/widgets ui/services",
    "ui/interpretability": (
        "core/base core/datasets core/drawing core/runs inference ui/style ui/charts ui/services"
    ),
    "ui/curves": (
        "core/base core/runs core/training figures ui/style ui/widgets ui/charts ui/services ui/dialogs"
    ),
    "ui/evaluate": (
        "core/base core/recipes core/datasets core/evaluation core/runs core/protocol data inference "
        "figures ui/style ui/charts ui/widgets ui/services ui/data ui/dialogs ui/interpretability"
    ),
    "ui/live_view": (
        "core/base core/datasets core/drawing core/runs core/protocol data inference "
        "ui/style ui/services ui/interpretability"
    ),
    "ui/model": (
        "core/base core/network core/recipes core/datasets data "
        "ui/style ui/widgets ui/services ui/interpretability"
    ),
    "ui/my_drawings": (
        "core/base core/datasets core/drawing core/runs inference ui/style ui/widgets ui/services ui/dialogs"
    ),
    "ui/draw": (
        "core/base core/datasets core/drawing core/number_reading core/runs data inference "
        "ui/style ui/widgets ui/services ui/dialogs ui/interpretability ui/my_drawings"
    ),
    "ui/runs": (
        "core/base core/evaluation core/runs core/protocol data figures "
        "ui/style ui/widgets ui/charts ui/services ui/dialogs ui/curves ui/model"
    ),
    "ui/train": (
        "core/base core/network core/recipes core/datasets core/runs core/protocol core/training "
        "ui/style ui/widgets ui/charts ui/services ui/data ui/curves"
    ),
    "ui/fine_tuning": (
        "core/base core/datasets core/drawing core/runs core/protocol inference "
        "ui/style ui/widgets ui/services ui/my_drawings ui/draw"
    ),
    "ui/queue": (
        "core/base core/network core/recipes core/datasets core/runs core/protocol core/training "
        "ui/style ui/services ui/train"
    ),
    "ui/shell": (
        "core/base core/recipes core/runs core/protocol "
        "ui/style ui/widgets ui/services ui/data ui/dialogs ui/evaluate ui/live_view ui/model ui/draw "
        "ui/runs ui/train ui/fine_tuning ui/queue"
    ),
    "app": "core/base core/training ui/shell",
    "cli": (
        "core/base core/datasets core/drawing core/number_reading core/runs core/protocol data "
        "inference engine/devices engine"
    ),
    "cli/verbs": (
        "core/base core/network core/recipes core/datasets core/evaluation core/runs core/protocol "
        "data/decoding data inference figures engine/devices engine engine/fine_tuning cli"
    ),
    "cli/verbs/smoke_test": "app cli",
    "cli/program": "cli cli/verbs cli/verbs/smoke_test",
    "__main__": "worker/server app cli/program",
}
"""The picture: each room and the rooms it may import, all of which stand above it, so that no arrow leads back.

A room is a folder with all below it that is no room of its own, or a module where one of a folder's stands
apart. What is not here is forbidden. `cnn_studio/__init__.py`, the version, is everybody's.
"""

PACKAGE = Path(cnn_studio.__file__).parent
QT = {"PySide6", "shiboken6", "qtawesome", "pytestqt"}
TENSORFLOW = {"tensorflow", "keras", "tf2onnx", "ai_edge_litert"}
ROOMS = ("data", "figures", "engine", "inference", "worker", "ui", "cli", "app", "__main__")
PURE_INFERENCE = TENSORFLOW | QT | {f"cnn_studio.{room}" for room in ROOMS if room != "inference"}

FORBIDDEN = {
    "core": QT | TENSORFLOW | {"onnxruntime", "onnx", "sklearn", "h5py", "matplotlib"}
    | {f"cnn_studio.{room}" for room in ROOMS},
    "data": QT | TENSORFLOW | {"onnxruntime", "onnx", "sklearn", "h5py", "matplotlib"}
    | {f"cnn_studio.{room}" for room in ROOMS if room != "data"},
    "figures": QT | TENSORFLOW | {f"cnn_studio.{room}" for room in ROOMS if room != "figures"},
    "inference": PURE_INFERENCE,
    "engine": QT | {"cnn_studio.ui", "cnn_studio.worker", "cnn_studio.cli", "cnn_studio.app"},
    "ui": TENSORFLOW | {"cnn_studio.engine", "cnn_studio.worker.server", "cnn_studio.cli", "cnn_studio.app"},
    "worker/server": QT | {"cnn_studio.ui", "cnn_studio.worker.client"},
    "worker/client": TENSORFLOW | {"cnn_studio.ui", "cnn_studio.engine", "cnn_studio.worker.server"},
}  # fmt: skip


MODULES = {
    ".".join(("cnn_studio", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
MOST_MODULES = 25
"""In one folder."""
BRITISH = re.compile(
    r"colour|grey|centre|metre(?!_)|behaviour|favour|neighbour|honour|catalogue|analys|licence|"
    r"labell|cancell|modell|travell|fulfil(?!l)|artefact|judgement|(?:al|er|tim|an|ar|ial|ual|mal)is(?:e|ing|ation)|"
    r"programme(?!r)"
)
KERAS_TWINS = "engine/fused_layers.py"
"""Its classes are Keras's own, made faster, and have their names; the structs of `core` describe the same."""


def room_of(name):
    """Return the room of a module: itself, or the nearest folder that is one."""
    parts = name.split(".")[1:]
    while parts and "/".join(parts) not in ARROWS:
        parts.pop()
    return "/".join(parts)


def modules_imported(source, package):
    """Return the modules of the program that a source imports, wherever in it."""
    names = set(imports_of(source, package))
    found = {name for name in names if name in MODULES}
    for name in names - found:
        parent = name.rpartition(".")[0]
        if parent in MODULES:  # a name in a module
            found.add(parent)
    packages = {name for name in found if MODULES[name].name == "__init__.py"}
    defined = {name.rpartition(".")[0] for name in names - set(MODULES)}
    # "from package import module" imports the module; of the package itself nothing is meant
    return {
        name
        for name in found
        if name not in packages or name in defined or not any(one.startswith(f"{name}.") for one in found)
    }


def package_of(name):
    """Return the package whose relative imports a module makes."""
    return name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]


def forbidden(name, source):
    """Return the arrows of a module's source that are not in the picture."""
    room = room_of(name)
    others = {room_of(one) for one in modules_imported(source, package_of(name)) if one != "cnn_studio"}
    allowed = {room, *ARROWS[room].split()} if room in ARROWS else set()
    return sorted(f"{room or name} -> {other}" for other in others - allowed)


def source_of(name):
    return MODULES[name].read_text(encoding="utf-8")


def modules_of(room):
    """Yield the files of a room, which is a folder or one module."""
    path = PACKAGE / room
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imports_of(source, package):
    """Yield every name a module imports, at its top or inside a function, relative ones made absolute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = ".".join(parents[: len(parents) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaks(name, forbidden):
    """Tell whether an imported name is a forbidden module or lies inside one."""
    return any(name == banned or name.startswith(f"{banned}.") for banned in forbidden)


def test_the_picture_has_no_arrow_back():
    above = set()
    for room, others in ARROWS.items():
        assert set(others.split()) <= above, room
        above.add(room)


def test_every_module_imports_only_the_rooms_its_own_room_may():
    assert [
        f"{name}: {arrow}"
        for name in MODULES
        if name != "cnn_studio" and source_of(name).strip()
        for arrow in forbidden(name, source_of(name))
    ] == []


def test_every_arrow_of_the_picture_is_used():
    used = {
        (room_of(name), room_of(other))
        for name in MODULES
        for other in modules_imported(source_of(name), package_of(name))
    }
    drawn = {(room, other) for room, others in ARROWS.items() for other in others.split()}
    assert sorted(drawn - used) == []
    assert set(ARROWS) - {room_of(name) for name in MODULES} == set()


@pytest.mark.parametrize(
    ("name", "source", "arrow"),
    [
        ("cli.output", "from cnn_studio.ui.shell import composition", "cli -> ui/shell"),
        ("cli.verbs.export", "from cnn_studio.app import run_smoke_test", "cli/verbs -> app"),
        ("worker.escalation", "from cnn_studio.engine.trainer import train", "worker/escalation -> engine"),
        ("worker.client", "def f():\n    import cnn_studio.engine", "worker/client -> engine"),
        (
            "ui.widgets.banner",
            "from cnn_studio.ui.evaluate.lens.lens import Lens",
            "ui/widgets -> ui/evaluate",
        ),
        ("ui.evaluate.lens.lens", "from ...train import train_tab", "ui/evaluate -> ui/train"),
        (
            "core.base.errors",
            "if TYPE_CHECKING:\n    from ..runs import run_folder",
            "core/base -> core/runs",
        ),
        (
            "core.network.network",
            "import cnn_studio.core.recipes.recipe as r",
            "core/network -> core/recipes",
        ),
        ("data.decoding.options", "from cnn_studio.data import opening", "data/decoding -> data"),
        ("engine.devices", "from . import probe\nfrom .. import trainer", "engine/devices -> engine"),
    ],
)
def test_a_wrong_import_is_found(name, source, arrow):
    assert forbidden(f"cnn_studio.{name}", source) == [arrow]


def test_imports_that_the_picture_allows_are_not_complained_of():
    source = "import numpy\nfrom cnn_studio import __version__\nfrom ..base.errors import StudioError\n"
    assert forbidden("cnn_studio.core.network.network", source) == []
    assert forbidden("cnn_studio.cli.verbs.smoke_test", "from cnn_studio.app import run_smoke_test") == []


def circle_in(imports):
    """Return one circle of a mapping of modules to those they import, as a list; empty if there is none."""
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        return error.args[1]
    return []


def test_no_modules_import_one_another_in_a_circle():
    assert (
        circle_in(
            {
                name: modules_imported(source_of(name), package_of(name)) - {name, "cnn_studio"}
                for name in MODULES
            }
        )
        == []
    )


def test_a_circle_is_found_also_where_it_is_only_for_types():
    sources = {
        "cnn_studio.core.base.errors": "from cnn_studio.core.base.assets import resource",
        "cnn_studio.core.base.assets": "if TYPE_CHECKING:\n    from .journal import Journal",
        "cnn_studio.core.base.journal": "def f():\n    from cnn_studio.core.base import errors",
    }
    imports = {name: modules_imported(source, package_of(name)) for name, source in sources.items()}
    assert set(circle_in(imports)) == set(sources)
    del imports["cnn_studio.core.base.journal"]
    assert circle_in(imports) == []


def test_no_folder_holds_more_modules_than_can_be_overlooked():
    counts = collections.Counter(path.parent for path in MODULES.values() if path.name != "__init__.py")
    assert {str(folder): count for folder, count in counts.items() if count > MOST_MODULES} == {}


def test_no_two_files_have_one_name():
    counts = collections.Counter(path.name for path in MODULES.values())
    assert {name for name, count in counts.items() if count > 1} <= {"__init__.py", "__main__.py"}


def test_no_two_public_classes_have_one_name():
    places = collections.defaultdict(list)
    for name, path in MODULES.items():
        for node in ast.parse(source_of(name)).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path.relative_to(PACKAGE).as_posix())
    twins = {name for name, paths in places.items() if KERAS_TWINS in paths}
    assert {name: paths for name, paths in places.items() if len(paths) > 1 + (name in twins)} == {}


def test_file_names_are_in_american_spelling():
    names = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if "__pycache__" not in path.parts
    }
    assert sorted(name for name in names if BRITISH.search(name.lower())) == []


@pytest.mark.parametrize(
    "name", ["colour_map", "labelled", "normalisation", "initialise", "neighbours", "cancelling"]
)
def test_british_spelling_is_seen(name):
    assert BRITISH.search(name)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_room_imports_only_what_its_arrows_allow(room):
    files = [path for path in modules_of(room) if path.exists()]
    assert files, f"{room} has no modules"
    found = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in files
        for name in imports_of(
            path.read_text(encoding="utf-8"), ".".join(("cnn_studio", *path.relative_to(PACKAGE).parts[:-1]))
        )
        if breaks(name, FORBIDDEN[room])
    ]
    assert found == []


def test_sessions_of_the_onnx_runtime_are_made_in_one_module():
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(
            breaks(name, {"onnxruntime"})
            for name in imports_of(path.read_text(encoding="utf-8"), "cnn_studio")
        )
    }
    assert importers == {"inference/sessions.py"}


def test_the_import_reader_sees_relative_nested_and_aliased_imports():
    source = "def f():\n    from ..engine import trainer as t\n    import keras.layers as k\n"
    names = set(imports_of(source, "cnn_studio.ui"))
    assert {"cnn_studio.engine", "cnn_studio.engine.trainer", "keras.layers"} <= names
    assert breaks("keras.layers", TENSORFLOW)
    assert not breaks("keras_tuner", TENSORFLOW)


def loaded_after(module, names):
    """Return which of `names` are loaded once `module` is imported in a fresh interpreter."""
    code = f"import sys, {module}; print(*[name for name in {sorted(names)!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_window_loads_without_tensorflow():
    assert loaded_after("cnn_studio.ui.shell.main_window", TENSORFLOW | {"sklearn"}) == []


def test_classifier_loads_without_tensorflow_and_qt():
    assert loaded_after("cnn_studio.inference.classifier", TENSORFLOW | {"PySide6"}) == []


def test_trainer_loads_without_qt():
    assert loaded_after("cnn_studio.engine.trainer", {"PySide6", "shiboken6"}) == []


def test_core_loads_without_any_framework():
    modules = ", ".join(
        ".".join(("cnn_studio", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in modules_of("core")
        if path.stem != "__init__"
    )
    assert loaded_after(modules, TENSORFLOW | {"PySide6", "onnxruntime", "sklearn", "matplotlib"}) == []
