"""A fence with a diagram becomes a drawing that is safe, right on light and dark pages, and the same in every build."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.site.markdown.diagrams import drawing
from publisher.site.markdown.diagrams.clean import clean
from publisher.site.markdown.diagrams.colours import for_both
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer
from publisher.site.settings import FLAVOURS
from tests.site.markdown.html_rules import broken_rules

needs_merman = pytest.mark.skipif(not drawing.is_installed(), reason="merman has no wheel for this platform")

RENDERERS = {flavour: make_renderer(options=MarkdownOptions(flavour=flavour)) for flavour in FLAVOURS}
FLOW = "flowchart TD\nA[One 一] --> B[Two]"

KINDS = {
    "flowchart": "flowchart TD\nA[Hello 世界] --> B{Is it?}\nB -->|yes| C((x))\nsubgraph s[Title]\nC-->D\nend",
    "sequence": "sequenceDiagram\nAlice->>Bob: Hi\nNote over Bob: thinks\nloop Every\nBob-->>Alice: Yo\nend",
    "class": "classDiagram\nAnimal <|-- Duck\nAnimal : +int age\nDuck : +swim()",
    "state": "stateDiagram-v2\n[*] --> Still\nStill --> Moving\nMoving --> [*]",
    "er": "erDiagram\nCUSTOMER ||--o{ ORDER : places\nORDER { string id\n int n }",
    "gantt": "gantt\ntitle A\ndateFormat YYYY-MM-DD\nsection S\nA task :a1, 2014-01-01, 30d\nB :after a1, 20d",
    "pie": 'pie title Pets\n"Dogs" : 386\n"Cats" : 85',
    "git": "gitGraph\ncommit\nbranch dev\ncommit\ncheckout main\nmerge dev",
    "mindmap": "mindmap\n root((m))\n  A\n   B\n  C",
    "timeline": "timeline\n title H\n 2002 : LinkedIn\n 2004 : Facebook",
    "journey": "journey\n title My\n section Go\n Make tea: 5: Me",
}

UNSAFE = re.compile(
    r"<(?!/?(?:div|svg|style|g|defs|symbol|use|marker|path|rect|circle|ellipse|line|poly(?:line|gon)|text|tspan|title|desc"
    r"|(?:linear|radial)Gradient|stop|filter|fe\w+|clipPath|mask|pattern)\b)"
    r"|\son\w+=|javascript:|https?:|@import|url\((?!#)|href=\"(?!#)",
    re.IGNORECASE,
)


def fence(source: str) -> str:
    return f"```mermaid\n{source}\n```\n"


@needs_merman
@pytest.mark.parametrize("kind", KINDS)
def test_a_diagram_is_safe_and_has_the_colours_of_both_schemes(kind: str) -> None:
    html = drawing.draw(KINDS[kind])
    assert re.match(r'<div class="diagram"( tabindex="0")?><svg ', html)
    assert "light-dark(" in html
    assert not UNSAFE.search(html)
    assert not broken_rules(html)
    assert html == drawing.draw(KINDS[kind])
    used = set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", html))
    assert {first or second for first, second in used} <= set(re.findall(r' id="([^"]+)"', html))


@needs_merman
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_diagram_of_an_article_has_ids_of_its_own(flavour: str) -> None:
    body = RENDERERS[flavour].render("a.md", f"{fence(FLOW)}\n{fence(FLOW)}", 1)
    assert not broken_rules(body.html)
    assert {"__diagram_1", "__diagram_2"} <= set(re.findall(r' id="([^"]+)"', body.html))
    assert 'role="img" aria-label="One 一, Two"' in body.html
    assert not body.problems


@needs_merman
def test_a_word_of_a_diagram_is_no_placeholder() -> None:
    body = RENDERERS["python"].render("a.md", fence("flowchart TD\nA[NUMBER of pages]"), 1)
    assert ">NUMBER of pages<" in body.html
    assert 'id="__diagram_1"' in body.html


@needs_merman
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_fault_has_its_line_and_its_column(flavour: str) -> None:
    in_a_list = "- b\n\n  ```mermaid\n  flowchart TD\n  A --> B\n  B[x\n  ```\n"
    text = f"a\n\n{fence(FLOW)}\n{in_a_list}\n> ~~~ mermaid\n> nothing\n> ~~~\n"
    body = RENDERERS[flavour].render("a.md", text, 10)
    assert [(one.line, one.col, one.what, one.kind) for one in body.problems] == [
        (22, 4, "this diagram cannot be drawn: unterminated node label (missing `]`)", "diagram"),
        (26, 3, "this diagram cannot be drawn: no Mermaid diagram type detected", "diagram"),
    ]
    assert body.html.count("<svg ") == body.html.count('class="diagram"') + body.html.count('overflow="visible"') - 1
    assert body.html.count("<code>") == 2


@needs_merman
def test_a_diagram_with_colours_of_its_author_is_on_white() -> None:
    html = drawing.draw("%%{init: {'theme': 'forest'}}%%\nflowchart LR\nA --> B")
    assert html.startswith('<div class="diagram on-white" tabindex="0">')
    assert "light-dark(" not in html


@needs_merman
@pytest.mark.parametrize(
    "source",
    [
        'flowchart TD\nA["<script>alert(1)</script><img src=x onerror=alert(1)>"] --> B\nclick A "javascript:alert(1)"',
        'flowchart TD\nA --> B\nclick B "https://example.org/x"\nstyle A fill:url(http://example.org/x)',
        "%%{init: {'themeCSS': '* {display: none}', 'securityLevel': 'loose'}}%%\nflowchart TD\nA-->B",
        'flowchart TD\nA@{ img: "https://example.org/x.png", label: "L" } --> B',
    ],
)
def test_nothing_foreign_comes_into_a_drawing(source: str) -> None:
    try:
        html = drawing.draw(source)
    except drawing.BadDiagram:
        return
    assert not UNSAFE.search(html)
    assert "display: none" not in html


@pytest.mark.parametrize(
    ("svg", "kept"),
    [
        ("<script>x</script><rect width='1'/>", '<rect width="1"/>'),
        ("<foreignObject><p>x</p></foreignObject>", ""),
        ("<rect onclick='x()' fill='url(http://a.b/)' x='1'/>", '<rect x="1"/>'),
        ("<a href='https://a.b/'><text>t</text></a>", "<text>t</text>"),
        ("<image href='https://a.b/x.png'/><path d='M0 0'/>", '<path d="M0 0"/>'),
        ("<use href='#no'/><use href='other.svg#x'/>", "<use/><use/>"),
        ("<style>@import 'x'; #d rect{fill:red} body{fill:red} #d .no{fill:red} #d rect{fill:url(http://a)}</style>"
         "<rect x='1'/>", '<style>#__diagram_NUMBER rect{fill:red}</style><rect x="1"/>'),
        ("<marker id='m'/><marker id='n'/><path marker-end='url(#n)'/>",
         '<marker id="__diagram_NUMBER-1"/><path marker-end="url(#__diagram_NUMBER-1)"/>'),
    ],
)  # fmt: skip
def test_only_known_elements_and_attributes_are_kept(svg: str, kept: str) -> None:
    html = clean(f"<svg xmlns='http://www.w3.org/2000/svg' id='d'>{svg}</svg>")
    assert html.partition(">")[2].removesuffix("</svg>").replace(' id="__diagram_NUMBER"/>', "/>") == kept or (
        not kept and html.endswith("/>")
    )


@pytest.mark.parametrize(
    ("light", "dark", "both"),
    [
        ('<rect fill="#fff"/>', '<rect fill="#000"/>', '<rect fill="light-dark(#fff, #000)"/>'),
        ('<a fill="#fff"/>#fff', '<a fill="red"/>#fff', '<a fill="light-dark(#fff, red)"/>#fff'),
        (
            "<style>a{fill:#fff}b{x:1}</style>", "<style>a{fill:#000}c{x:1}</style>",
            "<style>a{fill:light-dark(#fff, #000)}</style>",
        ),
    ],
)  # fmt: skip
def test_two_drawings_become_one(light: str, dark: str, both: str) -> None:
    assert for_both(light, dark) == f'<div class="diagram">{both}</div>'


@pytest.mark.parametrize(
    ("width", "box", "least"),
    [("340", "", ""), ("350", ' tabindex="0"', ";min-width:245px"), ("900", ' tabindex="0"', ";min-width:560px")],
)
def test_a_wide_drawing_scrolls_on_a_small_screen(width: str, box: str, least: str) -> None:
    svg = f'<svg style="max-width:{width}px{{}}"/>'
    assert for_both(svg.format(""), "") == f'<div class="diagram on-white"{box}>{svg.format(least)}</div>'


def test_drawings_that_differ_otherwise_stay_light() -> None:
    assert for_both('<rect fill="#fff"/>', "<g/>") == '<div class="diagram on-white"><rect fill="#fff"/></div>'


@needs_merman
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*KINDS.values(), "\n", "A-->B\n", "]", "[", "%%{init: {}}%%\n", "<b>", '"', "\0x", "一"]))
)
def test_any_text_is_drawn_or_has_a_fault(pieces: list[str]) -> None:
    body = RENDERERS["commonmark"].render("a.md", fence("".join(pieces)), 1)
    assert not broken_rules(body.html)
    assert not [one.detail for one in body.problems if one.detail]


WITHOUT = """
import sys
sys.modules["merman"] = None
from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer
for flavour in ("python", "commonmark"):
    site = renderer(options=MarkdownOptions(flavour=flavour))
    body = site.render("a.md", "a\\n\\n```mermaid\\nflowchart TD\\n```\\n", 1)
    print([(one.line, one.kind, one.hint) for one in body.problems], "<code>flowchart TD" in body.html)
"""


def test_without_the_library_a_diagram_is_code_and_a_warning_names_the_extra() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=60)
    hint = "run `pip install --constraint constraints.txt '.[diagrams]'` in a checkout of the project"
    assert done.stdout.splitlines() == [f"{[(3, 'diagram-library', hint)]} True"] * 2
