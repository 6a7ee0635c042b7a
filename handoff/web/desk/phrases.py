"""``/desk/phrases``: the phrases of all, one's own, and those to review; and the list for the composer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from handoff.domain.coding import TOPIC_NAMES, TopicCode
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, OwnReview
from handoff.domain.phrase import LONGEST_TITLE, Phrase, PhraseState
from handoff.domain.session import Level
from handoff.domain.staff import StaffMember
from handoff.domain.wording_rules import LONGEST_BUBBLE
from handoff.services.care_ports import OwnPhrase
from handoff.services.desk.keep_phrase import LONGEST_REMARK, Written
from handoff.services.desk.read_phrases import PhrasePage
from handoff.web.desk.care import LEVELS
from handoff.web.desk.form_pages import Form, back, id_of, key_of, moment_of, moment_words, new_key, posts
from handoff.web.desk.guard import ROOT, parts_of, polls, reads
from handoff.web.desk.pages import page_of

desk_phrases = Blueprint("desk_phrases", url_prefix=ROOT)

PAGE: Final = f"{ROOT}/phrases"
SAID: Final = {
    "kept": "自分の定型文に足しました。",
    "changed": "書きかえました。みんなで使うには、もう一度提案してください。",
    "removed": "定型文を消しました。",
    "offered": "業務責任者に提案しました。返事があるまで、自分では今までどおり使えます。",
    "withdrawn": "提案を取り下げました。",
    "shared": "みんなの定型文に入れました。",
    "refused": "理由をそえて、書いた人に返しました。",
}
STATES: Final = {
    PhraseState.PRIVATE: "自分だけ",
    PhraseState.OFFERED: "確認待ち",
    PhraseState.SHARED: "みんなで使用中",
    PhraseState.REFUSED: "返されました",
}
_LEVEL_ORDER: Final = (Level.NONE, Level.CONCERN, Level.HIGH, Level.CRITICAL)


@desk_phrases.get("/api/phrases")
@polls
async def for_composer(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """``session`` (optional): the phrases that can be written there now, filled; what fits the talk comes first."""
    told = str(request.args.get("session", ""))
    try:
        session_id = UUID(told) if told else None
    except ValueError:
        raise NotFound("no such session") from None
    ready = await parts_of(request).care.read_phrases.for_talk(member, session_id)
    return json_response(
        [
            {
                "id": one.phrase.id,
                "title": one.phrase.title,
                "shortcut": one.phrase.shortcut,
                "text": one.text,
                "mine": one.mine,
                "fits": one.fits,
            }
            for one in ready
        ]
    )


@desk_phrases.get("/phrases")
@reads
async def show(request: Request[Any, Any], member: StaffMember) -> HTTPResponse:
    """The page."""
    return await _page(request, member)


def _written(form: Form) -> Written:
    """The fields of a phrase's form: ``title``, ``shortcut``, ``text``, a box ``topic_…`` and ``level_…`` for each."""
    return Written(
        title=form.get("title", ""),
        shortcut=form.get("shortcut", ""),
        text=form.get("text", "").strip(),
        topics=tuple(topic for topic in TopicCode if f"topic_{topic}" in form),
        levels=tuple(level for level in _LEVEL_ORDER if f"level_{level}" in form),
    )


@desk_phrases.post("/phrases")
@posts
async def keep(request: Request[Any, Any], member: StaffMember, form: Form) -> HTTPResponse:
    """A new own phrase; its ``key`` besides."""
    try:
        await parts_of(request).care.keep_phrase(member, key_of(form), _written(form))
    except InputRefused as error:
        return await _page(request, member, status=error.status, typed=form, fault=error.text, field=error.field)
    return back(PAGE, "kept", "own")


