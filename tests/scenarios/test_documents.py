"""YAML is read as text with line numbers; what could mislead or harm is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import documents
from scenarios.documents import (
    Block,
    Items,
    Place,
    Text,
    copied,
    read_document,
    read_text,
    write_text,
)
from scenarios.problems import ScenarioError


def test_scalars_stay_what_a_reader_sees():
    tree, problems = read_text(
        "opens: 06:00\nkeep: no\nswitch: on\ndate: 2022-07-01\noctal: 010\nempty:\nquoted: ''\n",
        "p",
    )
    assert problems == []
    assert dict(tree) == {
        "opens": "06:00",
        "keep": "no",
        "switch": "on",
        "date": "2022-07-01",
        "octal": "010",
        "empty": None,
        "quoted": "",
    }


def test_lines_are_remembered_for_keys_values_and_items():
    tree, _ = read_text("a:\n  - name: x\n  - name: y\nb: 1\n", "p.yaml")
    assert tree.places["b"] == Place("p.yaml", 4)
    assert [item.place.line for item in tree["a"]] == [2, 3]
    assert tree["a"][1]["name"].place == Place("p.yaml", 3)


def test_duplicate_keys_name_both_lines():
    _, problems = read_text("rescue: 1\nname: x\nrescue: 2\n", "p.yaml")
    assert [(p.line, p.message) for p in problems] == [(3, "'rescue' was already set on line 1.")]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "is empty"),
        ("# only a comment\n", 0, "is empty"),
        ("- a\n- b\n", 1, "is not a list of keys"),
        ("just text", 1, "is not a list of keys"),
        ("a:\n\tb: 1\n", 2, "a tab is used"),
        ("a: 1\nb: [1\n", 3, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not valid YAML"),
        ("a: 1\nb: &x 2\n", 2, "anchors and aliases"),
        ("a: *x\n", 1, "anchors and aliases"),
        ("a: !!python/object/apply:os.system [x]\n", 1, "tags such as"),
        ("a: " + "[" * 500 + "]" * 500, 1, "nested deeper"),
        ("a: 1\nb: \x07\n", 2, "not text"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(text, line, message):
    with pytest.raises(ScenarioError, match=message) as caught:
        read_text(text, "p.yaml")
    assert caught.value.problems[0].line == line


def test_files_that_are_missing_large_or_not_utf8(tmp_path):
    path = tmp_path / "plan.yaml"
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_document(path)
    path.write_bytes(b"title: x\nquestion: na\xefve\n")
    with pytest.raises(ScenarioError, match=r"line 2  is not UTF-8"):
        read_document(path)
    path.write_bytes(b"# " + b"x" * 2_000_001)
    with pytest.raises(ScenarioError, match="larger than 2 MB"):
        read_document(path)


def test_a_list_is_no_key():
    _, problems = read_text("a: b\n? [c, d]\n: e\n", "p")
    assert [(one.line, one.message) for one in problems] == [(2, "a key must be a plain word.")]


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes("\ufeffschema: 1\n".encode())
    tree, _ = read_document(path)
    assert list(tree) == ["schema"]


def test_copies_share_nothing_that_changes():
    tree, _ = read_text("a: {b: [1, 2]}\n", "p")
    other = copied(tree)
    other["a"]["b"].append(None)
    assert (len(tree["a"]["b"]), len(other["a"]["b"])) == (2, 3)


PLACE = Place("p", 1)
WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Co", "Cn"), blacklist_characters="\ufeff"),
    max_size=20,
)


def grown(plain):
    if isinstance(plain, dict):
        block = Block(PLACE)
        for key, value in plain.items():
            block.put(key, grown(value), PLACE)
        return block
    if isinstance(plain, list):
        items = Items(PLACE)
        items.extend(grown(value) for value in plain)
        return items
    return None if plain is None else Text(plain, PLACE)


@given(
    st.dictionaries(
        WORDS,
        st.recursive(
            st.none()
            | WORDS
            | st.sampled_from(["06:00", "no", "1_000", "~", "null", "=", "<<", "0x1f", "8 %"]),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
            max_leaves=8,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_written_trees_read_back_the_same(plain):
    tree, problems = read_text(write_text(grown(plain)), "p")
    assert problems == []
    assert tree == plain


ROOT = Path(__file__).parents[2]
ODD = {
    "a question mark within braces": "a: {b: why? because}",
    "a key after a question mark": "a:\n- ? b\n",
    "a comment after a bar": "a: |# why\n  b\n",
    "a tab": "a: b\tc\n",
    "a line separator": "a: b\u2028c\nd: e\n",
    "a carriage return": "a: b\r\nc: d\r\n",
}


def told(text):
    """What reading a text gives, places and refusals included."""

    def places(tree):
        if isinstance(tree, Block):
            return [tree.place, *((k, tree.places[k], places(v)) for k, v in tree.items())]
        if isinstance(tree, Items):
            return [tree.place, *map(places, tree)]
        return tree and (tree, tree.place)

    try:
        tree, problems = read_text(text, "p")
    except ScenarioError as error:
        return str(error)
    return places(tree), problems


@pytest.mark.skipif(documents._QuickLoader is None, reason="PyYAML was built without libyaml")
def test_with_and_without_libyaml_the_same_is_read_and_refused(monkeypatch):
    files = [path.read_text("utf-8") for path in sorted(ROOT.glob("[!.]*/**/*.yaml"))]
    assert len(files) > 90
    quick = {text: told(text) for text in [*files, *ODD.values()]}
    monkeypatch.setattr(documents, "_QuickLoader", None)
    assert quick == {text: told(text) for text in quick}
