"""Disclosure policies: files that say how small counts are protected before they leave."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from forecasting.flows import FlowError, raise_all

if TYPE_CHECKING:
    import os

SCHEMA: Final = 1
RECORDED: Final = ("purpose", "recipient")
"""What a policy may require to be said about a release; recorded in any case."""


@dataclass(frozen=True)
class Unprotected:
    """Counts leave as they are."""


@dataclass(frozen=True)
class Rounding:
    """Counts become multiples of a base; sums hold at every level.

    Parameters
    ----------
    base : int, persons
        2 or more.

    """

    base: int = 5


@dataclass(frozen=True)
class Noise:
    """Counts are changed by a few persons; sums hold, totals are kept by a large count.

    Parameters
    ----------
    largest : int, persons
        Largest change, up or down.
    large : int, persons
        A count that may take what totals need; it is not sensitive by itself.

    """

    largest: int = 5
    large: int = 100


@dataclass(frozen=True)
class Suppression:
    """Small counts are left out, and as many others as it takes to hide them.

    Parameters
    ----------
    threshold : int, persons
        Counts from 1 to below it are left out.
    protection : int, persons
        Least width of the interval to which margins narrow a count that is left out.
    complementary : bool
        Without it, small counts can be recovered by subtraction: for the audit to show.

    """

    threshold: int = 10
    protection: int = 5
    complementary: bool = True


Rule = Unprotected | Rounding | Noise | Suppression
_RULES: Final[dict[str, type[Rule]]] = {
    "none": Unprotected,
    "round": Rounding,
    "noise": Noise,
    "suppress": Suppression,
}
_LEAST: Final = {"base": 2, "largest": 1, "large": 1, "threshold": 2, "protection": 1}
_ALLOWED: Final = {
    "samples": ("none", "round", "noise"),
    "counts": ("none", "round", "noise", "suppress"),
}


@dataclass(frozen=True)
class Policy:
    """What is done with forecasts and with counts before they leave.

    Attributes
    ----------
    name : str
        As files and records call it.
    title : str
        What it does.
    source : str
        Where its numbers come from.
    samples : Rule
        For forecasts: joint samples stay whole, non-negative and coherent.
    counts : Rule
        For observed counts and simulation outcomes.
    required : tuple of str
        Of ``purpose`` and ``recipient``: what a release must say.

    """

    name: str
    title: str
    source: str
    samples: Rule
    counts: Rule
    required: tuple[str, ...] = ()


def rule_name(rule: Rule) -> str:
    """Name of a rule in policy files."""
    return next(name for name, kind in _RULES.items() if isinstance(rule, kind))


def rule_record(rule: Rule) -> dict[str, Any]:
    """Rule and parameters as they are recorded with a release."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    return {"rule": rule_name(rule), **values}


def shipped_policies() -> tuple[str, ...]:
    """Names of the policies that come with the package."""
    folder = resources.files(__package__).joinpath("policies")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name[-5:] == ".toml")
    )


def read_policy(name_or_path: str | os.PathLike[str] = "default") -> Policy:
    """Read a policy that comes with the package, or a policy file.

    Parameters
    ----------
    name_or_path : str or path-like
        ``"default"``, ``"strict"``, ``"rounded"``, ``"noise"``, ``"none"``, or the path of a TOML
        file. Going without protection has to be asked for by its name.

    Returns
    -------
    Policy

    Raises
    ------
    FlowError
        If there is no such policy, or with all problems of the file at once.

    Examples
    --------
    >>> read_policy("default").samples
    Rounding(base=5)
    >>> read_policy("none").counts
    Unprotected()

    """
    text = str(name_or_path)
    if text in shipped_policies():
        source = resources.files(__package__).joinpath("policies", f"{text}.toml")
        return parse_policy(source.read_text(encoding="utf-8"), f"policy {text}")
    path = Path(name_or_path)
    if not path.is_file():
        msg = (
            f"there is no disclosure policy {text!r}; there are {', '.join(shipped_policies())}, "
            "or give the path of a TOML file."
        )
        raise FlowError(msg)
    try:
        policy = parse_policy(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read ({error})."
        raise FlowError(msg) from error
    # A record names the policy, so no other one may have the name of one that is known by it.
    if policy.name in shipped_policies() and policy != read_policy(policy.name):
        msg = (
            f"{path}: name is {policy.name!r}, which is that of a policy of the package with other "
            "rules; give your policy a name of its own."
        )
        raise FlowError(msg)
    return policy


def parse_policy(text: str, where: str) -> Policy:
    """Policy from the text of a file; see :func:`read_policy`."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{where} is not valid TOML: {error}."
        raise FlowError(msg) from error
    problems = _unknown(content, ("schema", "name", "title", "source", "required", *_ALLOWED), "")
    if content.get("schema") != SCHEMA:
        problems.append(f"schema is {content.get('schema')!r}; allowed: {SCHEMA}.")
    for key in ("name", "title", "source"):
        value = content.get(key)
        if not isinstance(value, str) or not value.strip():
            problems.append(f"{key} is {value!r}; give a text that is not empty.")
    required = content.get("required", [])
    if not isinstance(required, list) or any(item not in RECORDED for item in required):
        problems.append(f"required is {required!r}; allowed: a list of {', '.join(RECORDED)}.")
        required = []
    rules = {part: _rule(content.get(part), part, problems) for part in _ALLOWED}
    raise_all(where, problems)
    return Policy(
        content["name"],
        content["title"],
        content["source"],
        rules["samples"],
        rules["counts"],
        tuple(required),
    )


def _rule(table: object, part: str, problems: list[str]) -> Rule:
    if not isinstance(table, dict):
        problems.append(f"[{part}] is missing: say its rule; to do without protection, 'none'.")
        return Unprotected()
    name = table.get("rule")
    if name not in _ALLOWED[part]:
        problems.append(f"{part}.rule is {name!r}; allowed: {', '.join(_ALLOWED[part])}.")
        return Unprotected()
    kind = _RULES[name]
    allowed = [field.name for field in fields(kind)]
    problems += _unknown(table, ("rule", *allowed), f"{part}.")
    given = {}
    for key in allowed:
        if key not in table:
            problems.append(f"{part}.{key} is missing; the rule {name!r} needs it.")
        elif key == "complementary":
            if not isinstance(table[key], bool):
                problems.append(f"{part}.{key} is {table[key]!r}; allowed: true, false.")
            given[key] = table[key]
        else:
            value = table[key]
            if not isinstance(value, int) or isinstance(value, bool) or value < _LEAST[key]:
                problems.append(
                    f"{part}.{key} is {value!r}; allowed: a whole number of persons, "
                    f"{_LEAST[key]} or more."
                )
            given[key] = value
    return kind(**given)


def _unknown(table: dict[str, object], allowed: tuple[str, ...], prefix: str) -> list[str]:
    problems = []
    for key in table:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, 1)
            hint = f", did you mean {near[0]!r}" if near else ""
            problems.append(f"{prefix}{key}: unknown key{hint}. Allowed: {', '.join(allowed)}.")
    return problems
