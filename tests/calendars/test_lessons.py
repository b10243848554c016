"""Every lesson of docs/calendar-lessons.md has a test that names it, and no test names another."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
LIST = HERE.parents[1] / "docs" / "calendar-lessons.md"


def named_by_tests():
    """The lessons by number, each with the tests that name it in their own name or first words."""
    found: dict[int, list[str]] = {}
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = f"{node.name} {ast.get_docstring(node) or ''}"
                for number in {int(each) for each in re.findall(r"\b(?:test_lesson_|Lesson )(\d+)", said)}:
                    found.setdefault(number, []).append(node.name)
    return found


def test_every_lesson_has_a_test_that_names_it():
    listed = [int(number) for number in re.findall(r"^\| (\d+) \|", LIST.read_text(), re.MULTILINE)]
    assert listed == list(range(1, 21))
    assert sorted(named_by_tests()) == listed
