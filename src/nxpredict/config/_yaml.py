"""YAML as text: every scalar stays what was written, and every value knows its line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import yaml

from nxpredict.errors import DataError, FaultLog, UsageError

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
Place: TypeAlias = tuple[str | int, ...]

_MAX_DEPTH = 20
_MAX_VALUES = 100_000


@dataclass(frozen=True)
class Override:
    """One ``--set``: where in the tree, and the text of the value."""

    keys: tuple[str, ...]
    value: Tree
    written: str

    @classmethod
    def parse(cls, text: str) -> Override:
        """Read ``a.b=c``; the value is YAML, so ``[x, y]`` is a list.

        Raises
        ------
        UsageError
            When there is no ``=``, no key or no value, or the value is not YAML.

        Examples
        --------
        >>> Override.parse("model.seed=7").keys
        ('model', 'seed')
        """
        name, mark, value = text.partition("=")
        keys = tuple(part.strip() for part in name.split("."))
        if not mark or not value.strip() or not all(keys):
            raise UsageError(f"--set {text}: expected KEY=VALUE, such as model.seed=7.")
        faults = FaultLog()
        try:
            tree = _Builder("--set", faults).document(value)
        except DataError:
            tree = None
        if faults.errors or tree is None:
            raise UsageError(
                f"--set {text}: the value is not valid YAML.", "Quote it if it is text."
            )
        return cls(keys, tree, text)


@dataclass
class Document:
    """A YAML file as a tree of text, with the line of each place in it."""

    path: Path
    text: str
    tree: dict[str, Tree]
    lines: dict[Place, int]
    faults: FaultLog = field(default_factory=FaultLog)
    overrides: list[Override] = field(default_factory=list)
    unread: set[Place] = field(default_factory=set)

    def lacks(self, section: str, *, but: Collection[str] = ()) -> bool:
        """Tell whether a section lost an entry that could not be read, other than some keys.

        What seems wrong with the rest of it may be that entry's doing.
        """
        return any(at[0] == section and not (at[1:] and at[1] in but) for at in self.unread)

    def blame(self, place: Place) -> Override | None:
        """Return the override that put a value at `place`, or made the place at all."""
        keys = tuple(map(str, place))
        for override in self.overrides:
            length = min(len(keys), len(override.keys))
            if keys[:length] != override.keys[:length]:
                continue
            if len(keys) >= len(override.keys) or place not in self.lines:
                return override
        return None

    def refuse(self, place: Place, message: str, hint: str = "") -> None:
        """Report a value that cannot be; one of an override ends the run at once."""
        if (override := self.blame(place)) is not None:
            raise UsageError(f"--set {override.written}: {message}.", hint[:1].upper() + hint[1:])
        self.faults.error("bad-value", message, hint, file=self.where(place))

    def where(self, place: Place) -> str:
        """Return ``file:line`` of the deepest known part of `place`."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return f"{self.path.name}:{self.lines[place[:end]]}"
        return self.path.name

    def apply(self, overrides: Sequence[Override]) -> None:
        """Put overrides into the tree, making sections where there are none.

        Raises
        ------
        UsageError
            When a key lies inside something that has no keys.
        """
        self.overrides += overrides
        for override in overrides:
            node = self.tree
            for depth, key in enumerate(override.keys[:-1], start=1):
                child = node.setdefault(key, {})
                if not isinstance(child, dict):
                    section = ".".join(override.keys[:depth])
                    raise UsageError(
                        f"--set {override.written}: '{section}' has no keys of its own."
                    )
                node = child
            node[override.keys[-1]] = override.value


class _Builder:
    """Turns YAML nodes into plain text, lists and mappings."""

    def __init__(self, name: str, faults: FaultLog) -> None:
        self.name = name
        self.faults = faults
        self.lines: dict[Place, int] = {}
        self._values = 0

    def document(self, text: str) -> Tree | None:
        """Return the tree of one document, None when the text is no YAML or empty."""
        try:
            node = yaml.compose(text, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"{self.name}:{mark.line + 1}" if mark else self.name
            self.faults.error(
                "not-yaml",
                f"not valid YAML ({error.problem or 'cannot be read'})",
                _hint(text.splitlines()[mark.line : mark.line + 1] if mark else []),
                file=where,
            )
            return None
        except (yaml.YAMLError, RecursionError, ValueError):
            self.faults.error(
                "not-yaml", "not valid YAML", "save it as plain UTF-8 text", file=self.name
            )
            return None
        return None if node is None else self._build(node, ())

    def _build(self, node: yaml.Node, place: Place) -> Tree:
        self.lines.setdefault(place, node.start_mark.line + 1)
        self._values += 1
        if len(place) > _MAX_DEPTH or self._values > _MAX_VALUES:
            self.faults.error(
                "yaml-too-deep",
                "nested too deeply, or an alias that contains itself",
                "write the values out",
                file=f"{self.name}:{node.start_mark.line + 1}",
            )
            raise DataError(self.faults)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(child, (*place, i)) for i, child in enumerate(node.value)]
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Tree]:
        result: dict[str, Tree] = {}
        for key_node, child in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.faults.error("bad-key", "a key must be plain text", file=f"{self.name}:{line}")
                continue
            key = str(key_node.value)
            if key in result:
                first = self.lines[(*place, key)]
                self.faults.error(
                    "duplicate-key",
                    f"'{key}' is given twice; the first is in line {first}",
                    "keep one of them",
                    file=f"{self.name}:{line}",
                )
                continue
            self.lines[(*place, key)] = line
            # A key with nothing behind it, as when a whole section is commented out, is absent.
            if isinstance(child, yaml.ScalarNode) and child.value == "" and child.style is None:
                continue
            result[key] = self._build(child, (*place, key))
        return result


def _hint(lines: Sequence[str]) -> str:
    """Return what to do about a line that is no YAML."""
    if any("\t" in line for line in lines):
        return "write blanks in place of tabs"
    if any('"' in line and "\\" in line for line in lines):
        return "in double quotes a backslash begins a sign: write / or single quotes"
    return "look at the indentation, the colons and the quotes of this line and the one above"


def read_yaml(
    path: str | Path,
    *,
    what: str = "study file",
    start: str = "`nxpredict init TABLE` drafts a study file",
) -> Document:
    """Read a YAML file whose top level is a mapping.

    Parameters
    ----------
    path : path-like
    what, start : str
        What the file should be, and how to come by one, for the faults.

    Returns
    -------
    Document
        With duplicate keys among its faults.

    Raises
    ------
    UsageError
        When there is no such file.
    DataError
        When the file is empty, binary, or no YAML mapping.
    """
    path = Path(path)
    faults = FaultLog()
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise UsageError(f"There is no file '{path}'.", f"Give the path of a {what}.") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        faults.error("not-text", "not text in UTF-8", "save it as UTF-8 text", file=path.name)
        raise DataError(faults)
    builder = _Builder(path.name, faults)
    tree = builder.document(text)
    if not faults.errors and not isinstance(tree, dict):
        problem = (
            "the file is empty" if tree is None else "the file is not a list of 'key: value' lines"
        )
        faults.error("no-study", problem, start, file=path.name)
    if not isinstance(tree, dict):
        raise DataError(faults)
    return Document(path, text, tree, builder.lines, faults)