@desk_phrases.post("/phrases/<phrase_id:uuid>/<verb:str>")
@posts
async def act(request: Request[Any, Any], member: StaffMember, form: Form, phrase_id: UUID, verb: str) -> HTTPResponse:
    """``change``, ``remove``, ``offer``, ``withdraw``; a supervisor's ``share``, ``refuse``, ``take-back``."""
    care = parts_of(request).care
    try:
        match verb:
            case "change":
                await care.keep_phrase.change(phrase_id, member, _written(form))
                said = "changed"
            case "remove":
                await care.keep_phrase.remove(phrase_id, member)
                said = "removed"
            case "offer":
                await care.offer_phrase(phrase_id, member)
                said = "offered"
            case "withdraw":
                await care.offer_phrase.withdraw(phrase_id, member)
                said = "withdrawn"
            case "share" | "refuse":
                seen = moment_of(form, "seen")
                if seen is None:
                    raise InputRefused("seen", "画面が古くなっています。読み込み直してください。")
                if verb == "share":
                    await care.review_phrase.share(phrase_id, member, seen)
                    said = "shared"
                else:
                    await care.review_phrase.refuse(phrase_id, member, seen, form.get("remark", ""))
                    said = "refused"
            case "take-back":
                await care.review_phrase.take_back(phrase_id, member, form.get("remark", ""))
                said = "refused"
            case _:
                raise NotFound("no such verb")
    except (InputRefused, MoveRefused, OwnReview) as error:
        text = (
            "この定型文は、そのあいだに変わりました。下のいまの様子を見てください。"
            if isinstance(error, MoveRefused)
            else error.text
        )
        field = error.field if isinstance(error, InputRefused) else ""
        typed = {**form, "phrase": str(phrase_id), "verb": verb}
        return await _page(request, member, status=error.status, typed=typed, fault=text, field=field)
    return back(PAGE, said, "review" if verb in ("share", "refuse") else "own" if verb != "take-back" else "")


async def _page(
    request: Request[Any, Any],
    member: StaffMember,
    *,
    status: int = 200,
    typed: Form | None = None,
    fault: str | None = None,
    field: str = "",
) -> HTTPResponse:
    page = await parts_of(request).care.read_phrases.page(member)
    typed = typed or {}
    fresh = typed if typed and "phrase" not in typed else {}
    return await page_of(
        request,
        member,
        "phrases.html",
        status=status,
        here="phrases",
        said=SAID.get(str(request.args.get("said", ""))),
        fault=fault,
        field=field,
        typed=typed,
        fresh=fresh,
        key=id_of(fresh, "key") or new_key(),
        own=[_own(one, page) for one in page.own],
        offered=[_own(one, page) | {"is_mine": one.owner_id == member.id} for one in page.offered],
        groups=_by_topic(page),
        topics=[(f"topic_{topic}", name) for topic, name in TOPIC_NAMES.items()],
        levels=[(f"level_{level}", LEVELS[level]) for level in _LEVEL_ORDER],
        longest={"title": LONGEST_TITLE, "text": LONGEST_BUBBLE, "remark": LONGEST_REMARK},
    )


def _by_topic(page: PhrasePage) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """The phrases of all: those for any talk, then those for each topic; one for several stands under each."""
    shown = [_shared(phrase) for phrase in page.given]
    shown += [_shared(one.phrase) | {"by": page.aliases[one.owner_id], "uuid": str(one.id)} for one in page.ours]
    groups: Sequence[tuple[str, str]] = [
        ("any", "どの相談でも"),
        *((str(code), name) for code, name in TOPIC_NAMES.items()),
    ]
    found = [(code, name, [one for one in shown if code in (one["topics"] or ("any",))]) for code, name in groups]
    return [group for group in found if group[2]]


def _shared(phrase: Phrase) -> dict[str, Any]:
    return {
        "id": phrase.id,
        "title": phrase.title,
        "shortcut": phrase.shortcut,
        "text": phrase.text,
        "topics": tuple(str(topic) for topic in phrase.topics),
        "for": "・".join(LEVELS[level] for level in phrase.levels),
        "by": None,
        "uuid": None,
    }


def _own(own: OwnPhrase, page: PhrasePage) -> dict[str, Any]:
    phrase = own.phrase
    boxes = [*(f"topic_{topic}" for topic in phrase.topics), *(f"level_{level}" for level in phrase.levels)]
    return {
        "id": str(own.id),
        "title": phrase.title,
        "shortcut": phrase.shortcut,
        "text": phrase.text,
        "boxes": boxes,
        "for": "・".join(
            [*(TOPIC_NAMES[TopicCode(one)] for one in phrase.topics), *(LEVELS[one] for one in phrase.levels)]
        ),
        "state": str(own.state),
        "state_name": STATES[own.state],
        "remark": own.remark,
        "by": page.aliases[own.owner_id],
        "reviewed_by": None if own.reviewed_by is None else page.aliases[own.reviewed_by],
        "seen": own.updated_at.isoformat(),
        "at": moment_words(own.updated_at),
    }
