"""``tsunagi alarm test``: does an alarm reach the people of the ladder?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import uuid4

from handoff.adapters.profiles import load_profile
from handoff.alarm_reach import desk_only_warning
from handoff.bootstrap.notices import open_notifier
from handoff.domain.escalation import Rung, is_desk, ladder, ways
from handoff.domain.notice import Medium, Notice, NoticeOutcome, NoticeResult
from handoff.domain.profile import Profile
from handoff.domain.session import Level
from handoff.settings import Settings

REACHED: Final = 0
NOT_REACHED: Final = 1

_NAMES: Final = {Medium.MAIL: "メール", Medium.WEBHOOK: "Webhook", Medium.VOICE: "電話"}
_SETTINGS: Final = {
    Medium.MAIL: "TSUNAGI_SMTP_URL と TSUNAGI_MAIL_FROM",
    Medium.WEBHOOK: "TSUNAGI_ALARM_WEBHOOK_URL と TSUNAGI_ALARM_WEBHOOK_SECRET",
    Medium.VOICE: "TSUNAGI_VOICE_GATEWAY_URL と TSUNAGI_VOICE_GATEWAY_TOKEN",
}
REMEDIES: Final = {
    "bad_address": "事業設定のメールアドレスを確かめてください",
    "bad_number": "事業設定の電話番号を確かめてください。6桁以上の半角の数字で、110・119・189には自動ではかけません",
    "timeout": "時間内に返事がありません。相手が動いているか確かめてください",
    "not_reached": "つながりません。アドレスとポート、ファイアウォールを確かめてください",
    "connection_lost": "途中で切れたか、返事が読めません。ポートと smtp:// smtps:// の別を確かめてください",
    "tls_refused": "暗号化できません。相手の証明書かSTARTTLSの設定を確かめてください",
    "login_refused": "利用者名かパスワードを、相手が受け付けません",
    "not_authorised": "トークンか合い言葉を、相手が受け付けません",
    "fault": "つなぎの側の誤りです。記録 (var/log) を見てください",
}
"""What the operator does about a code; ``smtp_…`` and ``http_…`` carry the other side's own number."""


async def send_test(settings: Settings, say: Callable[[str], None] = print) -> int:
    """Send a notice marked as a test to every rung over every medium that is set up, and say what came of each.

    One attempt each, without retries. 0 when all were sent, 1 when one failed or there was nothing to send.
    Raises: ProfileError.
    """
    profile = load_profile(settings.profile)
    say(f"{profile.service_name}: 緊急のお知らせの試験を送ります。「試験」と書いて送ります。")
    for medium, names in _SETTINGS.items():
        if medium not in settings.alarm_media:
            say(f"－ {_NAMES[medium]}: 設定されていません（{names}）")
    results: list[NoticeResult] = []
    async with open_notifier(settings) as notifier:
        for rung in ladder(profile, frozenset()):
            for medium in ways(rung, notifier.media):
                if medium is Medium.DESK or (is_desk(rung, profile) and medium is not Medium.WEBHOOK):
                    continue
                result = await notifier(_notice(profile, rung, medium))
                results.append(result)
                say(_told(rung, medium, result))
    warning = desk_only_warning(profile, settings.alarm_media)
    if warning is not None:
        say(f"注意: {warning}")
    sent = [result for result in results if result.outcome is NoticeOutcome.SENT]
    say(f"送れたもの {len(sent)} 件、送れなかったもの {len(results) - len(sent)} 件。")
    if sent:
        say("「送りました」は、相手の仕組みが受け取ったという意味です。本人に届いたかを、必ず確かめてください。")
    return REACHED if sent and len(sent) == len(results) else NOT_REACHED


def _notice(profile: Profile, rung: Rung, medium: Medium) -> Notice:
    return Notice(
        id=uuid4(),
        medium=medium,
        who=rung.who,
        to={Medium.MAIL: rung.mail, Medium.VOICE: rung.phone}.get(medium),
        service_name=profile.service_name,
        level=Level.CRITICAL,
        link=None,
        number=1,
        test=True,
    )


def _told(rung: Rung, medium: Medium, result: NoticeResult) -> str:
    """One line without address or number: what is printed may be copied into a ticket."""
    if result.outcome is NoticeOutcome.SENT:
        return f"○ {rung.who} {_NAMES[medium]}: 送りました"
    code = result.code or ""
    remedy = REMEDIES.get(code, "相手の返した番号です。相手の説明を見てください")
    again = "。本番では自動で送り直します" if result.outcome is NoticeOutcome.FAILED_RETRY else ""
    return f"× {rung.who} {_NAMES[medium]}: 送れませんでした ({code})。{remedy}{again}"
