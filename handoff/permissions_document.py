"""docs/permissions.md: who may come to which address, written from the table that the service itself asks (``make docs``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from handoff.domain.access import Door, Reach, Rule
from handoff.domain.staff import PERMISSIONS, ROLE_NAMES, WITHOUT_CLEARANCE, Permission, StaffRole
from handoff.settings import ROOT
from handoff.web.access import RULES, hides

PAGE: Final[Path] = ROOT / "docs" / "permissions.md"
_BEGIN: Final = "<!-- permissions: written by `make docs` -->"
_END: Final = "<!-- end of permissions -->"
RIGHTS: Final[dict[Permission, str]] = {
    Permission.COUNSEL: "相談を受ける（待っている相談を読む、担当する、書く、終える、記録を書く）",
    Permission.SUPERVISE: "業務責任者の仕事（ようすを見る、引き継ぐ、研修中の人の文を確かめる、受付を閉じる）",
    Permission.ESCALATE: "緊急対応をする",
    Permission.SHARE: "チームのメモと定型文",
    Permission.PRINT_CARDS: "カードの印刷",
    Permission.READ_REGISTER: "学校台帳を見る（電話番号はのぞく）",
    Permission.KEEP_REGISTER: "学校台帳を書く",
    Permission.COUNT: "統計を見る",
    Permission.RUN_SHIFT: "シフトの確認、勤務の記録、引継ぎ、障害の記録",
    Permission.READ_SHIFTS: "日報と障害の報告を読む",
    Permission.READ_ROSTER: "名簿を見る",
    Permission.KEEP_ROSTER: "名簿を書く",
    Permission.KEEP_POLICY: "運用ポリシーと、教育委員会に出す文を書く",
    Permission.READ_DOCUMENTS: "提出書類を読む",
    Permission.HANDLE_REQUESTS: "開示や削除の請求、漏えいの報告、ブロック",
    Permission.INSTRUCT: "教育委員会として答える、文を承認する",
    Permission.READ_RETENTION: "保存の期限と、廃棄の証明を見る",
    Permission.KEEP_RETENTION: "研究のための書き出しを教育委員会に頼み、受け取る",
    Permission.READ_AUDIT: "操作の記録を見る",
    Permission.CONFIRM_SECURITY: "毎月の安全の確認をする",
    Permission.RESET_FACTOR: "端末をなくした人の二段階目を外す（二人で）",
}
DOORS: Final[dict[Door, str]] = {
    Door.ANYBODY: "だれでも",
    Door.LINE: "LINEの署名",
    Door.CHAT: "そのチャットのクッキー",
    Door.REPORT: "その通報のしるし",
    Door.ALARM: "その警報のリンク",
    Door.DEMO: "だれでも（体験版のときだけ）",
    Door.HALF: "パスワードが合った人（二段階目の前から）",
    Door.SIGNED_IN: "ログインした人",
}
REACHES: Final[dict[Reach, str]] = {
    Reach.NOTHING: "—",
    Reach.OWN: "自分のもの",
    Reach.TEAM: "この窓口のもの",
    Reach.TALK_SEEN: "いま読める相談",
    Reach.TALK_OPEN: "開ける相談（いま読める相談と、その人の前の相談）",
    Reach.TALK_CARE: "開ける相談と、自分の用事がある人",
    Reach.TALK_HELD: "自分が担当する相談（責任者は、話しているすべて）",
    Reach.SHEET: "開ける相談の記録のうち、自分が書くもの、確かめるもの",
    Reach.CORRECTION: "自分の訂正、自分が確かめる訂正（責任者はすべて）",
    Reach.FILE: "開ける相談か、通報のファイル",
    Reach.REPORT: "送られた通報",
    Reach.ESCALATION: "進行中か、終わって24時間以内（そのあとは自分のもの。責任者はすべて）",
    Reach.OPENING: "開ける緊急対応のもの、まだだれも確かめていないもの",
    Reach.WISH: "開ける緊急対応のもの（開くのは頼んだ本人だけ）",
    Reach.PHRASE: "自分のもの（責任者は、共有を頼まれたもの、共有したもの）",
    Reach.NOTE: "みんなのもの（変えるのは、書いた人と責任者）",
    Reach.PERSON: "アカウントのある人（自分のことは変えられない）",
    Reach.REQUEST: "この窓口の請求（教育委員会は、二人目を待つものだけ）",
    Reach.INSTRUCTION: "指示はみんな、照会は聞く人と答える人だけ",
    Reach.PAPER: "この窓口のもの（書きかけは、書く人だけ）",
}


def text() -> str:
    """The tables of the page: what each role may do, then each address with its rule."""
    return "\n".join([*_rights(), "", *_addresses()])


def _rights() -> Iterator[str]:
    yield "## できること × 役割"
    yield ""
    yield "| できること | キー | " + " | ".join(ROLE_NAMES[role] for role in StaffRole) + " | 名簿や誓約がないとき |"
    yield "|---" * (len(StaffRole) + 3) + "|"
    for permission in Permission:
        marks = ["○" if role in PERMISSIONS[permission] else "—" for role in StaffRole]
        left = "○" if permission in WITHOUT_CLEARANCE else "—"
        yield f"| {RIGHTS[permission]} | `{permission}` | {' | '.join(marks)} | {left} |"


def _addresses() -> Iterator[str]:
    yield "## アドレスごとの決まり"
    yield ""
    yield "| アドレス | だれが | 届く範囲 | 権限のない人には |"
    yield "|---|---|---|---|"
    for address, rule in RULES.items():
        yield f"| `{address}` | {_who(rule)} | {REACHES[rule.reach]} | {_refused(address, rule)} |"


def _who(rule: Rule) -> str:
    if rule.door is not Door.SIGNED_IN or not rule.needs:
        return DOORS[rule.door] + ("（名簿や誓約がなくても）" if rule.uncleared else "")
    needs = "か".join(f"`{permission}`" for permission in rule.needs)
    return f"{needs}{'（研修中はのぞく）' if rule.trained else ''}"


def _refused(address: str, rule: Rule) -> str:
    if rule.door is not Door.SIGNED_IN or not rule.needs:
        return "—"
    return "404" if hides(address) else "403"


def filled(page: str) -> str:
    """The page with its tables as they are now. Raises: ValueError: it has no place for them."""
    head, _, rest = page.partition(_BEGIN)
    _old, mark, tail = rest.partition(_END)
    if not mark:
        raise ValueError(f"{PAGE}: no place for the tables")
    return f"{head}{_BEGIN}\n\n{text()}\n\n{_END}{tail}"


def write() -> None:
    """Write the page."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
