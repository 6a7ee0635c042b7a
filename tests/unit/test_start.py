"""What a process doesn't load at its start, and that nothing is lost by that."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

from handoff.adapters.yaml_source import DEEPEST, read_yaml
from handoff.domain.errors import ProfileError
from handoff.settings import ROOT
from kernel.loading import loading


def loaded_by(*modules: str) -> set[str]:
    program = f"import sys, {', '.join(modules)}; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_web_process_starts_without_what_only_some_pages_need() -> None:
    loaded = loaded_by("handoff.bootstrap.web", "handoff.web.app")
    assert "handoff.web.app" in loaded
    assert not loaded & {"openpyxl", "reportlab", "PIL"}


def test_the_collector_rests_while_something_is_loaded_and_no_longer() -> None:
    assert gc.isenabled()
    kept: list[list[list[int]]] = []
    frozen = gc.get_freeze_count()
    with pytest.raises(ZeroDivisionError), loading():
        assert not gc.isenabled()
        with loading():
            kept.append([[] for _ in range(1000)])
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + 1000


@pytest.mark.parametrize("deep", ["[" * (DEEPEST + 1), "- " * 300_000, "{a: " * 100_000], ids=["lists", "line", "maps"])
def test_a_file_that_goes_down_without_end_is_refused(deep: str, tmp_path: Path) -> None:
    """The parser in C would follow until its stack ends, and the process with it."""
    file = tmp_path / "deep.yml"
    file.write_text(f"a:\n  {deep}", encoding="utf-8")
    with pytest.raises(ProfileError, match="入れ子が深すぎます"):
        read_yaml(file)
