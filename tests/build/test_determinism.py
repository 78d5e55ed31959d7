"""One root, whatever the machine: order of files, times, folder, zone, locale, hash seed, number of workers."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.site import Workshop, article

PROGRAM = """
import sys
from pathlib import Path
from publisher.build import BuildSettings, build
from publisher.cache.store import Cache
from publisher.site.settings import SiteSettings
folder = Path(sys.argv[1])
with Cache(folder / "cache") as cache:
    built = build(folder / "site", SiteSettings(title="One", url="https://one.example/", timezone="Asia/Shanghai"),
                  BuildSettings(), cache, workers=int(sys.argv[2]))
print(built.root)
"""

CODE = """
```python
def f(x: int) -> int:
    return {1, 2, x}
```

Text with a footnote[^1], 中文 and $x^2$.

[^1]: The note.
"""


def make(folder: Path, backwards: bool, seed: int) -> None:
    shop = Workshop(folder, posts=0)
    names = [f"p{n:02}" for n in range(40)]
    if backwards:
        names.reverse()
    for name in names:
        number = int(name[1:])
        tags = f"[{'one' if number % 2 else '二'}, all]"
        shop.write({f"content/posts/{name}.md": article(f"Post {number}", number % 20 + 1, CODE, tags=tags)})
        shop.write({f"content/images/{name}.bin": name.encode() * 100})
    for path in shop.folder.rglob("*"):
        when = random.Random(f"{seed}{path.name}").randrange(10**9)
        os.utime(path, (when, when))


def root(folder: Path, workers: int, **environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, folder, str(workers)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("plain")
    make(folder, backwards=False, seed=1)
    return root(folder, 1, TZ="UTC", PYTHONHASHSEED="0")


def test_reversed_files_other_times_folder_zone_locale_seed_and_workers(expected: str, tmp_path: Path) -> None:
    folder = tmp_path / "其他 folder"
    make(folder, backwards=True, seed=2)
    assert root(folder, 2, TZ="Pacific/Apia", PYTHONHASHSEED="4711", LC_ALL="tr_TR.UTF-8", LANG="C") == expected


def test_no_locale_at_all_and_more_workers(expected: str, tmp_path: Path) -> None:
    make(tmp_path, backwards=False, seed=3)
    assert root(tmp_path, 3, LC_ALL="C", PYTHONHASHSEED="1", PYTHONUTF8="0", PYTHONOPTIMIZE="1") == expected
