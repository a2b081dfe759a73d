"""Revisions: a policy as it is in a directory, or as it was in a revision that git keeps."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

_GIT = "git:"
_SECONDS = 60


@contextmanager
def policy_at(place: str) -> Iterator[Path]:
    """The directory of a policy, for as long as it is needed.

    Args:
        place: A directory, or `git:REVISION:DIRECTORY` with a directory of the repository that we are in, as seen from
            its root.

    Raises:
        ValueError: git has no such revision, or no such directory in it; the message says what git said.
    """
    if not place.startswith(_GIT):
        yield Path(place)
        return
    revision, colon, directory = place.removeprefix(_GIT).partition(":")
    if not (revision and colon and directory) or revision.startswith("-"):
        raise ValueError(f"{place!r} names no policy in git; write git:REVISION:DIRECTORY, for example git:main:config")
    with TemporaryDirectory(prefix="escalade-") as folder:
        with tarfile.open(fileobj=BytesIO(_archive(revision, directory))) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def _archive(revision: str, directory: str) -> bytes:
    """The directory in that revision, as git packs it."""
    root = _git("rev-parse", "--show-toplevel").decode().strip()
    return _git("-C", root, "archive", "--format=tar", f"{revision}:{directory.strip('/')}")


def _git(*arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"git cannot be asked: {error}") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip()
        raise ValueError(f"git: {told.removeprefix('fatal: ')}")
    return done.stdout
