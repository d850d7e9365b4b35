"""Counts the shape of a package from its imports: `python docs/count_imports.py [PACKAGE_PATH ...]`.

Files are parsed, never imported or run, so any checkout can be counted, old ones too. Imports inside functions
count; those under `if TYPE_CHECKING` do not, since they never happen in a running program. Prints a Markdown table
with a column per package path (default: `cnn_studio`), then the members of every circle.

rooms: folders that hold a module other than `__init__.py`.
modules: `.py` files.
arrows between rooms: ordered pairs of different folders, the first of which imports something from the second;
    the package's own `__init__.py`, which holds its version, is not counted.
circles: strongly connected components with two or more members, of modules or of rooms.
floors: a module stands one floor above the highest module it imports; a circle stands on one floor.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
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
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) - node.level + 1] if node.level else []
            base = ".".join([*start, *filter(None, [node.module])])
            yield from ((f"{base}.{alias.name}", base) for alias in node.names)
        else:
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


def room_graph(package: Path, modules: dict[str, Path], graph: Graph) -> Graph:
    """Return which folder imports from which."""
    room = {name: path.parent.relative_to(package.parent).as_posix() for name, path in modules.items()}
    rooms: Graph = {room[name]: set() for name, path in modules.items() if path.name != "__init__.py"}
    for name in graph.keys() & {name for name in room if room[name] in rooms}:
        wanted = {room[other] for other in graph[name] if other != package.name}
        rooms[room[name]] |= wanted & rooms.keys() - {room[name]}
    return rooms


def components(graph: Graph) -> list[set[str]]:
    """Return the strongly connected components, those that import nothing first (Tarjan, 1972)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack, found = list[str](), list[set[str]]()

    def visit(name: str) -> None:
        number[name] = low[name] = len(number)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in number:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == number[name]:
            start = stack.index(name)
            found.append(set(stack[start:]))
            del stack[start:]

    for name in sorted(graph):
        if name not in number:
            visit(name)
    return found


def count(package: Path) -> tuple[dict[str, int], list[set[str]]]:
    """Return the counts by their names, and the circles of modules and of rooms."""
    modules = modules_of(package)
    graph = module_graph(modules)
    rooms = room_graph(package, modules, graph)
    height: dict[str, int] = {}
    for members in components(graph):
        below = {other for name in members for other in graph[name]} - members
        height.update(dict.fromkeys(members, 1 + max((height[other] for other in below), default=0)))
    circles = [[each for each in components(one) if len(each) > 1] for one in (graph, rooms)]
    arrows, floors = sum(map(len, rooms.values())), max(height.values(), default=0)
    counts = {"rooms": len(rooms), "modules": len(modules), "arrows between rooms": arrows}
    counts |= {"circles of modules": len(circles[0]), "circles of rooms": len(circles[1]), "floors": floors}
    return counts, circles[0] + circles[1]


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    paths = sys.argv[1:] or ["cnn_studio"]
    counted = [count(Path(path).resolve()) for path in paths]
    rows = [["count", *paths], ["---"] * (len(paths) + 1)]
    rows += [[name, *(str(counts[name]) for counts, _ in counted)] for name in counted[0][0]]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    for path, (_, circles) in zip(paths, counted, strict=True):
        lines += [f"\nA circle in {path}: {', '.join(sorted(circle))}" for circle in circles]
    sys.stdout.write("\n".join(lines) + "\n")
