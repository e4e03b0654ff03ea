"""How words are put together: starts of phrases, lists, names of arms."""

from __future__ import annotations

import re


def lower_first(text: str) -> str:
    """Start a phrase inside a sentence, leaving acronyms and proper names alone.

    Examples
    --------
    >>> [lower_first(t) for t in ("Family history", "GGT", "Child-Pugh class", "SSRI use")]
    ['family history', 'GGT', 'Child-Pugh class', 'SSRI use']
    >>> lower_first("Penn Alcohol Craving Scale")
    'Penn Alcohol Craving Scale'
    """
    first, *others = re.split(r"[\s-]", text)
    if first[1:] != first[1:].lower() or any(word.istitle() for word in others):
        return text
    return text[:1].lower() + text[1:]


def capital(text: str) -> str:
    """Start a sentence.

    Examples
    --------
    >>> capital("naltrexone did better")
    'Naltrexone did better'
    """
    return text[:1].upper() + text[1:]


def spoken(items: list[str], last: str = "and") -> str:
    """Join words as one says them; with semicolons where the words hold commas.

    Examples
    --------
    >>> spoken(["age", "sex", "GGT"]), spoken(["age"])
    ('age, sex and GGT', 'age')
    >>> spoken(["haplotype, copies", "age"])
    'haplotype, copies; and age'
    """
    if len(items) < 2:
        return "".join(items)
    mark = ";" if any("," in item for item in items) else ""
    return f"{mark or ','} ".join(items[:-1]) + f"{mark} {last} {items[-1]}"


def named(arm: str) -> str:
    """Write an arm's name as words.

    Examples
    --------
    >>> named("zidovudine+didanosine"), named("usual_care")
    ('zidovudine + didanosine', 'usual care')
    """
    return arm.replace("+", " + ").replace("_", " ")


def sequence(arms: list[str]) -> str:
    """Write an order of arms; without any, that of few patients.

    Examples
    --------
    >>> sequence(["naltrexone", "usual_care"]), sequence([])
    ('naltrexone, then usual care', 'other orders')
    """
    return ", then ".join(map(named, arms)) or "other orders"
