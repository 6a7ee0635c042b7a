"""``tsunagi alarm test`` over real sockets: everybody on the ladder gets one, marked, and the operator sees what came."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import SecretStr

from handoff.adapters.profiles import DATA
from handoff.alarm_command import NOT_REACHED, REACHED, send_test
from handoff.settings import Settings
from tests.support.alarm_ways import StandInGateway, StandInMail, http_gateway, mail_server

MAILS = ["first@board.example", "second@board.example"]
PHONE = "090-1111-2222"


def settings(folder: Path, mails: StandInMail, gateway: StandInGateway) -> Settings:
    path = folder / "city.yml"
    profile = yaml.safe_load((DATA / "profiles" / "demo.yml").read_text(encoding="utf-8"))
    profile["on_call"]["ladder"] = [
        {"who": "当番の業務責任者", "after_minutes": 0, "mail": MAILS[0], "phone": PHONE},
        {"who": "控えの業務責任者", "after_minutes": 5, "mail": MAILS[1]},
    ]
    path.write_text(yaml.safe_dump(profile, allow_unicode=True), encoding="utf-8")
    return Settings.model_construct(
        profile=path,
        smtp_url=SecretStr(f"smtp://127.0.0.1:{mails.port}"),
        mail_from="alarm@tsunagi.example",
        alarm_webhook_url=SecretStr(gateway.url),
        alarm_webhook_secret=SecretStr("a-secret-of-the-webhook"),
        voice_gateway_url=gateway.url,
        voice_gateway_token=SecretStr("a-token-of-the-gateway"),
    )


async def test_everybody_is_called_once_over_every_medium_and_every_text_says_test(tmp_path: Path) -> None:
    told: list[str] = []
    async with mail_server() as mails, http_gateway() as gateway:
        assert await send_test(settings(tmp_path, mails, gateway), told.append) == REACHED
    assert mails.recipients == MAILS
    assert all(message["Subject"].startswith("【試験】") for message in mails.taken)
    calls = [said for said in gateway.said if "say" in said]
    hooks = [said for said in gateway.said if "say" not in said]
    assert [(call["to"], "これは試験です" in call["say"]) for call in calls] == [("09011112222", True)]
    assert [(hook["who"], hook["test"], hook["link"]) for hook in hooks] == [
        ("当番の業務責任者", True, None),
        ("控えの業務責任者", True, None),
    ]
    assert [line for line in told if line.startswith("○")] == [
        "○ 当番の業務責任者 メール: 送りました",
        "○ 当番の業務責任者 Webhook: 送りました",
        "○ 当番の業務責任者 電話: 送りました",
        "○ 控えの業務責任者 メール: 送りました",
        "○ 控えの業務責任者 Webhook: 送りました",
    ]
    assert not any(secret in line for line in told for secret in (*MAILS, PHONE, "a-token", "a-secret"))


async def test_each_failure_is_told_with_its_code_and_remedy(tmp_path: Path) -> None:
    told: list[str] = []
    async with mail_server() as mails, http_gateway() as gateway:
        mails.on_recipient = ["550 unknown <first@board.example>"]
        gateway.statuses = [401, 503]
        assert await send_test(settings(tmp_path, mails, gateway), told.append) == NOT_REACHED
    failures = [line for line in told if line.startswith("×")]
    assert [line.split("(")[1].split(")")[0] for line in failures] == ["smtp_550", "not_authorised", "http_503"]
    assert failures[2].endswith("本番では自動で送り直します")
    assert "送れたもの 2 件、送れなかったもの 3 件。" in told
    assert not any("@board" in line for line in told)


async def test_with_nothing_set_up_it_says_so_and_fails(tmp_path: Path) -> None:
    told: list[str] = []
    assert await send_test(Settings.model_construct(), told.append) == NOT_REACHED
    assert [line for line in told if line.startswith("－")] != []
    assert any("だれにも行きません" in line for line in told)
