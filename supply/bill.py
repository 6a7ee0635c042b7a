"""The bill of what is shipped (CycloneDX): every package of both environments with its version and hash."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

#: What runs in production; tools for working on the project aren't shipped.
SHIPPED: Final = ("service", "bot")


def write(uv: Path, root: Path, folder: Path) -> list[Path]:
    """Write one file for each environment from ``uv.lock``. Raises: CalledProcessError: uv refused."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for group in SHIPPED:
        target = folder / f"{group}.cdx.json"
        draft = target.with_suffix(".draft")
        command = [
            *(str(uv), "export", "--frozen", "--no-default-groups", "--group", group),
            *("--format", "cyclonedx1.5", "--preview-features", "sbom-export", "--quiet", "--output-file", str(draft)),
        ]
        subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)
        os.replace(draft, target)
        written.append(target)
    return written
