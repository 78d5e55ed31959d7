"""What a search of a page suspects of leading to the root of the host."""

import pytest

from publisher.intake.root_links import is_rooted, unusual


@pytest.mark.parametrize("before", [b"", b" ", b"<!doctype html><p>"])
def test_what_a_script_holds_is_not_suspected_wherever_the_script_begins(before: bytes) -> None:
    assert unusual(before + b"<script>x = /y/; z =/z/</script>") == set()
    assert unusual(before + b"<script>x =/y/</script><script>x =/y/</script>") == set()


@pytest.mark.parametrize("before", [b"", b" ", b"<script>a</script>", b"<script>a</script> <script>b</script>"])
def test_what_stands_beside_scripts_is_suspected(before: bytes) -> None:
    assert unusual(before + b"<p x=/y/>") == {b"/y/"}
    assert unusual(before + b"<p x=/y/><script>z =/z/</script>") == {b"/y/"}
    assert unusual(before + b"<!-- <script> --><p x=/y/>") == {b"/y/"}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        *(("/a", b"/a"), ("\\a", b"/a"), (" /a ", b"/a"), ("/\na", b"/a"), ("/", b"/"), ("/é", "/é".encode())),
        *(("//a", b""), ("/\\a", b""), ("a", b""), ("", b""), ("/{{a}}", b""), ("#/a", b"")),
    ],
)
def test_what_leads_to_the_root_of_the_host(text: str, path: bytes) -> None:
    assert is_rooted(text) == path
