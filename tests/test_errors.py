"""The form of every error text, and the page of the manual that is made of them."""

import re

import pytest

from publisher.site.markdown.headings import slug
from tests import error_page
from tests.error_classes_in_chinese import SENTENCES
from tests.error_page import GROUPS, PAGES, Page, classes, grouped, heading_id, meaning_and_advice
from tests.error_texts import ErrorText, collected

TEXTS = collected()
PROPER = ("Kubo", "IPFS", "Pinning", "UTF-8", "HTTP", "DNS", "AllowedPaths")
"""What begins with a capital wherever it stands."""
VERB = re.compile(
    r"(accept|add|ask|begin|build|check|choose|compare|confirm|connect|copy|correct|create|delete|do|export|fetch|find"
    r"|give|keep|let|load|look|make|move|name|open|publish|put|raise|read|register|remove|rename|renew|repair|replace"
    r"|report|run|save|see|send|set|sign|spell|start|stop|try|unpin|update|use|wait|write)\b"
)
"""With which a hint can begin: what the reader does next."""
OTHERWISE = ("if ", "did you mean ", "{")
"""With which it can begin besides: a condition, what a compiler asks at a misspelling, a text that only a run knows."""
PRIVATE = {
    r"let(s|ting)? go of": "the field says unpin",
    r"told|tells? (?!of)": "programs report, print or show",
    r"(some|no|any)body (?!may register)": "say which: another key, no gateway, no store",
    r"held|holds it": "a root is pinned, a block is stored",
    r"forgot": "a service no longer lists a request",
    r"to be had": "say who lacks it",
    r"l(ies|ying)": "an answer is wrong; a file is in a folder",
    r"makes? (no )?sense": "say what cannot be read",
    r"stumbl\w+": "the program fails",
    r"leads nowhere": "say what is missing",
    r"by itself|all the same|meanwhile": "say when, or leave it out",
    r"is (it|there|this|one) \w+.*\?": "a hint says what to do; it asks nothing",
}
"""Words that a newcomer has to guess at, and what to write."""
NO_HINT = ("BlockMissing", "ContentError", "ConfigProblems", "Finding")
"""A block that one source lacks is asked of the next; a list of faults has a hint each; a finding may be good news."""


def faults(text: ErrorText) -> list[str]:
    """What is wrong with the form of a text."""
    message, hint = text.message, text.hint
    found = [f"{word!r}: {why}" for word, why in PRIVATE.items() if re.search(rf"\b(?:{word})", f"{message}; {hint}")]
    if message[:1].isupper() and not message.startswith(PROPER):
        found.append("the message begins with a capital")
    if re.match(r"(it|its|they|their|them|these|those) ", message):
        found.append("the message begins with a pronoun that nothing stands before")
    if message.endswith(".") or (hint.endswith(".") and not hint.endswith("...")):
        found.append("a full stop at the end")
    if any("  " in each or each != each.strip() for each in (message, hint)):
        found.append("a blank too many")
    if hint and not VERB.match(hint) and not hint.startswith(OTHERWISE):
        found.append("the hint does not begin with what to do")
    if not hint and text.kind not in NO_HINT and "must" not in message and not foreign(text):
        found.append("no hint")
    return found


def foreign(text: ErrorText) -> bool:
    """Whether a message is, or begins with, what another program or library says: Jinja names its own faults."""
    return text.message.startswith("{")


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: f"{text.path}: {text.message[:60]}")
def test_a_text_has_the_form_of_an_error(text: ErrorText) -> None:
    assert faults(text) == [], text


@pytest.mark.parametrize(
    ("message", "hint", "said"),
    [
        ("The disk is full", "make room", "capital"),
        ("it is full", "make room", "pronoun"),
        ("the disk is full.", "make room", "full stop"),
        ("the disk is full", "make room.", "full stop"),
        ("the disk  is full", "make room", "blank"),
        ("the disk is full ", "make room", "blank"),
        ("the disk is full", "is there room?", "does not begin"),
        ("the disk is full", "room is needed", "does not begin"),
        ("the disk is full", "", "no hint"),
        ("nobody has the root", "run again", "which"),
        ("nothing was let go of", "run again", "unpin"),
        ("the node was told of the root", "run again", "report"),
    ],
)
def test_a_text_of_another_form_would_be_found(message: str, hint: str, said: str) -> None:
    assert any(said in fault for fault in faults(ErrorText("StoreError", message, hint, "x.py", 1)))


def test_a_text_of_the_right_form_is_let_through() -> None:
    assert faults(ErrorText("StoreError", "Kubo 0.1 is too old", "if you can, update the node", "x.py", 1)) == []
    assert faults(ErrorText("StoreError", "`replication` is 3", "write ipfs://bafy...", "x.py", 1)) == []


def test_the_texts_are_found_through_constants_functions_and_branches() -> None:
    found = {(text.kind, text.message): text.hint for text in collected()}
    assert found["ConfigError", "this folder holds a site already"] == "run `publish preview` to see the site"
    assert "name another gateway" in found["StoreUnreachable", "{where} sends {cid} too slowly"]  # a constant
    assert found["StoreUnreachable", "nothing answers at {where}: connection refused"]  # one branch of two
    assert found["StoreRefused", "the node's disk is full ({endpoint}: {message})"].startswith("make room")  # a row
    assert found["ConfigError", "the folder {folder} is no folder"].startswith("name a folder")  # another module


def test_a_call_with_values_is_one_piece_of_code() -> None:
    call = error_page.sentence("let an account call grant({number}, {sender}) on {resolver}", PAGES[0])
    assert call == "let an account call `grant({number}, {sender})` on `{resolver}`"
    assert error_page.sentence("call grant(1, KEY) (or ask {owner})", PAGES[0]) == (
        "call `grant(1, KEY)` (or ask `{owner}`)"
    )


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.name)


@each_page
def test_the_page_of_errors_is_what_the_program_says(page: Page) -> None:
    text = page.path.read_text(encoding="utf-8")
    assert text == error_page.written(text, page), "write it anew with `make errors`"


@each_page
def test_every_group_of_texts_has_its_heading_on_the_page(page: Page) -> None:
    headings = re.findall(r"^### (.*)$", page.path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [heading_id(heading) for heading in headings] == [slug(group.heading) for group in GROUPS]


def test_every_text_has_a_table_and_every_table_a_text() -> None:
    assert all(grouped()[group] for group in GROUPS)
    kinds = {text.kind for text in collected()} - {"Finding", "ContentError", "ConfigProblems"}
    assert kinds <= {group.kind for group in GROUPS}


def test_every_sentence_about_a_class_is_there_in_chinese_and_no_other() -> None:
    """A sentence of `publisher/errors.py` that changes here needs a new translation."""
    english = {sentence for kind in classes() for sentence in meaning_and_advice(kind)} - {""}
    assert {*SENTENCES} == english, "translate the new sentences in tests/error_classes_in_chinese.py"
