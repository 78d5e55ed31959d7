"""Facts of the output folder: this build's files, written only when they differ, and nobody else's touched."""

import errno
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from publisher.build import output as module
from publisher.build import write_output
from publisher.build.output import _stamp
from publisher.cache.store import Cache
from publisher.dag.cid import Get
from publisher.errors import ConfigError
from tests.build.site import Workshop, article


class Output:
    def __init__(self, folder: Path, *, with_links: bool) -> None:
        self.shop = Workshop(folder)
        self.folder = folder / "out"
        self.warnings: list[str] = []
        self.with_links = with_links

    def write(self) -> int:
        built = self.shop.build()
        with Cache(self.shop.cache) as cache:
            links = built.links if self.with_links else None
            return write_output(cache, built.root, self.folder, warn=self.warnings.append, links=links)

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def expected(self) -> dict[str, bytes]:
        return self.shop.files(self.shop.build())


@pytest.fixture(params=[True, False], ids=["links of the build", "links of the root"])
def output(tmp_path: Path, request: pytest.FixtureRequest) -> Output:
    return Output(tmp_path, with_links=request.param)


def test_the_folder_shows_the_root(output: Output) -> None:
    assert output.write() == len(output.expected())
    assert output.files() == output.expected()


def test_a_second_time_writes_nothing(output: Output) -> None:
    output.write()
    before = {path: path.stat().st_mtime_ns for path in output.folder.rglob("*")}
    assert output.write() == 0
    assert {path: path.stat().st_mtime_ns for path in output.folder.rglob("*")} == before


def test_an_edit_writes_what_it_changed_and_a_deleted_article_goes(output: Output) -> None:
    output.write()
    output.shop.write({"content/posts/p1.md": article("Post 1", 1, "other", tags="[one]")})
    assert output.write() == 1 + 1  # its page, and the feed
    output.shop.remove("content/posts/p1.md")
    output.write()
    assert output.files() == output.expected()
    assert not (output.folder / "posts/p1").exists()


def test_after_a_write_that_was_cut_short_the_older_root_is_shown_whole(output: Output) -> None:
    output.write()
    older = output.shop.build()
    shown = output.files()
    output.shop.write({f"content/posts/p{n}.md": article(f"Post {n}", n, "other") for n in range(1, 4)})
    newer = output.shop.build()
    (output.folder / "tags").rename(output.folder / "moved")
    (output.folder / "tags").write_text("a file in the place of a folder ends the write in its middle")
    with pytest.raises(ConfigError), Cache(output.shop.cache) as cache:
        write_output(cache, newer.root, output.folder)
    (output.folder / "tags").unlink()
    (output.folder / "moved").rename(output.folder / "tags")
    assert output.files() != shown, "nothing was written before it was cut: the test shows nothing"
    with Cache(output.shop.cache) as cache:
        write_output(cache, older.root, output.folder)
    assert output.files() == shown


def test_a_file_that_somebody_changed_is_put_right(output: Output) -> None:
    output.write()
    (output.folder / "index.html").write_text("mine")
    (output.folder / "feed.xml").unlink()
    assert output.write() == 2
    assert output.files() == output.expected()


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_whose_row_is_damaged_is_written_all_the_same(output: Output, edited: bool) -> None:
    output.write()
    with Cache(output.shop.cache) as cache:
        cache.forget(f"output {output.folder.absolute()}", [b"posts/p1/index.html"])
    shutil.rmtree(output.folder)
    if edited:
        output.shop.write({"content/posts/p2.md": article("Post 2", 2, "other")})
    output.write()
    assert output.files() == output.expected()
    assert output.write() == 0


def test_a_page_whose_row_is_damaged_goes_with_its_article(output: Output) -> None:
    output.write()
    with Cache(output.shop.cache) as cache:
        cache.forget(f"output {output.folder.absolute()}", [b"posts/p1/index.html"])
    (output.folder / "CNAME").write_text("example.org")
    output.shop.remove("content/posts/p1.md")
    output.write()
    assert output.files() == {**output.expected(), "CNAME": b"example.org"}


def test_somebody_elses_files_stay(output: Output) -> None:
    output.folder.mkdir()
    (output.folder / "CNAME").write_text("example.org")
    output.write()
    output.shop.remove("content/posts/p1.md")
    output.write()
    assert (output.folder / "CNAME").read_text() == "example.org"


def test_without_a_cache_nothing_is_deleted_and_equal_files_are_not_written(output: Output) -> None:
    output.write()
    for path in output.shop.cache.iterdir():
        path.unlink()
    assert output.write() == 0
    assert output.warnings == []


