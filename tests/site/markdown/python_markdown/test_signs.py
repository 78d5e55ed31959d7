"""Signs inside of words and numbers stay as they are, and signs that authors mean become what they mean."""

import pytest

from publisher.site.markdown.options import MarkdownOptions
from publisher.site.markdown.renderer import renderer as make_renderer

RENDERER = make_renderer()
PLAIN = make_renderer(options=MarkdownOptions(typography=False))


def html(text: str) -> str:
    return RENDERER.render("a.md", text, 1).html.removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize(
    "text",
    [
        *("1/2/2024", "2003/3/4", "10.0.0.1/8", "v1/2", "a/1/2/b", "1/2-inch", "x1/2", "1/2x", "1/20", "11/2", "1/2,3"),
        *("501(c)(3)", "f(c)", "(c)(3)", "C(r)", "x(tm)y", "Java(tm)", "a(c)", "arr(c)[0]", "版权(c)所有"),
        *("a--&gt;b", "--&gt;|", "ac/o", "c/od", "x+/-y", "a=/=b", "1st", "2nd", "3rd", "11th", "21st century"),
        *("a::b::c", "::b::", "a:b:c", "12:30:45", "std::cout::x", "x:smile:y"),
        *("1~2天，3~4天", "~/a、~/b", "~a~b", "周一~周五，9点~10点", "a ~ b ~ c", "100~200 and 300~400", "A~Z和a~z"),
        *("用==比较，不用==", "a==b and c==d", "x == y == z", "if a==b: c==d", "a==b==c", "写==，不写===，也不写=="),
        *("^_^", "^-^", "(^o^)", "哈哈^o^", "a ^ b ^ c", "2^10 and 2^20", "x^a b^y"),
        *("C++ and D++", "i++ + j++", "i++j++", "C++和D++", "g++-12 and c++17"),
    ],
)
def test_signs_that_no_author_means_are_text(text: str) -> None:
    assert html(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Half is 1/2 cup.", "Half is ½ cup."),
        ("(1/2) 3/4, 1/4; 1/8.", "(½) ¾, ¼; ⅛."),
        ("(c) 2024", "© 2024"),
        ("约 1/2 杯，（3/4）。", "约 ½ 杯，（¾）。"),
        ("a --> b <-- c <--> d", "a → b ← c ↔ d"),
        ("5 +/- 2, a =/= b", "5 ± 2, a ≠ b"),
        ("x c/o y (r) (tm)", "x ℅ y ® ™"),
        ("*(c)* a", "<em>©</em> a"),
        ("H~2~O, CO~2~, log~10~(x)", "H<sub>2</sub>O, CO<sub>2</sub>, log<sub>10</sub>(x)"),
        ("x^2^, 10^3^, (a+b)^n^, 1^st^", "x<sup>2</sup>, 10<sup>3</sup>, (a+b)<sup>n</sup>, 1<sup>st</sup>"),
        ("结论^1^", "结论<sup>1</sup>"),
        ("==a b== 这是==重点==内容", "<mark>a b</mark> 这是<mark>重点</mark>内容"),
        ("==**a**==", "<mark><strong>a</strong></mark>"),
        ("==a=b==", "<mark>a=b</mark>"),
        ("^^a b^^", "<ins>a b</ins>"),
        ("~~a b~~ 1~2", "<del>a b</del> 1~2"),
        ("==H~2~O 1~2==", "<mark>H<sub>2</sub>O 1~2</mark>"),
        ("中文:smile:中文", "中文😄中文"),
    ],
)
def test_signs_that_authors_mean_are_read(text: str, expected: str) -> None:
    assert html(text) == expected


def test_words_of_code_and_of_formulas_stay() -> None:
    assert html("`(c) 1/2 x\\|y`") == "<code>(c) 1/2 x\\|y</code>"
    assert "x\\|y" in html("| a |\n|---|\n| `x\\|y` |")
    assert "½" not in html("$1/2$ and `1/2`")


def test_a_word_beside_another_element_is_no_word_of_its_own() -> None:
    assert html("**v**1/2 and 1/2**v**") == "<strong>v</strong>1/2 and 1/2<strong>v</strong>"


def test_typography_can_be_left_out() -> None:
    text = "(c) 1/2 --> H~2~O ==a=="
    found = PLAIN.render("a.md", text, 1).html
    assert found == "<p>(c) 1/2 --&gt; H<sub>2</sub>O <mark>a</mark></p>"


@pytest.mark.parametrize("before", ["看", "", " ", "（", "，", "**a** ", "：", "(", "「"])
@pytest.mark.parametrize(
    "after", ["，b", "。", "）", "、", "；", "：", "？", "！", "》", "」", "”", "…", "—", "　", " 后", ""]
)
def test_a_bare_address_ends_before_chinese_punctuation(before: str, after: str) -> None:
    found = html(f"{before}https://example.org/a{after}")
    assert '<a href="https://example.org/a">https://example.org/a</a>' in found


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("https://zh.wikipedia.org/wiki/维基百科 x", "https://zh.wikipedia.org/wiki/维基百科"),
        ("https://example.org/a(b)，c", "https://example.org/a(b)"),
        ("见www.example.org。", "http://www.example.org"),
        ("https://example.org/a?b=c&amp;d，e", "https://example.org/a?b=c&amp;d"),
        ("https://example.org.", "https://example.org"),
    ],
)
def test_the_rest_of_a_bare_address_is_part_of_it(text: str, href: str) -> None:
    assert f'<a href="{href}">' in html(text)


@pytest.mark.parametrize(
    "text", [f"{letter}https://example.org" for letter in "xkKsS"] + ["http\u017f://example.org", "http\u017f:www"]
)
def test_a_word_right_before_an_address_makes_it_text(text: str) -> None:
    assert "<a" not in html(text)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("[`foo`]\n\n[`foo`]: b.md", "b.md"),
        ("[`foo`][]\n\n[`FOO`]: b.md", "b.md"),
        ("[x][`foo`]\n\n[`foo`]: b.md", "b.md"),
        ("[a `b` c]\n\n[a `b` c]: b.md", "b.md"),
        ("[a\\*b]\n\n[a\\*b]: b.md", "b.md"),
        ("[`a<b>`]\n\n[`a<b>`]: b.md", "b.md"),
        ("[x]\n\n[x]: <a b.md>", "a%20b.md"),
    ],
)
def test_code_may_be_the_name_of_a_link(text: str, target: str) -> None:
    found = RENDERER.render("a.md", text, 1)
    assert [one.target for one in found.references] == [target]
    assert not found.problems
