"""Whatever calls an article has: its HTML is well-formed, no id comes twice, and time grows with their number."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.site.markdown.renderer import Renderer
from tests.site.markdown.commonmark.test_any_text import PIECES
from tests.site.markdown.html_rules import broken_rules
from tests.site.markdown.shortcodes.site import FLAVOURS, renderer
from tests.timing import grows_at_most

FILES = {
    "templates/shortcodes/p.html": "<p id=x>{{ body }}",
    "templates/shortcodes/end.html": "</div></p></article>{{ body }}<b>",
    "templates/shortcodes/a.html": '<a href="b.md" id="{{ id|default("y") }}">{{ body }}</a>',
    "templates/shortcodes/raw.html": "<b><script>{{ body }}</script>",
    "content/part.md": ":::details\n::p\n\n# H {#x}\n\n- :::a\n",
    "content/loop.md": "::include{file=loop.md}\n\n::p\n",
}

# fmt: off
CALLS = [
    "\n:::details{#x}\n", "\n:::: details T\n", "\n:::\n", "\n::::\n", "\n> :::p\n> ", "\n- :::a{#x}\n  ", "\n  :::\n",
    "\n::p\n", "\n:::end\n", "\n::end\n", "\n:::raw\n", "\n::raw\n", "\n::youtube{id=x}\n", "\n::youtube{id=x embed}\n",
    "\n:::figure{src=x alt=y}\n", "\n::figur{x=y}\n", "\n::nope{x=y}\n", "\n:::note\n",
    "\n::include{file=part.md}\n", "\n- ::include{file=part.md}\n", "\n::include{file=loop.md}\n",
    "\n::gist{id=1 user=<b>}\n", "\n    ::p\n",
    "<?call 0?>", "<?call /0?>",
    "\n:::quotation{author=\"</p>\"}\n", "\n:::a{b=\"c\n", "\n```\n", "\n<pre>\n", "\n<!--\n",
]
# fmt: on
TEXT = st.lists(st.one_of(st.sampled_from(CALLS), st.sampled_from(PIECES)), max_size=25).map("".join)


@pytest.fixture(scope="module")
def renderers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Renderer]:
    return {flavour: renderer(tmp_path_factory.mktemp(flavour), FILES, flavour) for flavour in FLAVOURS}


@pytest.mark.parametrize("flavour", FLAVOURS)
@settings(max_examples=200, deadline=None)
@given(text=TEXT)
def test_the_html_of_any_calls_is_well_formed(renderers: dict[str, Renderer], flavour: str, text: str) -> None:
    rendered = renderers[flavour].render("a.md", text.replace("\0", "\ufffd"), 1)
    assert not broken_rules(rendered.html), rendered.html
    assert not [problem.detail for problem in rendered.problems if problem.detail]
    assert rendered.html.count("\0") % 2 == 0


SHAPES: dict[str, Callable[[int], str]] = {
    "without a body": lambda n: '::figure{src="x.png" alt="y"}\n\n' * n,
    "with a body": lambda n: ":::details[T]\n*x* [a](b.md)\n:::\n\n" * n,
    "nested": lambda n: (":::details\n" * 20 + "x\n" + ":::\n" * 20) * (n // 20),
    "in code": lambda n: "```\n::figure{src=x}\n```\n\n:::details\nx\n:::\n\n" * n,
    "with faults": lambda n: "::figure{alt=x}\n\n::figur{x=y}\n\n:::details\n\n" * n,
    "unknown": lambda n: ":::note\nx\n:::\n\n::nope{a=b}\n\n" * n,
    "included": lambda n: "::include{file=plain.md}\n\n" * n,
}


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_number_of_calls(tmp_path: Path, flavour: str, shape: str) -> None:
    """Ten times the calls take at most twelve times the time."""
    site = renderer(tmp_path, {"content/plain.md": "a *b*\n"}, flavour)
    site.render("a.md", SHAPES[shape](20), 1)

    texts = {count: SHAPES[shape](count) for count in (50, 500)}
    assert grows_at_most(lambda count: site.render("a.md", texts[count], 1), (50, 500), 12, 0.02)
