"""What each form of an article becomes."""

import re

import pytest

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer(options=MarkdownOptions(flavour="commonmark", home="https://me.example/"))


def html(text: str, language: str = "en") -> str:
    """The HTML, with `@target@` for marked links and without the links of headings to themselves."""
    rendered = RENDERER.render("posts/a.md", text, 1, language).html
    return re.sub('<a [^>]*class="headerlink"[^>]*></a>', "", rendered).replace("\0", "@").strip()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**强调：**文字", "<p><strong>强调：</strong>文字</p>"),
        ("中文一行\n接着一行", "<p>中文一行接着一行</p>"),
        ("中文\nand English\n中文", "<p>中文\nand English\n中文</p>"),
        ("*中文*\n**接着**", "<p><em>中文</em><strong>接着</strong></p>"),
        ("中文\n`code`\n中", "<p>中文\n<code>code</code>\n中</p>"),
        ("“引”\n中", "<p>“引”中</p>"),
        ("“a”\n“b”", "<p>“a”\n“b”</p>"),
        ("中  \n文", "<p>中<br>\n文</p>"),
        ("~~a~~ ~b~ ==c==", "<p><del>a</del> <del>b</del> <mark>c</mark></p>"),
        ("1~2天，3~4天", "<p>1~2天，3~4天</p>"),
        ("~/a、~/b", "<p>~/a、~/b</p>"),
        ("用==比较，不用==", "<p>用==比较，不用==</p>"),
        ("a==b, c==d", "<p>a==b, c==d</p>"),
        ("a::b::c :smile: x:smile:y", "<p>a::b::c 😄 x:smile:y</p>"),
        ("^_^ H~2~O 501(c)(3) 1/2/2024 1st", "<p>^_^ H~2~O 501(c)(3) 1/2/2024 1st</p>"),
        ("a\\|b `x\\|y`", "<p>a|b <code>x\\|y</code></p>"),
        (
            "`#!py 1` `2`{.js}",
            '<p><code class="language-py highlight"><span class="mi">1</span></code> '
            '<code class="language-js highlight"><span class="mf">2</span></code></p>',
        ),
        ("请看 https://e.org/abc，然后", '<p>请看 <a href="https://e.org/abc">https://e.org/abc</a>，然后</p>'),
        ("（https://e.org/y）", '<p>（<a href="https://e.org/y">https://e.org/y</a>）</p>'),
        ("看https://e.org/z 再说", '<p>看<a href="https://e.org/z">https://e.org/z</a> 再说</p>'),
        ("https://e.org/中文", '<p><a href="https://e.org/%E4%B8%AD%E6%96%87">https://e.org/中文</a></p>'),
        ("[a](http://[::1]:80/b[c])", '<p><a href="http://[::1]:80/b%5Bc%5D">a</a></p>'),
        ("a@b.org", '<p><a href="mailto:a@b.org">a@b.org</a></p>'),
    ],
)
def test_text(text: str, shown: str) -> None:
    assert html(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](b.md)", '<a href="@posts/b.md@">a</a>'),
        ("[a](../c.md#x)", '<a href="@c.md#x@">a</a>'),
        ("[a](/c/)", '<a href="@/c/@">a</a>'),
        ("[a](https://me.example/c/)", '<a href="@/c/@">a</a>'),
        ("[a](https://x.org 't')", '<a href="https://x.org" title="t">a</a>'),
        ("[a](b.md){.x #y target=_blank}", '<a href="@posts/b.md@" id="y" class="x" target="_blank">a</a>'),
        ("[a](b.md){href=c.md}", '<a href="@posts/b.md@">a</a>'),
        ("![a *b*](c.png){width=30}", '<img src="@posts/c.png@" alt="a b" width="30">'),
        ("[![a](b.png)](c.md)", '<a href="@posts/c.md@"><img src="@posts/b.png@" alt="a"></a>'),
        ("<a href='b.md'>x</a>", "<a href='@posts/b.md@'>x</a>"),
        (
            "<img src=b.png srcset='b.png 1x, c.png 2x'>",
            "<img src=@posts/b.png@ srcset='@posts/b.png@ 1x, @posts/c.png@ 2x'>",
        ),
        ("[a](#B)\n\n## b", '<a href="@posts/a.md#b@">a</a></p>\n<h2 id="b">b</h2>'),
    ],
)
def test_links(text: str, shown: str) -> None:
    assert html(text).removeprefix("<p>").removesuffix("</p>") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# A *b* {#own .c k=v}", '<h1 id="own" class="c" k="v">A <em>b</em></h1>'),
        ("A {#own}\n===", '<h1 id="own">A</h1>'),
        ("# A {#own} #", '<h1 id="own">A</h1>'),
        ("# A {b}", '<h1 id="a-b">A {b}</h1>'),
        ("## A\n{: #own .c }", '<h2 id="own" class="c">A</h2>'),
        ("A\n===\n{: .c }", '<h1 id="a" class="c">A</h1>'),
        ("# A\n\n{: #own }", '<h1 id="a">A</h1>\n<p>{: #own }</p>'),
        ("# A {#own}\n{: .c }", '<h1 id="own">A</h1>\n<p>{: .c }</p>'),
        ('a\n中 *b_*  \n{: #own .c k="v_w" }', '<p id="own" class="c" k="v_w">a\n中 <em>b_</em></p>'),
        (
            "> - a\n>\n>   b\n>   {: .c }",
            """<blockquote>
<ul>
<li>
<p>a</p>
<p class="c">b</p>
</li>
</ul>
</blockquote>""",
        ),
        ("a `x\n{: .c }` b", "<p>a <code>x {: .c }</code> b</p>"),
        ("a\n\\{: .c }", "<p>a\n{: .c }</p>"),
        ("- a\n  {: .c }", "<ul>\n<li>a\n{: .c }</li>\n</ul>"),
        ("## 标题 一", '<h2 id="标题-一">标题 一</h2>'),
        ("# A\n# A\n# A", '<h1 id="a">A</h1>\n<h1 id="a-1">A</h1>\n<h1 id="a-2">A</h1>'),
        ("# A\n\n<i id='a'>x</i>", "<h1 id=\"a-1\">A</h1>\n<p><i id='a'>x</i></p>"),
        ("# 😄", '<h1 id="section">😄</h1>'),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("text\n- a\n  - b", "<p>text</p>\n<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"),
        ("- a\n\n- b", "<ul>\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>"),
        ("T\n\n: D\n\n: E", "<dl>\n<dt>T</dt>\n<dd>\n<p>D</p>\n</dd>\n<dd>\n<p>E</p>\n</dd>\n</dl>"),
        ("T\n: D", "<dl>\n<dt>T</dt>\n<dd>D</dd>\n</dl>"),
        (
            "- [x] a\n- [ ] b",
            '<ul class="task-list">\n<li class="task-list-item"><label><input type="checkbox" disabled checked> a'
            '</label></li>\n<li class="task-list-item"><label><input type="checkbox" disabled> b</label></li>\n</ul>',
        ),
        (
            "| | b |\n|---|--:|\n| 1 | `a\\|b` |",
            '<table tabindex="0">\n<thead>\n<tr>\n<td></td>\n<th style="text-align: right;">b</th>\n</tr>\n</thead>\n'
            '<tbody>\n<tr>\n<td>1</td>\n<td style="text-align: right;"><code>a|b</code></td>\n</tr>\n</tbody>\n'
            "</table>",
        ),
        ("***", "<hr>"),
        ("    a\tb", '<div class="highlight"><pre><code>a\tb\n</code></pre></div>'),
        ("```\n\ta\n```", '<div class="highlight"><pre><code>\ta\n</code></pre></div>'),
        ("```math\nx\n```", '<div class="math"><math display="block"><mi>x</mi></math></div>'),
    ],
)
def test_blocks(text: str, shown: str) -> None:
    assert html(text) == shown


