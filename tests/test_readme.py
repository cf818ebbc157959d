"""What the README shows, works."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_five_lines_of_python_run(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 8
    exec(compile(code.replace("replications=50", "replications=4"), str(README), "exec"), {})  # noqa: S102
    assert "person-nights" in capsys.readouterr().out


def test_pictures_and_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8"))
    missing = [t for t in targets if "://" not in t and not (README.parent / t).exists()]
    assert targets
    assert missing == []


def test_every_picture_has_a_text_alternative():
    alternatives = re.findall(r"!\[([^\]]*)\]", README.read_text(encoding="utf-8"))
    assert len(alternatives) == 3
    assert all(len(text) > 60 for text in alternatives)
