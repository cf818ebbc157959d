"""Rules of the house that no other tool holds."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")


def functions_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def asserts(function):
    """Whether a test asserts, expects an error, or hands over to a ``check_`` function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).split(".")[-1]
            if name in {"raises", "warns", "fail"} or name.startswith(("assert_", "check_")):
                return True
    return False


def test_no_test_is_without_an_assertion():
    idle = [
        f"{path.relative_to(ROOT)}: {function.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for function in functions_of(path)
        if not asserts(function)
    ]
    assert idle == []


def test_the_rule_notices_an_idle_test():
    tree = ast.parse("def test_a():\n    run()\ndef test_b():\n    assert run()\n")
    assert [asserts(function) for function in tree.body] == [False, True]


def locked(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.findall(r"^(\S+==\S+)(?: ; ([^\\\n]+?))? \\$", text, flags=re.MULTILINE)
    return {(requirement, marker) for requirement, marker in entries}


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_host_and_no_path(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for word in ("://", "index-url", "find-links", "file:", " @ ", "/"):
        assert word not in text, f"{name} contains {word!r}"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name):
    blocks = re.split(r"^(?=\S)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    blocks = [block for block in blocks if block.strip() and not block.startswith("#")]
    assert len(blocks) == len(locked(name)) > 20
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)


def test_development_lock_repeats_the_base_lock():
    # Another marker is right: a package may be needed more widely for development.
    base, development = ({requirement for requirement, _ in locked(name)} for name in LOCKS)
    assert base <= development


def test_every_direct_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {requirement.split("==")[0] for requirement, _ in locked(LOCKS[0])}
    wanted = {re.split(r"[<>=!~\[; ]", item)[0].lower() for item in project["dependencies"]}
    assert wanted <= names
    development = {requirement.split("==")[0] for requirement, _ in locked(LOCKS[1])}
    for extra in ("notebooks", "docs", "test"):
        items = project["optional-dependencies"][extra]
        assert {re.split(r"[<>=!~\[; ]", item)[0].lower() for item in items} <= development


def documented_commands():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = set()
    for page in pages:
        if "_generated" in page.parts or "_build" in page.parts:
            continue
        for verb in re.findall(r"\bsafepassage ([a-z]+)\b", page.read_text(encoding="utf-8")):
            found.add((verb, str(page.relative_to(ROOT))))
    return found


def test_every_documented_command_exists():
    pytest.importorskip("scenarios.cli", reason="the command line is not there yet")
    shown = subprocess.run(
        [sys.executable, "-c", "from scenarios.cli import main; main()", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    missing = {(verb, page) for verb, page in documented_commands() if verb not in shown}
    assert missing == set()


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT))
        for package in ("forecasting", "simulation", "scenarios")
        for path in sorted((ROOT / package).rglob("*.py"))
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_version_is_the_same_everywhere():
    from scenarios import __version__

    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {__version__}\n" in citation


def test_reading_a_scenario_loads_nothing_that_takes_seconds():
    heavy = {"scoringrules", "numba", "matplotlib", "SALib", "dask", "openpyxl", "jinja2"}
    code = "import sys, scenarios.files; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert not heavy & set(done.stdout.split())
