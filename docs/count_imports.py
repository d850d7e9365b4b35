"""Counts the shape of a package from its imports: `python docs/count_imports.py [PACKAGE_PATH ...]`.

Files are parsed, never run, so old checkouts can be counted too. Imports inside functions count, those under
`if TYPE_CHECKING` do not. Prints a table with a column per package (default: `cnn_studio`), then every circle.

floors: a module stands one floor above the highest module it imports; a circle stands on one floor.
circles: two or more modules, or rooms, that all reach each other through their imports.
rooms: folders with a module other than `__init__.py`; the package's own `__init__.py` (its version) is in none.
arrows: pairs of different rooms, the first of which imports something from the second.
inside core, inside ui: the same, each room being what lies directly there, a folder or a module alone.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

Graph = dict[str, set[str]]


def modules_of(package: Path) -> dict[str, Path]:
    """Return every module by its dotted name; a package's own name stands for its `__init__.py`."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = (package.name, *path.relative_to(package).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(tree: ast.AST, folder: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield what each import may mean, the most exact name first: `from a import b` is `a.b`, or else `a`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from ((f"{base}.{alias.name}", base) for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield from imports_of(node, folder)


def module_graph(modules: dict[str, Path]) -> Graph:
    """Return which module imports which."""
    graph: Graph = {}
    for name, path in modules.items():
        folder = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        imports = imports_of(ast.parse(path.read_text(encoding="utf-8")), folder)
        named = (next((each for each in names if each in modules), name) for names in imports)
        graph[name] = set(named) - {name}
    return graph


def room_graph(graph: Graph, room_of: dict[str, str]) -> Graph:
    """Return which room imports from which; modules whose room has no name are left out."""
    rooms: Graph = {room: set() for room in room_of.values() if room}
    for name in filter(room_of.get, graph):
        rooms[room_of[name]] |= {room_of[other] for other in graph[name]} - {room_of[name], ""}
    return rooms


def graph_inside(graph: Graph, side: str) -> Graph:
    """Return which room imports from which inside `core` or `ui`."""
    parts = {name: [*name.split("."), "", ""][1:3] for name in graph}
    return room_graph(graph, {name: part[1] if part[0] == side else "" for name, part in parts.items()})


def circles(graph: Graph) -> list[frozenset[str]]:
    """Return the sets of two or more that all reach each other."""
    reached: Graph = {name: set() for name in graph}
    for start, found in reached.items():
        waiting = [start]
        while waiting:
            new = graph[waiting.pop()] - found
            found |= new
            waiting += new
    sets = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return sorted(filter(None, sets), key=sorted)


def floors(graph: Graph) -> int:
    """Return the number of layers."""
    circle_of = {name: circle for circle in circles(graph) for name in circle}

    @cache
    def height(name: str) -> int:
        members = circle_of.get(name, frozenset({name}))
        below = {other for member in members for other in graph[member]} - members
        return 1 + max(map(height, below), default=0)

    return max(map(height, graph), default=0)


def count(package: Path) -> tuple[dict[str, int], list[frozenset[str]]]:
    """Return the counts by their names, and the circles of modules and of rooms."""
    modules = modules_of(package)
    graph = module_graph(modules)
    room_of = {name: path.parent.as_posix() for name, path in modules.items()}
    kept = {room_of[name] for name, path in modules.items() if path.name != "__init__.py"}
    rooms = room_graph(graph, {n: r if r in kept and n != package.name else "" for n, r in room_of.items()})
    found = circles(graph), circles(rooms)
    counts = {"modules": len(modules), "floors": floors(graph), "circles of modules": len(found[0])}
    counts |= {"circles of rooms": len(found[1])}
    graphs = {"": rooms, " inside core": graph_inside(graph, "core"), " inside ui": graph_inside(graph, "ui")}
    for where, each in graphs.items():
        counts |= {f"rooms{where}": len(each), f"arrows{where}": sum(map(len, each.values()))}
    return counts, [*found[0], *found[1]]


if __name__ == "__main__":
    paths = sys.argv[1:] or ["cnn_studio"]
    counted, rows = [count(Path(path)) for path in paths], [["count", *paths], ["---"] * (len(paths) + 1)]
    rows += [[name, *(str(counts[name]) for counts, _ in counted)] for name in counted[0][0]]
    sys.stdout.write("".join(f"| {' | '.join(row)} |\n" for row in rows))
    for circle in (circle for _, found in counted for circle in found):
        sys.stdout.write(f"\nA circle: {', '.join(sorted(circle))}\n")
