"""The arrows between the rooms: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnn_studio

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


def circles(edges):
    """Return the modules from which one comes back to them along imports, also those of types alone."""
    found = []
    for start in edges:
        seen, ahead = set(), list(edges[start])
        while ahead:
            module = ahead.pop()
            if module not in seen:
                seen.add(module)
                ahead.extend(edges[module])
        if start in seen:
            found.append(start)
    return found


def imports_within(room):
    """Return for every module of a room the modules of it that it imports."""
    sources = {
        ".".join(("cnn_studio", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in modules_of(room)
    }
    return {
        name: {
            other
            for other in imports_of(path.read_text(encoding="utf-8"), name.rpartition(".")[0])
            if other in sources and path != sources[other] and sources[other].stem != "__init__"
        }
        for name, path in sources.items()
    }


@pytest.mark.parametrize("room", ["core", "ui"])
def test_no_modules_import_one_another_in_a_circle(room):
    assert circles(imports_within(room)) == []


def test_a_circle_of_imports_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b", "c"]


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


def test_no_two_modules_below_the_window_need_each_other():
    """Not even inside a function or for their types alone; in the window Qt's signals run both ways."""
    modules = {
        ".".join(("cnn_studio", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] != "ui"
    }
    needed = {
        module: set(imports_of(path.read_text(encoding="utf-8"), module.rpartition(".")[0]))
        & modules.keys() - {module}
        for module, path in modules.items()
    }
    with_needs = set(needed)
    while free := {module for module in with_needs if not needed[module] & with_needs}:
        with_needs -= free
    assert with_needs == set()