def test_a_table_of_contents_has_the_headings_inside_each_other() -> None:
    listed = html("[TOC]\n\n## A\n### B\n### C\n# D\n").partition("</div>")[0]
    assert re.sub("<[^>]*>|@[^@]*@", "", listed).split() == ["A", "B", "C", "D"]
    assert listed.count("<ul>") == listed.count("</ul>") == 2
    assert '<a href="@posts/a.md#b@">B</a>' in listed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> [!NOTE]\n> x", '<div class="admonition note">\n<p class="admonition-title">注意</p>\n<p>x</p>\n</div>'),
        (
            "> [!Warning] Own *t*\n> x",
            '<div class="admonition warning">\n<p class="admonition-title">Own <em>t</em></p>\n<p>x</p>\n</div>',
        ),
        ("> [!NOTE]-\n> x", '<details class="note">\n<summary>注意</summary>\n<p>x</p>\n</details>'),
        ("> [!TIP]+ T\n> x", '<details class="tip" open>\n<summary>T</summary>\n<p>x</p>\n</details>'),
        (
            "> [!custom|wide]\n> x",
            '<div class="admonition custom wide">\n<p class="admonition-title">Custom</p>\n<p>x</p>\n</div>',
        ),
        ("::: note\nx\n:::", "<p>::: note\nx\n:::</p>"),
        ("> plain", "<blockquote>\n<p>plain</p>\n</blockquote>"),
    ],
)
def test_boxes(text: str, shown: str) -> None:
    assert html(text, "zh") == shown


