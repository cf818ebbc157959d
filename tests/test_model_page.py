"""The page of the model follows the STRESS-DES checklist heading by heading."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "model.md"
CHECKLIST = (
    "1. Objectives",
    "1.1 Purpose of the model",
    "1.2 Model outputs",
    "1.3 Experimentation aims",
    "2. Logic",
    "2.1 Base model overview",
    "2.2 Base model logic",
    "2.3 Scenario logic",
    "2.4 Algorithms",
    "2.5 Components",
    "2.5.1 Entities",
    "2.5.2 Activities",
    "2.5.3 Resources",
    "2.5.4 Queues",
    "2.5.5 Entry and exit points",
    "3. Data",
    "3.1 Data sources",
    "3.2 Pre-processing",
    "3.3 Input parameters",
    "3.4 Assumptions",
    "4. Experimentation",
    "4.1 Initialization",
    "4.2 Run length",
    "4.3 Estimation approach",
    "5. Implementation",
    "5.1 Software and programming language",
    "5.2 Random sampling",
    "5.3 Model execution",
    "5.4 System specification",
    "6. Code access",
    "6.1 Computer model sharing statement",
)


def headings():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [line.lstrip("#").strip() for line in lines if line.startswith("##")]


def test_headings_are_those_of_the_checklist_in_their_order():
    assert tuple(headings()) == CHECKLIST


@pytest.mark.parametrize("heading", [one for one in CHECKLIST if one.count(".") > 1 or " " in one])
def test_every_part_says_something(heading):
    text = PAGE.read_text(encoding="utf-8")
    after = text.split(f" {heading}\n", 1)[1].split("\n#", 1)[0].strip()
    has_parts = f"\n### {heading[0]}." in text or f"\n#### {heading[:3]}." in text
    assert after or has_parts
