"""New scenario files: a copy of one that exists with every key explained, a variant, a blank."""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING, Final

import forecasting as fc
from scenarios.changes import find
from scenarios.documents import Block, Items, Place, Text, Tree, write_text
from scenarios.editors import SCHEMA_FILE, schema_text
from scenarios.files import LIBRARY, list_library, load_scenario
from scenarios.hints import Hint, hints_of
from scenarios.packages import SAID_BY_PACKAGE
from scenarios.problems import Problem, ScenarioError
from scenarios.quantities import PROVENANCE
from scenarios.schema import Scenario
from scenarios.values import Capacity, Spread, TimeSpread

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

TEMPLATE: Final = LIBRARY / "template.yaml"
WIDTH: Final = 100
EDITOR_LINE: Final = f"# yaml-language-server: $schema=./{SCHEMA_FILE}\n"
_WHERE: Final = Place("", 0)


def new_scenario(
    target: Path, *, base: str | None = None, derive: bool = False
) -> tuple[Path, bool]:
    """Write a new scenario file, and beside it the schema that editors read.

    Parameters
    ----------
    target : pathlib.Path
        Must not exist; its stem becomes the name of the scenario.
    base : str, optional
        A name of the library or a file to start from; without it the blank template is written.
    derive : bool
        Whether to list only what differs from the base, instead of copying it.

    Returns
    -------
    tuple of pathlib.Path and bool
        The schema beside the file, and whether it is that of this version.

    Raises
    ------
    ScenarioError
        If the target exists, its name cannot be that of a scenario, or the base cannot be read;
        nothing is written then.

    """
    _check_target(target)
    if base is None:
        text = TEMPLATE.read_text(encoding="utf-8").replace("\nname:", f"\nname: {target.stem}", 1)
    elif derive:
        text = _variant(target, base)
    else:
        text = _copy(target, base)
    schema = target.parent / SCHEMA_FILE
    current = schema_text()
    if not schema.exists():
        _write(schema, current)
    _write(target, EDITOR_LINE + text)
    return schema, schema.read_text(encoding="utf-8") == current


def _check_target(target: Path) -> None:
    message = ""
    if target.exists():
        message = "exists and is not overwritten. Give another name."
    elif target.suffix not in {".yaml", ".yml"}:
        message = "is not the name of a scenario file; it ends in '.yaml'."
    elif not re.fullmatch(r"[\w-]+", target.stem):
        message = "cannot be the name of a scenario; use letters, digits and hyphens only."
    elif target.stem in list_library():
        message = "has the name of a scenario of the library. Give another name."
    elif not target.parent.is_dir():
        message = f"cannot be written: there is no folder {target.parent}. Make it first."
    if message:
        raise ScenarioError([Problem(str(target), 0, "", message)])


def _write(path: Path, text: str) -> None:
    """Write to a temporary place and move it when complete; never over a file."""
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.link(draft, path)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        message = f"cannot be written: {reason}."
        raise ScenarioError([Problem(str(path), 0, "", message)]) from error
    finally:
        draft.unlink(missing_ok=True)


def copied_plan(scenario: Scenario, target: Path) -> Block:
    """Return a plan of its own, equal to a scenario, that can stand in another folder.

    Parameters
    ----------
    scenario : Scenario
    target : pathlib.Path
        File it is for; its stem becomes the name, with hyphens for what a name cannot hold.

    Returns
    -------
    Block
        Without the history of changes: numbers that a change set rest on the assumption that is its
        reason. Names of files are relative to the target.

    """
    tree = scenario.tree()
    _keep_reasons(tree, scenario)
    stem = re.sub(r"[^\w-]+", "-", target.stem).strip("-") or scenario.name
    tree.put("name", Text(stem, _WHERE), _WHERE)
    tree.pop("history", None)
    forecast = tree["forecast"]
    if scenario.forecast.package is not None:
        for key in SAID_BY_PACKAGE:
            forecast.pop(key, None)
    named = [("forecast", "data", forecast), ("forecast", "package", forecast)]
    named += [
        (f"observed.{one.name}", "data", block)
        for one, block in zip(scenario.observed, tree.get("observed") or (), strict=True)
    ]
    for path, key, block in named:
        given = block.get(key)
        if given is None or (key == "data" and given in [info.name for info in fc.catalog()]):
            continue
        file = (scenario.folder(f"{path}.{key}") / str(given)).resolve()
        beside = os.path.relpath(file, target.parent.resolve()).replace(os.sep, "/")
        block.put(key, Text(beside, _WHERE), _WHERE)
    return tree


