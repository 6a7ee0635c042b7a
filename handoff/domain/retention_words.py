"""Retention's codes in words, for the command and the pages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handoff.domain.retention import Cause, Held, HoldKind

HELD_WORDS: Final[Mapping[Held, str]] = {
    Held.HOLD: "保全（残すと決めた人がいます）",
    Held.OPEN: "続いている相談がある",
    Held.FRESH: "終わってから1日たっていない",
    Held.ESCALATION: "緊急対応が終わっていない",
    Held.REPORT: "通報が終わっていない",
    Held.REQUEST: "開示や削除の請求が終わっていない",
    Held.UNTOLD: "決定をまだ本人に伝えていない",
    Held.FOLLOW_UP: "続きの用事が残っている",
    Held.CORRECTION: "終了記録の訂正が確認を待っている",
    Held.SURVEY: "アンケートに答えている",
    Held.GLASS: "開いた手がかりの確認が終わっていない",
    Held.STEP: "照会の答えを待っている",
    Held.DELIVERY: "送る途中の言葉がある",
    Held.EVENT: "まだ処理していない言葉がある",
    Held.FILE: "ファイルを受け取る途中",
    Held.BLOCK: "受付を止めている",
    Held.WISH: "お知らせを断っている友だち（IDだけ残ります）",
    Held.UNCOUNTED: "統計をまだ書いていない",
}
HOLD_WORDS: Final[Mapping[HoldKind, str]] = {
    HoldKind.SERIOUS: "重大な事案",
    HoldKind.DISPUTE: "争い・裁判",
    HoldKind.ORDER: "捜査や教育委員会などの求め",
}
CAUSE_WORDS: Final[Mapping[Cause, str]] = {Cause.RULE: "日数による", Cause.ORDER: "二人の決定による"}
