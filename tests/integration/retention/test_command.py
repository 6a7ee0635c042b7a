"""``tsunagi retention``: numbers alone; the audit is cut by the owner's role, and what is left is still a chain."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from handoff.adapters.audit_anchor import AnchorNote
from handoff.bootstrap.core import open_core
from handoff.domain.errors import ConfigurationError
from handoff.retention_command import run_now, show_due
from handoff.services.audit.check_chain import CheckChain
from handoff.services.audit.link_rows import LinkRows
from handoff.settings import ROOT, Settings
from kernel.sealing import ensure_key_file
from tests.integration.conftest import Database


def settings_of(database: Database, folder: Path, owner: str | None) -> Settings:
    ensure_key_file(folder / "seal.key")
    return Settings.model_validate(
        {
            "var": folder,
            "database_url": database.url,
            "database_owner_url": owner,
            "key_file": folder / "seal.key",
            "line_channel_secret": "s",
            "line_channel_access_token": "t",
            "line_api_url": "http://127.0.0.1:1",
            "profile": ROOT / "data" / "profiles" / "demo.yml",
        }
    )


async def test_row_23_the_command_finds_the_installation_s_own_database(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after ``make run``: neither of its addresses is set."""

    class Own:
        def __init__(self, var: Path) -> None:
            assert var == tmp_path
            self.database_url, self.owner_url = database.url, database.owner_url

    monkeypatch.setattr("handoff.installation.EmbeddedPostgres", Own)
    settings = settings_of(database, tmp_path, None).model_copy(update={"database_url": None})
    await show_due(settings)
    assert "相談の記録（365日）" in capsys.readouterr().out
    assert await run_now(settings, audit=True) == 0
    assert "操作の記録 0件を消しました" in capsys.readouterr().out


async def test_row_23_the_audit_goes_after_its_days_and_stays_a_chain(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = settings_of(database, tmp_path, None)
    await show_due(alone)
    told = capsys.readouterr().out
    assert "相談の記録（365日）" in told and "次の見回りで消えるもの 0件" in told
    with pytest.raises(ConfigurationError, match="持ち主だけ"):
        await run_now(alone, audit=True)
    settings = settings_of(database, tmp_path, database.owner_url)
    async with open_core(settings, pool_size=2) as core:
        now = core.setting.clock.now()
        for days in (2000, 1900, 100, 1):
            async with core.store.transaction() as tx:
                await tx.audit.add(now - timedelta(days=days), "worker", "forget_traces", uuid4(), count=1)
        link = LinkRows(core.store, core.setting, core.store.hashed, AnchorNote(tmp_path, core.store.hashed))
        assert await link() >= 4
        capsys.readouterr()
        assert await run_now(settings, audit=True) == 0
        assert "操作の記録 2件を消しました（1825日より前）" in capsys.readouterr().out
        assert (await CheckChain(core.store, core.store.hashed)()).fault is None
        async with core.store.reading() as tx:
            runs = await tx.retention.runs(5)
    assert runs[0].by == "command" and runs[0].ended
