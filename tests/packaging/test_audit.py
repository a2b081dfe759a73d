"""`make audit` where the advisory service cannot be reached: it says so and fails, and never passes for an audit."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_an_audit_that_cannot_ask_says_that_nothing_was_audited(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        ended = subprocess.run(
            ["make", "audit", f"ADVISORIES={nobody}", f"PYTHON={sys.executable}", f"VENV={tmp_path / 'venv'}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode != 0
    assert f"{nobody} cannot be reached, so NOTHING was audited" in ended.stdout
    assert not (tmp_path / "venv").exists()
