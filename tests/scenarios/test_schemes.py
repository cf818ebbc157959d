"""The scheme of a plan shows every part of it and who goes where."""

import pytest
import yaml

from scenarios import plots
from scenarios.files import list_library, load_scenario, parse_scenario
from scenarios.schemes import STAGES, scheme_of
from tests.scenarios.every_key import document


@pytest.mark.parametrize("name", list_library())
def test_every_plan_of_the_library_has_a_scheme_in_which_nothing_stands_alone(name):
    scheme = scheme_of(load_scenario(name))
    assert {"Who comes", "Reception", "Sites"} <= {box.stage for box in scheme.boxes}
    joined = {at for arrow in scheme.arrows for at in arrow}
    assert joined == set(range(len(scheme.boxes))), "a part of the plan that nobody reaches"
    for start, end in scheme.arrows:
        order = [STAGES.index(scheme.boxes[at].stage) for at in (start, end)]
        assert order[0] < order[1]


def test_boxes_and_arrows_follow_the_plan():
    whole = parse_scenario(yaml.safe_dump(document(), sort_keys=False, allow_unicode=True))
    scheme = scheme_of(whole, {"here": "Here"})
    names = [(box.stage, box.name) for box in scheme.boxes]
    assert len(set(names)) == len(names)
    pairs = {(scheme.boxes[a].name, scheme.boxes[b].name) for a, b in scheme.arrows}
    point = whole.reception[0]
    assert {(point.name, option.site) for option in point.sites} <= pairs
    assert all((one.name, one.rescue) in pairs for one in whole.inflows if one.rescue is not None)
    posts = [box for box in scheme.boxes if box.stage == "Health posts"]
    assert any(box.detail.startswith("for ") for box in posts)
    assert f"{scheme.boxes[0].label} leads to " in scheme.text()


def test_many_places_are_counted_and_few_are_named():
    scenario = load_scenario("beledweyne-flood")
    boxes = scheme_of(scenario, {"SO20": "Hiraan"}).boxes
    assert boxes[0].detail == "Hiraan"
    assert boxes[1].detail == "SO21, SO23"
    many = scenario.inflows[0].model_copy(update={"locations": ("a", "b", "c", "d")})
    changed = scenario.model_copy(update={"inflows": (many, *scenario.inflows[1:])})
    assert scheme_of(changed).boxes[0].detail == "4 places"


@pytest.mark.parametrize("width", [plots.WIDE, plots.NARROW])
def test_boxes_do_not_overlap_and_texts_stay_inside(width):
    scheme = scheme_of(load_scenario("beledweyne-flood"))
    figure = plots.new_figure(width, plots.scheme_height(scheme, width))
    axes = plots.plot_scheme(scheme, ax=figure.subplots())
    figure.draw_without_rendering()
    boxes = [patch.get_window_extent() for patch in axes.patches]
    assert len(boxes) == len(scheme.boxes)
    for number, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[number + 1 :])
    for text in axes.texts:
        if text.get_ha() == "center":
            extent = text.get_window_extent()
            assert any(
                box.x0 <= extent.x0 and extent.x1 <= box.x1 and box.y0 <= extent.y0
                and extent.y1 <= box.y1 for box in boxes
            ), text.get_text()  # fmt: skip
