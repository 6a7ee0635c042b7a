"""The fixed words of a notice: which service, how urgent, that somebody must look, and where (KAG-7.1ア).

Nothing here is about the student. The service's name comes from the profile and is made one short line, so that it
can't begin a header or a second sentence of its own.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from handoff.domain.notice import Notice
from handoff.domain.session import Level

#: Letters of a service's name or role that a notice shows; more would push the urgency out of a phone's list of mails.
LONGEST_NAME: Final = 40

CALL_NOW: Final = "電話で直ちに"
URGENT: Final = "至急"


def urgency(level: Level) -> str:
    """How urgent, in the words of the reporting classes (KAG-7.1ア); all below critical is 至急."""
    return CALL_NOW if level is Level.CRITICAL else URGENT


def one_line(text: str) -> str:
    """A name as one short line without control or invisible characters."""
    # Cc, Cf, Zl …: line breaks, and marks that turn the direction of writing or hide letters.
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(visible.split())
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def subject(notice: Notice) -> str:
    """The subject of a mail."""
    service = one_line(notice.service_name)
    if notice.test:
        return f"【試験】{service} 緊急のお知らせの試験です"
    again = f"（{notice.number}回目）" if notice.number > 1 else ""
    return f"【{urgency(notice.level)}】{service} 確認をお願いします{again}"


def letter(notice: Notice) -> str:
    """The text of a mail."""
    service = one_line(notice.service_name)
    lines = [f"{one_line(notice.who)} さま", ""]
    if notice.test:
        lines += [
            f"これは、{service}の緊急のお知らせが届くかどうかの試験です。",
            "相談は来ていません。",
        ]
        if notice.link is None:
            lines += ["していただくことはありません。"]
    else:
        lines += [
            f"{service}で、すぐに人の確認が必要な相談があります。",
            f"緊急度: {urgency(notice.level)}",
            "",
            "確認して、受けたことを知らせてください。",
        ]
    if notice.link is not None:
        asked = "届いたら、次のページを開いてください。それだけで、届いたと伝わります。"
        lines += [asked if notice.test else "次のページを開いてください。", notice.link]
    elif not notice.test:
        lines += ["相談員の画面を開いてください。"]
    if not notice.test:
        lines += [
            "",
            "受けた方がいるまで、次の順番の方にもお知らせします。",
            "このお知らせに、相談の内容は書いていません。転送はしないでください。",
        ]
    return "\n".join(lines) + "\n"


def short(notice: Notice) -> str:
    """One sentence without the link, for a webhook (an SMS, a chat)."""
    service = one_line(notice.service_name)
    if notice.test:
        return f"【試験】{service} 緊急のお知らせの試験です。リンクがあれば、開いてください。"
    return f"【{urgency(notice.level)}】{service} すぐに人の確認が必要な相談があります。確認をお願いします。"


def spoken(notice: Notice) -> str:
    """What a call says."""
    service = one_line(notice.service_name)
    if notice.test:
        return f"{service}からの、自動の電話です。これは試験です。していただくことはありません。"
    return (
        f"{service}からの、自動の電話です。すぐに人の確認が必要な相談があります。緊急度は、{urgency(notice.level)}、です。"
        "届いているお知らせか、相談員の画面を開いて、確認をお願いします。"
    )
