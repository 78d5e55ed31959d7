"""What readers without a mouse or without eyes are given."""

import re

import pytest

from publisher.site.markdown.accessibility import NARROW, NARROW_FORMULA
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer()


def html(text: str) -> str:
    return RENDERER.render("posts/a.md", text, 1).html


@pytest.mark.parametrize(("sign", "columns"), [("x", 1), ("字", 2)])
def test_a_block_of_code_that_may_be_too_wide_can_be_scrolled_by_keys(sign: str, columns: int) -> None:
    fits = "a\n|" + sign * ((NARROW - 2) // columns) + "|\nb"
    for code, reached in ((fits, False), (fits.replace("|", "||"), True)):
        for info in ("text", 'python title="x"', 'python linenums="1"', 'python hl_lines="1"'):
            assert ('tabindex="0"' in html(f"```{info}\n{code}\n```")) == reached
        indented = code.replace("\n", "\n    ")
        assert ("<pre tabindex" in html(f"    {indented}")) == reached


def test_the_numbers_beside_code_are_not_a_stop_of_their_own() -> None:
    found = html('```python title="x" linenums="1"\n' + "x = 1 + " * 20 + "1\n```")
    assert re.findall(r"<pre[^>]*>", found) == ["<pre>", '<pre tabindex="0">']


def test_a_table_can_be_scrolled_by_keys_unless_the_author_says_otherwise() -> None:
    assert html("| a | b |\n|---|---|\n| 1 | 2 |").startswith('<table tabindex="0">\n<thead>')
    own = html('<table markdown="1" tabindex="-1"><tr markdown="1"><td markdown="1">*x*</td></tr></table>')
    assert 'tabindex="-1"' in own
    assert 'tabindex="0"' not in own


def test_an_empty_corner_of_a_table_is_not_read_as_a_heading() -> None:
    found = html("| | b | `c` |\n|---|---|---|\n| 1 | 2 | 3 |")
    assert "<th></th>" not in found
    assert "<td></td>\n<th>b</th>\n<th><code>c</code></th>" in found


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (
            "- [x] one *two* `c` end",
            '<li class="task-list-item"><label><input type="checkbox" disabled checked/> '
            "one <em>two</em> <code>c</code> end</label></li>",
        ),
        (
            "1. [ ] one\n\n    more\n\n2. [ ] two",
            '<p><label><input type="checkbox" disabled/> one</label></p>\n<p>more</p>\n</li>',
        ),
        (
            "- [ ] one\n    - [x] *two*",
            '<li class="task-list-item"><label><input type="checkbox" disabled/> one</label><ul class="task-list">\n'
            '<li class="task-list-item"><label><input type="checkbox" disabled checked/> <em>two</em></label></li>',
        ),
        ("- plain", "<li>plain</li>"),
        ("- <b>x</b> y\n{: .task-list-item }", '<li class="task-list-item"><b>x</b> y</li>'),
    ],
)
def test_the_box_of_a_task_is_called_by_the_words_of_the_task(item: str, expected: str) -> None:
    assert expected in html(item)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("$ ls\na\nb", '<span class="gp">$ </span>ls\n<span class="go">a\nb</span>'),
        ("$ ls", '<span class="gp">$ </span>ls'),
        ("$ ls\n\n\n", '<span class="gp">$ </span>ls'),
        ("", ""),
    ],
)
def test_output_of_a_console_ends_without_an_empty_line(code: str, expected: str) -> None:
    assert f"<code>{expected}\n</code>" in html(f"```console\n{code}\n```")


def test_a_wide_formula_can_be_scrolled_by_keys() -> None:
    for signs, reached in ((NARROW_FORMULA, False), (NARROW_FORMULA + 1, True)):
        assert ('class="math" tabindex="0"><math display="block">' in html(f"$$\n{'x' * signs}\n$$")) == reached
        assert "tabindex" not in html(f"${'x' * signs}$")