def _keep_reasons(tree: Block, scenario: Scenario) -> None:
    """Say beside the numbers why a change set them; what they replaced rests on something else."""
    reasons = {change.set: change.because for change in scenario.changes if change.set}
    changed = [row.path for row in scenario.sources() if row.kind == "change"]
    for path, because in reasons.items():
        of_a_block = path.removesuffix(".value")
        if not any(one == of_a_block or f"{one}.".startswith(f"{path}.") for one in changed):
            continue
        container, key, _ = find(tree, Text(path, _WHERE), may_be_new=False)
        if key == "value" and isinstance(container, Block):
            for one in PROVENANCE:
                container.pop(one, None)
            container.put("assumption", Text(because, _WHERE), _WHERE)
            continue
        node = container[key]  # type: ignore[index]
        if isinstance(node, Text) and isinstance(container, Block):
            block = Block(_WHERE)
            block.put("value", node, _WHERE)
            container.put(str(key), block, _WHERE)
            node = block
        within = [one for one in node if isinstance(one, Block)] if isinstance(node, Items) else []
        if isinstance(node, Items) and not within and isinstance(container, Block):
            container.put("assumption", Text(because, _WHERE), _WHERE)
        for block in [node, *within]:
            if isinstance(block, Block) and not any(
                one in block for one in (*PROVENANCE, "because")
            ):
                block.put("assumption", Text(because, _WHERE), _WHERE)


def _copy(target: Path, base: str) -> str:
    scenario = load_scenario(base)
    tree = copied_plan(scenario, target)
    head = (
        f"A copy of {scenario.name}. Change what is yours, numbers marked 'assumption' first. "
        f"Then: safepassage check {target.name}"
    )
    return "\n".join([*_comment(head, 0), *annotated(tree, Scenario)]) + "\n"


def _variant(target: Path, base: str) -> str:
    scenario = load_scenario(base)
    known = base in list_library()
    beside = base if known else os.path.relpath(base, target.parent).replace(os.sep, "/")
    head = Block(_WHERE)
    for key, text in (
        ("schema", "1"),
        ("name", target.stem),
        ("title", f"{scenario.title} (variant)"),
        ("question", scenario.question),
        ("based_on", beside),
    ):
        head.put(key, Text(text, _WHERE), _WHERE)
    return (
        f"# A variant of {scenario.name}: only what differs, each with its reason.\n"
        f"# Then: safepassage check {target.name}\n" + write_text(head) + "\nchanges:\n"
        "  # Path of what gets a new value; things are addressed by name, such as\n"
        f"  # sites.{scenario.sites[0].name}.places. 'add' with 'item' puts an entry into a list,\n"
        "  # 'remove' takes something out.\n"
        "  - set:\n    # The new value with its unit.\n    to:\n"
        "    # Why, with a source.\n    because:\n"
    )


def annotated(tree: Block, model: type[BaseModel]) -> list[str]:
    """Return a scenario as lines of YAML in which each key is explained where it first appears.

    Parameters
    ----------
    tree : Block
        A complete scenario.
    model : type
        Its contract.

    Returns
    -------
    list of str

    """
    return _block(tree, model, 0, set())


def _block(
    tree: Block, model: type[BaseModel], indent: int, seen: set[tuple[type, str]]
) -> list[str]:
    hints = hints_of(model)
    lines: list[str] = []
    for key, value in tree.items():
        hint = hints.get(key)
        if indent == 0 and isinstance(value, (Block, Items)):
            lines.append("")
        if hint is not None and hint.meaning and (model, key) not in seen:
            lines += _comment(hint.meaning, indent)
        seen.add((model, key))
        lines += _entry(key, value, hint, indent, seen)
    return lines