def test_tabs_have_a_button_and_a_label_each() -> None:
    shown = html(
        ':::: tabs\n::: tab One\na\n:::\n::: tab "Two b"\n```js\nx\n```\n:::\n::::\n\n:::: tabs\n::: tab T\n:::\n::::'
    )
    assert shown.startswith('<div class="tabbed-set tabbed-alternate" data-tabs="1:2"><input checked id="__tabbed_1_1"')
    assert '<label for="__tabbed_1_2">Two b</label>' in shown
    assert '<div class="tabbed-block">\n<p>a</p>\n</div>' in shown
    assert 'id="__tabbed_2_1" name="__tabbed_2"' in shown


@pytest.mark.parametrize(
    ("info", "language", "parts"),
    [
        ("js", "js", []),
        ("rust,ignore", "rust", []),
        ("js=3", "js", ['<span class="normal">3</span>']),
        ("c++", "c++", []),
        ("{.py #i .wide}", "py", ['id="i" class="language-py wide highlight"']),
        ('js title="a<b"', "js", ['<span class="filename">a&lt;b</span>']),
        ('text file="a.txt"', "text", ['<span class="filename">a.txt</span>']),
        ('js {2} title="t"', "js", ['<span class="hll">', '<span class="filename">t</span>']),
        ('js {hl_lines="1-2" linenos=true}', "js", ['<span class="normal">2</span>']),
        ('py linenums="7" hl_lines="2"', "py", ['<span class="normal">8</span>']),
    ],
)
def test_a_fence_says_how_its_code_is_shown(info: str, language: str, parts: list[str]) -> None:
    shown = html(f"```{info}\na\nb\n```")
    assert f"language-{language} " in shown
    for part in parts:
        assert part in shown


def test_a_marked_line_inside_a_span_of_several_lines_is_whole() -> None:
    shown = html('```py {2}\n"""a\nb\nc"""\n```')
    assert '<span class="hll"><span class="sd">b</span>\n</span>' in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$a$ and 中$b$文", 2),
        ("$HOME and $PATH; a$b$ c", 0),
        ("$5 to $6, $ x $", 0),
        ("$$x$$ in a line, and $`y`$", 2),
        ("\\begin{align}a&=b\\\\c&=d\\end{align}", 1),
        ("\\(a\\)", 0),
    ],
)
def test_formulas(text: str, shown: int) -> None:
    assert html(text).count("<math") == shown


def test_brackets_are_formulas_where_the_site_says_so() -> None:
    renderer = make_renderer(options=MarkdownOptions(flavour="commonmark", brackets=True))
    assert renderer.render("a.md", "\\(a\\) and \\[b\\]", 1).html.count("<math") == 2


def test_equations_are_numbered_and_referred_to() -> None:
    shown = html("See \\eqref{e}.\n\n$$\\begin{equation}x\\label{e}\\end{equation}$$")
    assert re.search(r'See <a href="@posts/a.md#(eq-[^@]*)@">\(1\)</a>\.', shown)
    assert 'id="eq-' in shown


def test_footnotes_come_in_the_order_of_their_references() -> None:
    shown = html("a[^x] b[^y] c[^x]\n\n[^y]: Y\n[^x]: X\n\n    more")
    assert '<sup id="fnref:x"><a class="footnote-ref" href="@posts/a.md#fn:x@">1</a></sup>' in shown
    assert '<sup id="fnref2:x">' in shown
    assert shown.index('<li id="fn:x">') < shown.index('<li id="fn:y">')
    assert '<p>more&#160;<a class="footnote-backref" href="@posts/a.md#fnref:x@" title="↑ 1">&#8617;</a>' in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<div>\n\n*a*\n\n</div>", "<div>\n<p><em>a</em></p>\n</div>"),
        ("<div>\n\n*a*", "<div>\n<p><em>a</em></p>\n</div>"),
        ("a</div>", "<p>a</p>"),
        ("a <b>b\n\nc</b>", "<p>a <b>b</b></p>\n<p>c</p>"),
        ("> <div>\n\nafter", "<blockquote>\n<div>\n</div>\n</blockquote>\n<p>after</p>"),
        ("a <div>b</div>", "<div>a <div>b</div></div>"),
        ("# a <div>b</div>", '<h1 id="a-b">a &lt;div&gt;b&lt;/div&gt;</h1>'),
        ("<p>\n\ntext\n\n</p>", "<p>\n</p><p>text</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a<li>b</ul>"),
        ("<!-- more -->", "<!-- more -->"),
        ("<!-- open", "<!-- open-->"),
        (
            "<details><summary>s</summary>\n\n- a\n\n</details>",
            "<details><summary>s</summary>\n<ul>\n<li>a</li>\n</ul>\n</details>",
        ),
    ],
)
def test_html_of_the_author(text: str, shown: str) -> None:
    assert re.sub(r"\n+", "\n", html(text)) == shown
