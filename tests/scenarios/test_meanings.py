"""Texts under the fields of the contract, read when they are asked for."""

from typing import ClassVar

from scenarios import schema
from scenarios.editors import json_schema
from scenarios.hints import hints_of
from scenarios.meanings import meanings_of
from scenarios.services import Site
from scenarios.values import PlaceCount, Section


def blocks(model):
    yield model
    for other in model.__subclasses__():
        yield from blocks(other)


class Local(Section):
    """Not of the package."""

    named: str
    """A text that is not read."""
    other: ClassVar[int] = 0


def test_every_key_of_the_contract_has_a_meaning():
    ours = [model for model in blocks(Section) if model.__module__.startswith("scenarios.")]
    assert len(ours) > 50
    for model in ours:
        assert all(hint.meaning for hint in hints_of(model).values()), model


def test_a_block_of_a_kind_has_the_meanings_of_the_kind_and_of_every_block():
    found = meanings_of(PlaceCount)
    assert found["works"] == "Daily working hours; they may pass midnight."
    assert found["source"].startswith("What was published")
    assert list(found) == [name for name in PlaceCount.model_fields if name in found]


def test_the_text_of_a_class_that_refines_a_field_wins():
    assert meanings_of(schema.Scenario)["name"] != ""
    assert meanings_of(Local) == {
        name: text
        for name, text in meanings_of(Section).items()
        if name in {"source", "assumption"}
    }


def test_editors_show_them():
    shown = json_schema()["$defs"]["Site"]["properties"]
    assert shown["places"]["description"] == meanings_of(Site)["places"]
    assert "anyOf" in json_schema()["$defs"]["PersonsCapacity"]
