import re

import pytest

from publisher.site.words import direction, words
from publisher.site.words_data import TABLE

LANGUAGES = ["en", "zh", "zh-Hant", "ja", "ko", "de", "fr", "es", "pt", "ru", "ar"]


def blanks(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


def test_the_theme_speaks_these_languages() -> None:
    assert sorted(TABLE) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything_that_english_says_with_the_same_blanks(language: str) -> None:
    theirs, english = words(language), words("en")
    assert theirs.keys() == english.keys()
    assert all(text.strip() for text in theirs.values())
    assert {key: blanks(text) for key, text in theirs.items()} == {key: blanks(text) for key, text in english.items()}


def test_no_key_hides_behind_a_method_of_a_mapping_in_a_template() -> None:
    assert not [key for key in words("en") if hasattr({}, key)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("en-GB", "en"),
        ("zh-CN", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-Hans-HK", "zh"),
        ("zh_hant", "zh-Hant"),
        ("PT-br", "pt"),
        ("ptx", "en"),
        ("nl", "en"),
        ("", "en"),
    ],
)
def test_the_longest_known_prefix_speaks_and_english_where_there_is_none(asked: str, found: str) -> None:
    assert words(asked)["lang"] == found


@pytest.mark.parametrize(
    ("language", "way"),
    [
        ("en", "ltr"),
        ("zh-Hant", "ltr"),
        ("ar", "rtl"),
        ("ar-EG", "rtl"),
        ("he", "rtl"),
        ("fa_IR", "rtl"),
        ("arn", "ltr"),
        ("az-Arab", "rtl"),
        ("ar-Latn", "ltr"),
        ("de-1996", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_script_decides_over_a_language(language: str, way: str) -> None:
    assert direction(language) == way
    assert words(language)["dir"] == way


def test_a_date_reads_as_people_write_it() -> None:
    def said(language: str) -> str:
        own = words(language)
        return own["date"].format(year=2026, month=own["month_3"], day=8)

    assert said("en") == "8 March 2026"
    assert said("zh") == "2026年3月8日"
    assert said("ko") == "2026년 3월 8일"
    assert said("de") == "8. März 2026"
    assert said("ru") == "8 марта 2026 г."


def test_nobody_can_change_the_words_for_everybody() -> None:
    with pytest.raises(TypeError):
        words("en")["home"] = "House"  # type: ignore[index]
