"""The schema applied to a document: what does not fit is reported and left out."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from nxpredict.config._schema import StudyFile
from nxpredict.config._yaml import Document, Place, Tree
from nxpredict.errors import DataError, UsageError, closest


def validate(document: Document) -> StudyFile:
    """Return the document as a `StudyFile`, with its faults in ``document.faults``.

    Entries that do not fit are reported, removed and the rest is read again, so that one bad key
    does not hide the others.

    Raises
    ------
    UsageError
        When a fault lies in an override.
    DataError
        When nothing can be left out to go on.
    """
    reported: set[Place] = set()
    while True:
        try:
            file = StudyFile.model_validate(document.tree)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            places = [tuple(part for part in d["loc"] if part != "[key]") for d in found]
            for details, place in zip(found, places, strict=True):
                if place not in reported:
                    reported.add(place)
                    # A key that nobody knows says nothing that others could follow from.
                    if details["type"] != "extra_forbidden":
                        document.unread.add(place)
                    _report(details, place, document)
            # From the end, so that positions in lists stay what they are.
            removed = [_remove(document.tree, place) for place in reversed(places)]
            if not any(removed):
                raise DataError(document.faults) from None
        else:
            break
    for key in ("study", "table", "design", "arms", "response"):
        if getattr(file, key) is None and not any(place[0] == key for place in reported):
            document.faults.error(
                "missing-key", f"the key '{key}' is missing", "add it", file=document.path.name
            )
    return file


def _report(details: ErrorDetails, place: Place, document: Document) -> None:
    message, hint = _explain(details, place, document)
    if (override := document.blame(place)) is not None:
        raise UsageError(f"--set {override.written}: {message}.", hint)
    code = {"extra_forbidden": "unknown-key", "missing": "missing-key"}.get(
        details["type"], "bad-value"
    )
    document.faults.error(code, message, hint, file=document.where(place))


def _explain(details: ErrorDetails, place: Place, document: Document) -> tuple[str, str]:
    name = ".".join(map(str, place))
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            known = _keys_at(place[:-1])
            return f"unknown key '{name}'", closest(str(place[-1]), known) or (
                "known here: " + ", ".join(known)
            )
        case "missing":
            return f"the key '{name}' is missing", "add it"
        case "literal_error":
            hint = closest(_text_at(document.tree, place), _literals(context["expected"]))
            return f"'{name}': expected {context['expected']}", hint
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"'{name}': expected a section of 'key: value' lines", ""
        case "list_type":
            return f"'{name}': expected a list such as [a, b]", ""
        case "float_parsing" | "int_parsing" | "int_from_float":
            return f"'{name}': expected a {'whole ' if 'int' in details['type'] else ''}number", ""
        case "bool_parsing":
            return f"'{name}': expected true or false", ""
        case "string_type":
            return f"'{name}': expected one value, not a list or a section", ""
        case "string_too_short":
            return f"'{name}': expected some text", ""
        case "string_too_long":
            return f"'{name}': expected {context['max_length']} character", ""
        case "too_short":
            return f"'{name}': expected {context['min_length']} or more entries", ""
        case "too_long":
            return f"'{name}': expected at most {context['max_length']} entries", ""
        case _:
            return f"'{name}': {details['msg'].removeprefix('Input ')}", ""


def _literals(expected: str) -> list[str]:
    return [part.strip("' ") for part in expected.replace(" or ", ", ").split(",")]


def _keys_at(place: Place) -> list[str]:
    model: type[BaseModel] = StudyFile
    for part in place:
        annotation = (
            model.model_fields[str(part)].annotation if part in model.model_fields else None
        )
        model = _section_in(annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _section_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_in(part) for part in get_args(annotation))
    return next((section for section in found if section is not None), None)


def _text_at(tree: Tree, place: Place) -> str:
    for part in place:
        if isinstance(tree, dict) and str(part) in tree:
            tree = tree[str(part)]
    return tree if isinstance(tree, str) else ""


def _remove(tree: Tree, place: Place) -> bool:
    """Remove the entry at `place`, or what lacks it; False when neither is there any more."""
    node: Tree | None = tree
    for part in place[:-1]:
        node = _child(node, part)
    last = place[-1]
    if isinstance(node, dict) and str(last) in node:
        del node[str(last)]
    elif isinstance(node, list) and isinstance(last, int) and last < len(node):
        node.pop(last)
    elif node is not None and len(place) > 1:
        return _remove(tree, place[:-1])
    else:
        return False
    return True


def _child(node: Tree | None, part: str | int) -> Tree | None:
    if isinstance(node, dict):
        return node.get(str(part))
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None
