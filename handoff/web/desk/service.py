"""``/desk/service`` (運営): the pages by which the service is run, each for those who may use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from handoff.domain.security_check import month_words
from handoff.domain.staff import Permission, StaffMember
from handoff.web.desk.guard import ROOT, parts_of, reads
from handoff.web.desk.pages import page_of

desk_service = Blueprint("desk_service", url_prefix=ROOT)


@dataclass(frozen=True, slots=True)
class Area:
    """One of them: path below ``/desk``, title, what it is for, and who may open it."""

    path: str
    title: str
    about: str
    permission: Permission


AREAS: Final = (
    Area("shifts", "シフト", "始まりの確認、勤務の記録、日報と引継ぎ", Permission.READ_SHIFTS),
    Area("faults", "障害と訓練", "不具合の記録と教育委員会への報告、緊急対応の訓練", Permission.READ_SHIFTS),
    Area("schools", "学校台帳", "学校の名前、児童生徒数、連絡先", Permission.READ_REGISTER),
    Area("rosters", "名簿", "資格と経験、守秘の誓約、研修", Permission.READ_ROSTER),
    Area("accounts", "アカウント", "二段階の確認のようす、機器をなくした人の設定のし直し", Permission.RESET_FACTOR),
    Area("facts", "統計", "だれのことかわからない形での集計", Permission.COUNT),
    Area("policies", "運用ポリシー", "掲示する文とその版", Permission.READ_DOCUMENTS),
    Area(
        "documents", "提出書類", "登録から相談までの流れ、相談員の基本、緊急対応、守秘義務", Permission.READ_DOCUMENTS
    ),
    Area("retention", "保存と廃棄", "いつ何が消えるか、保全、破棄証明書、研究のための記録", Permission.READ_RETENTION),
    Area("requests", "請求と照会", "開示と削除の請求、教育委員会の指示、漏えいの報告", Permission.READ_DOCUMENTS),
    Area(
        "broadcasts", "お知らせとブロック", "一斉に送る文の承認、登録者、受付を止めている人", Permission.READ_DOCUMENTS
    ),
    Area("security", "月次の確認", "情報セキュリティの毎月の確認と、その記録", Permission.READ_DOCUMENTS),
    Area("audit", "監査記録", "だれが、いつ、何を開き、何をしたか", Permission.READ_AUDIT),
)


@desk_service.get("/service")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The list of them."""
    areas = [area for area in AREAS if member.may(area.permission)]
    due = await parts_of(request).audit.security.due(member)
    hints = {} if due is None else {"security": f"{month_words(due)}の確認がまだです"}
    if member.may(Permission.RESET_FACTOR) and (waiting := await parts_of(request).factors.accounts.to_answer(member)):
        hints["accounts"] = f"あなたの確認を待っている人がいます（{waiting}人）"
    return await page_of(request, member, "service.html", here="service", areas=areas, hints=hints)
