"""A key that was written into the code by mistake is found (row 30), and never shown."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
from pathlib import Path

import pytest

from supply.secrets import find, tracked, unknown

TOOL = Path(sys.executable).parent / "detect-secrets"


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, str]:
    """A repository with a key in a file, and the key; a second file isn't kept by git."""
    secret = base64.b64encode(random.Random(30).randbytes(32)).decode()
    (tmp_path / "settings.py").write_text(f'# harmless\nchannel_secret = "{secret}"\n')
    (tmp_path / "left_out.py").write_text(f'channel_secret = "{secret}"\n')
    (tmp_path / ".gitignore").write_text("left_out.py\n")
    subprocess.run(["git", "-C", str(tmp_path), "init", "--quiet"], check=True)
    return tmp_path, secret


def test_row_30_a_secret_in_a_kept_file_is_found_and_not_shown(planted: tuple[Path, str], tmp_path: Path) -> None:
    root, secret = planted
    files = tracked(root)
    assert set(files) == {"settings.py", ".gitignore"}
    found = find(TOOL, root, files)
    assert {(one.file, one.line) for one in found} == {("settings.py", 2)}
    assert secret not in repr(found)
    harmless = tmp_path / "harmless.yml"
    harmless.write_text("{}")
    assert unknown(found, harmless) == found
    harmless.write_text(f"settings.py: [{', '.join(sorted({one.hashed for one in found}))}]")
    assert unknown(found, harmless) == []
    # Another value in the same place is another secret.
    harmless.write_text(f"settings.py: ['{'0' * 40}']")
    assert unknown(found, harmless) == found
