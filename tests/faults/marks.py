"""Which test shows which fault: read from the `fault` marks in the sources, and kept in docs/faults.md.

`python -m tests.faults.marks` tells what is missing or out of step, and with --write puts the tests' files into the page.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
TESTS, PAGE = PROJECT / "tests", PROJECT / "docs" / "faults.md"
#: the numbers that stand on the page
FAULTS = range(1, 41)
_ROW = re.compile(r"\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|")


def marked(folder: Path = TESTS) -> dict[int, dict[str, list[str]]]:
    """{fault: {test file, relative to the project's tests: its tests}}, from the marks of functions, parameters and modules."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).as_posix()
        for test, numbers in _of_file(ast.parse(path.read_text(encoding="utf-8"))):
            for number in numbers:
                found[number][name].append(test)
    return found


def _of_file(module: ast.Module) -> Iterator[tuple[str, set[int]]]:
    """(test, numbers) of each marked test."""
    whole: set[int] = set()
    for statement in module.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "pytestmark" for t in statement.targets
        ):
            whole |= _numbers(statement.value)
    for function in module.body:
        if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
            numbers = whole.union(*(_numbers(d) for d in function.decorator_list))
            if numbers:
                yield function.name, numbers


def _numbers(tree: ast.AST) -> set[int]:
    """The arguments of every `pytest.mark.fault(...)` in an expression."""
    return {
        argument.value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "fault"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    }


def rows(page: str) -> dict[int, tuple[str, str, str]]:
    """{fault: (what goes wrong, what happens, shown by)} of the page's tables."""
    return {int(number): (fault.strip(), does.strip(), by.strip()) for number, fault, does, by in _ROW.findall(page)}


def shown_by(tests: dict[str, list[str]]) -> str:
    """The last cell of a row: the files that hold the tests."""
    return ", ".join(f"`{name}`" for name in sorted(tests)) or "–"


def in_step(page: str, found: dict[int, dict[str, list[str]]]) -> str:
    """The page with its last column as the marks say."""
    return _ROW.sub(lambda m: f"| {m[1]} | {m[2]} | {m[3]} | {shown_by(found.get(int(m[1]), {}))} |", page)


def main() -> None:
    """Tell the faults without a test, and write the page with --write."""
    found, page = marked(), PAGE.read_text(encoding="utf-8")
    wanted = in_step(page, found)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
    without = [n for n in FAULTS if n not in found]
    print(f"{len(found)} faults with tests; without: {', '.join(map(str, without)) or 'none'}")
    sys.exit(wanted != PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