def _entry(
    key: str, value: Tree, hint: Hint | None, indent: int, seen: set[tuple[type, str]]
) -> list[str]:
    block = None if hint is None else hint.block
    if block is not None and isinstance(value, Block) and not issubclass(block, Spread):
        return [f"{' ' * indent}{key}:", *_block(value, block, indent + 2, seen)]
    if block is not None and isinstance(value, Items) and all(isinstance(v, Block) for v in value):
        lines = [f"{' ' * indent}{key}:"]
        for item in value:
            inner = _block(item, block, indent + 4, seen)
            first = next(n for n, line in enumerate(inner) if not line.lstrip().startswith("#"))
            comments = [f"{' ' * (indent + 2)}{line.strip()}" for line in inner[:first]]
            dashed = f"{' ' * (indent + 2)}- {inner[first].lstrip()}"
            lines += [*comments, dashed, *inner[first + 1 :]]
        return lines
    one = Block(_WHERE)
    one.put(key, value, _WHERE)
    return [f"{' ' * indent}{line}" for line in write_text(one).splitlines()]


def _comment(text: str, indent: int, inside: int = 0) -> list[str]:
    begin = f"{' ' * indent}# {' ' * inside}"
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=begin if not inside else f"{begin}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def template_text() -> str:
    """Return the blank template: every key of the contract, explained.

    Keys that are needed stand blank, the others as comments to be filled in and used.

    Returns
    -------
    str

    """
    lines = [
        *_comment(
            "A blank scenario: fill in what stands empty, delete the first # of every line of what "
            "you also need, and leave the rest. Every quantity carries its unit. Numbers say what "
            "they rest on: 'source' where something published says so, 'assumption' otherwise; in "
            "a block of their own (value: 25 min, source: ...) or for a whole block. Then: "
            "safepassage check FILE",
            0,
        ),
        "#",
        *_comment("Instead of one number, a spread may be given by a block with:", 0),
        *_ways(Spread),
        *_ways(TimeSpread)[len(_ways(Spread)) :],
        *_comment("Instead of a number of beds, desks or places, a block with:", 0),
        *_ways(Capacity),
        "#",
    ]
    explained: set[type] = {Spread, Capacity}
    return "\n".join([*lines, *_blank(Scenario, 0, explained)]) + "\n"


def _ways(model: type[BaseModel], indent: int = 2) -> list[str]:
    lines = []
    for key, hint in hints_of(model).items():
        if key in PROVENANCE:
            continue
        told = f" {_told(hint)}" if _told(hint) else ""
        lines += _comment(f"{key}:{told}", 0, indent)
        if hint.block is not None and hint.is_list:
            lines += _ways(hint.block, indent + 2)
    return lines


def _told(hint: Hint) -> str:
    parts = [hint.meaning.removesuffix(".")] if hint.meaning else []
    if hint.choices:
        parts.append(f"one of {', '.join(hint.choices)}")
    elif hint.example:
        parts.append(f"such as {hint.example}")
    if hint.default:
        parts.append(f"{hint.default} if not given")
    return "; ".join(parts) + "." if parts else ""


def _blank(model: type[BaseModel], indent: int, explained: set[type]) -> list[str]:
    lines: list[str] = []
    for key, hint in hints_of(model).items():
        if key == "history":
            continue
        if indent == 0:
            lines.append("")
        space = " " * indent
        told = _comment(_told(hint), indent) if _told(hint) and key not in PROVENANCE else []
        block = hint.block
        if key == "schema":
            entry = [*told[:1], "schema: 1"]
        elif block is None or issubclass(block, (Spread, Capacity)):
            entry = [*told, f"{space}{key}:"]
        elif block in explained:
            named = re.sub(r"(?<!^)(?=[A-Z])", " ", block.__name__).lower()
            more = _comment(f"A block as explained above ({named}).", indent)
            entry = [*told, *more, f"{space}{key}:"]
        else:
            explained.add(block)
            inner = _blank(block, indent + (4 if hint.is_list else 2), explained)
            entry = [*told, f"{space}{key}:"]
            entry += [f"{space}  -", *inner] if hint.is_list else inner
        lines += entry if hint.required else [_off(line, indent) for line in entry]
    return lines


def _off(line: str, indent: int) -> str:
    """Turn a line into a comment, in line with its block."""
    return f"{' ' * indent}# {line[indent:]}"


if __name__ == "__main__":
    TEMPLATE.write_text(template_text(), encoding="utf-8", newline="\n")
