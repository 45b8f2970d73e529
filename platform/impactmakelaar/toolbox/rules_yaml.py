"""YAML of the content files, with the line on which each key stands."""

from typing import Any

import yaml

from impactmakelaar.toolbox.rules import ContentProblems, Problem


class Lines:
    """The line on which each key of a YAML text stands: ("questions", 2, "label") -> 31."""

    def __init__(self, text: str, first_line: int) -> None:
        self.found: dict[tuple[Any, ...], int] = {}
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            self._walk(node, (), first_line)

    def _walk(self, node: yaml.Node, path: tuple[Any, ...], first: int) -> None:
        self.found.setdefault(path, node.start_mark.line + first)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*path, key.value)
                self.found[here] = key.start_mark.line + first
                self._walk(value, here, first)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._walk(value, (*path, number), first)

    def of(self, path: tuple[Any, ...]) -> int:
        """The line of this key, or of the nearest thing above it."""
        while path and path not in self.found:
            path = path[:-1]
        return self.found.get(path, 1)


def split_front_matter(text: str) -> tuple[str, str, int]:
    """(front matter, body, number of the body's first line); no front matter gives ""."""
    lines = text.split("\n")
    if not lines or lines[0].strip() != "---":
        return "", text, 1
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    return "", text, 1


def broken_yaml(file: str, error: yaml.YAMLError, first_line: int) -> ContentProblems:
    """What is wrong with a YAML text that starts on ``first_line`` of its file."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line + first_line if mark else 1
    reason = getattr(error, "problem", "") or "onleesbaar"
    return ContentProblems([Problem(file, line, f"YAML: {reason}")])


def parse_rows(text: str, file: str, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a list file (sources, themes), each with the keys that it needs.

    :raises ContentProblems: with everything that is wrong, each with its line.
    """
    try:
        rows = yaml.safe_load(text)
        lines = Lines(text, 1)
    except yaml.YAMLError as error:
        raise broken_yaml(file, error, 1) from error
    if not isinstance(rows, list):
        raise ContentProblems([Problem(file, 1, "Dit bestand moet een lijst zijn.")])
    problems = [
        Problem(file, lines.of((number,)), f"“{key}” ontbreekt.")
        for number, row in enumerate(rows)
        for key in needed
        if not isinstance(row, dict) or not isinstance(row.get(key), str)
    ]
    if problems:
        raise ContentProblems(problems)
    return rows