def test_without_a_cache_the_pages_of_a_deleted_article_are_named(output: Output) -> None:
    output.write()
    for path in output.shop.cache.iterdir():
        path.unlink()
    output.shop.remove("content/posts/p1.md")
    (output.folder / "CNAME").write_text("example.org")
    output.write()
    assert (output.folder / "posts/p1/index.html").exists()
    (warning,) = output.warnings
    assert "1 file is not of this build: posts/p1/index.html;" in warning
    output.write()
    assert len(output.warnings) == 1, "it is said once: from now on the cache knows which files are whose"


@pytest.mark.parametrize("threads", [1, 4])
def test_many_files_are_written_by_threads(output: Output, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: threads)
    long = "长" * 60  # so long that the names of unfinished files have only a part of it
    files = {f"static/{n % 7}/{n % 3}/{long}{n}.txt": f"{n}" * n for n in range(3 * module.WORTH)}
    sizes = {"just.bin": module.LARGEST, "over.bin": module.LARGEST + 1, "far.bin": 5 * module.LARGEST}
    files |= {f"static/{name}": "x" * size for name, size in sizes.items()}
    output.shop.write(files)
    assert output.write() == len(output.expected())
    assert output.files() == output.expected()
    assert output.write() == 0
    for number, path in enumerate(sorted(output.files())):
        if number % 2 and not path.startswith("."):
            (output.folder / path).write_text("somebody changed this")
    output.write()
    assert output.files() == output.expected()


def test_threads_that_write_end_when_one_of_them_fails(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cores", lambda: 4)
    output.shop.write({f"static/{n}/x.txt": f"{n}" for n in range(3 * module.WORTH)})
    output.folder.mkdir()
    (output.folder / "50").write_text("a file in the place of a folder")
    before = threading.active_count()
    with pytest.raises(ConfigError, match="50"):
        output.write()
    assert threading.active_count() == before
    written = {path.split("/")[0] for path in output.files()}
    assert {"0", "1"} <= written
    assert not list(output.folder.rglob("*.part"))
    (output.folder / "50").unlink()
    output.shop.remove("static/0/x.txt")
    output.write()
    assert output.files() == output.expected()
    assert not (output.folder / "0").exists()  # the run that failed has recorded what it wrote


def test_the_unfinished_file_of_an_interrupted_run_is_replaced(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(part: str, place: str) -> None:
        raise KeyboardInterrupt

    output.shop.write({"static/large.bin": "x" * (module.LARGEST + 1)})
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            output.write()
    assert list(output.folder.rglob("*.part"))
    output.write()
    assert output.files() == output.expected()


def test_a_disk_that_is_full_keeps_nothing_unfinished(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes the beginning of a file, as a real one does, and then no more."""
    chunks = module._chunks

    def full(get: Get, cid: bytes) -> Iterator[bytes]:
        yield next(iter(chunks(get, cid)))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "_all_chunks", lambda chunks: None)
    monkeypatch.setattr(module, "_chunks", full)
    with pytest.raises(ConfigError, match="No space left on device") as caught:
        output.write()
    assert "make room" in caught.value.hint
    assert not list(output.folder.rglob("*.part"))


def test_a_link_in_the_place_of_a_folder_is_refused(output: Output, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    output.folder.mkdir()
    (output.folder / "posts").symlink_to(outside)
    with pytest.raises(ConfigError, match="symbolic link"):
        output.write()
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_file_gives_way_and_what_it_leads_to_stays(output: Output, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    output.folder.mkdir()
    (output.folder / "index.html").symlink_to(outside)
    output.write()
    assert outside.read_text() == "mine"
    assert output.files() == output.expected()


def test_nothing_behind_a_link_is_deleted(output: Output, tmp_path: Path) -> None:
    output.write()
    (output.folder / "posts").rename(tmp_path / "outside")
    (output.folder / "posts").symlink_to(tmp_path / "outside")
    output.shop.remove("content/posts/p1.md")
    with pytest.raises(ConfigError):
        output.write()
    assert (tmp_path / "outside/p1/index.html").exists()


def test_a_folder_in_the_place_of_a_file_is_named(output: Output) -> None:
    (output.folder / "index.html").mkdir(parents=True)
    with pytest.raises(ConfigError, match=r"index\.html"):
        output.write()


def test_a_file_is_another_when_its_size_its_times_or_its_inode_differ() -> None:
    def stamp(size: int = 1, modified: int = 2, changed: int = 3, inode: int = 4) -> bytes:
        status = SimpleNamespace(st_size=size, st_mtime_ns=modified, st_ctime_ns=changed, st_ino=inode)
        return _stamp(cast(os.stat_result, status))

    others = [stamp(size=9), stamp(modified=9), stamp(changed=9), stamp(inode=9), stamp(inode=2**64 - 1)]
    assert len({stamp(), *others}) == 6
    assert stamp() == stamp(inode=4 + 2**64)  # systems whose inodes are longer
