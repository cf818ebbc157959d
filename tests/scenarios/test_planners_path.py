"""The how-to for planners is exactly what a planner does, and it runs."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scenarios import cli

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "plan-your-region.md"


def steps():
    """Return commands and edits of the page in their order."""
    text = PAGE.read_text(encoding="utf-8")
    found = []
    for kind, body in re.findall(r"```(console|diff)\n(.*?)```", text, re.DOTALL):
        if kind == "console":
            found += [("run", line[2:]) for line in body.splitlines() if line.startswith("$ ")]
        else:
            lines = [line[2:] for line in body.splitlines()]
            found.append(("edit", list(zip(lines[::2], lines[1::2], strict=True))))
    return found


def quick(words):
    """Fewer replications than the page, and a short backtest."""
    return ["2" if word == "20" else word for word in words]


@pytest.mark.slow
def test_the_page_runs_as_it_stands(tmp_path, monkeypatch):
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed")
    monkeypatch.chdir(tmp_path)
    file = None
    for kind, what in steps():
        if kind == "edit":
            text = file.read_text(encoding="utf-8")
            for old, new in what:
                assert re.search(rf"^[ -]*{re.escape(old)}$", text, re.MULTILINE), old
                text = re.sub(
                    rf"^([ -]*){re.escape(old)}$", rf"\g<1>{new}", text, count=1, flags=re.MULTILINE
                )
            file.write_text(text, encoding="utf-8")
            continue
        words = what.split()
        assert words[0] == "safepassage"
        if words[1] == "new":
            file = tmp_path / words[-1]
        result = CliRunner().invoke(cli.app, quick(words[1:]))
        assert result.exit_code == 0, f"{what}: {result.output}"
    folder = tmp_path / "results" / "my-region"
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")
    made = {path.name for path in folder.iterdir()}
    assert made >= {"report.html", "report.xlsx", "report-sitrep.html", "report-sitrep.pdf"}
    assert "4500 persons" in (folder / "scenario.yaml").read_text(encoding="utf-8")


def test_the_page_has_all_five_steps():
    verbs = [what.split()[1] for kind, what in steps() if kind == "run"]
    assert verbs == [
        "new", "check", "new", "check", "run", "compare", "report", "worksheet", "check",
    ]  # fmt: skip
    edits = [len(what) for kind, what in steps() if kind == "edit"]
    assert edits == [5, 3]
