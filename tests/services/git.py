"""Git as every test runs it: with an author of its own, and without the settings of this machine."""

import os
import subprocess
from pathlib import Path

SETTINGS = ("user.name=Anna", "user.email=anna@example.org", "init.defaultBranch=main", "protocol.file.allow=always")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, and return what it prints."""
    env = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    own = [word for setting in SETTINGS for word in ("-c", setting)]
    done = subprocess.run(["git", *own, *words], cwd=folder, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()
