"""``tsunagi schools`` and ``tsunagi cards``: the register by the command line, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from handoff import cards_command, schools_command
from handoff.adapters.register_files import read_file
from handoff.domain.errors import ConfigurationError
from handoff.settings import ROOT, Settings
from kernel.sealing import ensure_key_file
from tests.integration.conftest import Database
from tests.integration.test_schools import ONE, TELEPHONE, file_of


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    ensure_key_file(tmp_path / "seal.key")
    values = {"database_url": database.url, "key_file": tmp_path / "seal.key", "line_channel_secret": "s"} | {
        "line_channel_access_token": "t"
    }
    return Settings.model_validate(
        values | {"line_api_url": "http://127.0.0.1:1", "profile": ROOT / "data" / "profiles" / "demo.yml"}
    )


async def test_schools_come_in_and_go_out_by_the_command_line(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad, good, out = tmp_path / "bad.csv", tmp_path / "good.csv", tmp_path / "out.xlsx"
    bad.write_bytes(file_of(ONE, {**ONE, "コード": "cd34", "中1": "-3"}))
    assert await schools_command.import_schools(settings, bad, False) == 1
    said = capsys.readouterr()
    assert (
        "3行目「中1」: 「-3」は負の数です" in said.err
        and "何も取り込んでいません" in said.err
        and TELEPHONE not in said.err
    )
    good.write_bytes(file_of(ONE, {**ONE, "コード": "cd34"}))
    assert await schools_command.import_schools(settings, good, False) == 0
    assert "新しい学校 2、変わった学校 0、同じ 0" in capsys.readouterr().out
    good.write_bytes(file_of(ONE))
    assert await schools_command.import_schools(settings, good, True) == 0
    assert "同じ 1、ファイルにない学校 1（閉じました）" in capsys.readouterr().out
    await schools_command.export_schools(settings, out)
    assert len(read_file(out.read_bytes()).drafts) == 2
    await schools_command.export_schools(settings, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")

    cards = tmp_path / "cards.pdf"
    await cards_command.write_cards(settings, cards)
    assert "1枚" in capsys.readouterr().out, "a closed school has no card"
    assert len(pypdfium2.PdfDocument(cards)) == 1
    with pytest.raises(ConfigurationError, match="読めません"):
        await schools_command.import_schools(settings, tmp_path / "nowhere.csv", False)
