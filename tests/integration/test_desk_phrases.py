"""Phrases: kept for oneself, offered, shared by a supervisor, and given to the composer as they fit the talk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.adapters.phrases import load_phrases
from handoff.domain.errors import InputRefused, MoveRefused, NotFound, NotPermitted, OwnReview
from handoff.domain.phrase import PhraseState
from handoff.domain.staff import StaffMember, StaffRole
from handoff.services.care_ports import OwnPhrase
from handoff.services.desk.keep_phrase import KeepPhrase, OfferPhrase, ReviewPhrase, Written
from handoff.services.desk.read_phrases import ReadPhrases
from handoff.settings import ROOT
from tests.integration.conftest import OPEN, Service
from tests.integration.desk_care_support import (
    EMOJI,
    HOSTILE,
    LONG,
    Browser,
    account,
    at_the_desk,
    browser,
    claimed,
    entries,
    hidden,
    later,
    member,
    told,
)

SHARED = load_phrases(ROOT / "data" / "desk" / "phrases.yml")
OWN = Written("部活", "bukatsu", "部活のことで、つらかったのですね。", ("friends",))


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    """A counsellor's browser at the desk."""
    async with at_the_desk(service, "yuki") as at:
        yield at


@pytest.fixture
async def me(service: Service, yuki: Browser) -> StaffMember:
    return await member(service, "yuki")


async def kept(service: Service, who: StaffMember, written: Written = OWN) -> UUID:
    key = uuid4()
    await KeepPhrase(service.store, service.setting, SHARED)(who, key, written)
    return key


async def found(service: Service, phrase_id: UUID) -> OwnPhrase:
    async with service.store.transaction() as tx:
        return await tx.phrases.lock(phrase_id)


async def offered(service: Service, who: StaffMember, written: Written = OWN) -> tuple[UUID, datetime]:
    phrase_id = await kept(service, who, written)
    await OfferPhrase(service.store, service.setting)(phrase_id, who)
    return phrase_id, (await found(service, phrase_id)).updated_at


def review(service: Service) -> ReviewPhrase:
    return ReviewPhrase(service.store, service.setting, SHARED)


async def test_an_own_phrase_is_kept_once_sealed_and_on_record(service: Service, me: StaffMember) -> None:
    key = await kept(service, me)
    await KeepPhrase(service.store, service.setting, SHARED)(me, key, OWN)
    (row,) = await service.rows("SELECT * FROM phrases")
    assert (row.id, row.owner_id, row.state) == (key, me.id, "private")
    assert "部活".encode() not in row.content and b"bukatsu" not in row.content
    (entry,) = await entries(service, "keep_phrase")
    assert entry.detail == {"phrase": str(key), "length": len(OWN.text)}
    assert [event.subject for event in await told(service, "phrase")] == [key]
    assert (await found(service, key)).phrase.topics == ("friends",)


@pytest.mark.parametrize(
    ("written", "field"),
    [
        (Written("", "ab", "大丈夫です。"), "title"),
        (Written("x" * 31, "ab", "大丈夫です。"), "title"),
        (Written("x", "A1", "大丈夫です。"), "shortcut"),
        (Written("x", "hajime", "大丈夫です。"), "shortcut"),  # one of all
        (Written("x", "bukatsu", "大丈夫です。"), "shortcut"),  # an own one
        (Written("x", "ab", ""), "text"),
        (Written("x", "ab", "あ" * 121), "text"),
        (Written("x", "ab", "がんばってください。"), "text"),
        (Written("x", "ab", "すぐに返事します。"), "text"),
        (Written("x", "ab", "{student}さん。"), "text"),
        (Written("x", "ab", "{alias"), "text"),
        (Written("x", "ab", "大丈夫です。", ("nothing",)), "topics"),
    ],
)
async def test_what_no_student_may_read_is_refused(
    service: Service, me: StaffMember, written: Written, field: str
) -> None:
    await kept(service, me)
    with pytest.raises(InputRefused) as refused:
        await kept(service, me, written)
    assert refused.value.field == field
    assert len(await service.rows("SELECT 1 FROM phrases")) == 1


async def test_a_supervisor_shares_what_they_read_and_nothing_else(service: Service, me: StaffMember) -> None:
    minato, sora = await member(service, "minato"), await member(service, "sora")
    phrase_id, seen = await offered(service, me)
    with pytest.raises(NotPermitted):
        await review(service).share(phrase_id, sora, seen)
    later(service, minutes=1)
    await KeepPhrase(service.store, service.setting, SHARED).change(
        phrase_id, me, Written("部活", "bukatsu", "ほかの文です。")
    )
    with pytest.raises(NotFound):  # it is private again, and nobody's but theirs
        await review(service).share(phrase_id, minato, seen)
    await OfferPhrase(service.store, service.setting)(phrase_id, me)
    with pytest.raises(MoveRefused):
        await review(service).share(phrase_id, minato, seen)
    seen = (await found(service, phrase_id)).updated_at
    for _ in range(2):
        await review(service).share(phrase_id, minato, seen)
    assert len(await entries(service, "share_phrase")) == 1
    own = await found(service, phrase_id)
    assert (own.state, own.reviewed_by) == (PhraseState.SHARED, minato.id)
    keep = KeepPhrase(service.store, service.setting, SHARED)
    for verb in (
        keep.change(phrase_id, me, OWN),
        keep.remove(phrase_id, me),
        OfferPhrase(service.store, service.setting)(phrase_id, me),
    ):
        with pytest.raises(MoveRefused):
            await verb
    with pytest.raises(InputRefused):
        await kept(service, sora, Written("x", "bukatsu", "大丈夫です。"))
    await review(service).take_back(phrase_id, minato, "古くなりました。")
    assert (await found(service, phrase_id)).remark == "古くなりました。"


async def test_a_phrase_comes_back_with_a_reason_and_nobody_reviews_their_own(
    service: Service, me: StaffMember
) -> None:
    minato = await member(service, "minato")
    phrase_id, seen = await offered(service, me)
    with pytest.raises(InputRefused):
        await review(service).refuse(phrase_id, minato, seen, "  ")
    await review(service).refuse(phrase_id, minato, seen, "にた文があります。")
    own = await found(service, phrase_id)
    assert (own.state, own.remark) == (PhraseState.REFUSED, "にた文があります。")
    (row,) = await service.rows("SELECT content FROM phrases")
    assert "にた文".encode() not in row.content
    assert "にた文" not in repr(await entries(service, "refuse_phrase"))
    theirs, seen = await offered(service, minato)
    with pytest.raises(OwnReview) as refused:
        await review(service).share(theirs, minato, seen)
    assert "ほかの業務責任者" in refused.value.text
    with pytest.raises(NotFound):
        await KeepPhrase(service.store, service.setting, SHARED).remove(theirs, me)


async def test_nobody_sees_anothers_phrase_before_it_is_offered(service: Service, me: StaffMember) -> None:
    await kept(service, me)
    read = ReadPhrases(service.store, service.setting, SHARED)
    for name in ("sora", "minato"):
        page = await read.page(await member(service, name))
        assert not page.own and not page.offered and not page.ours
        assert all(one.phrase.shortcut != "bukatsu" for one in await read.for_talk(await member(service, name), None))
    with pytest.raises(NotPermitted):
        await read.page(await account(service, "gakushu", StaffRole.TRAINER))


# --- for the composer ---------------------------------------------------------------------------------------------------


async def composer(at: Browser, session_id: UUID | str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await at.json(f"/desk/api/phrases?session={session_id}")
    return found


async def test_what_fits_the_talk_comes_first_filled_and_the_own_ones_at_the_front(
    service: Service, yuki: Browser, me: StaffMember
) -> None:
    await kept(service, me, Written("いじめの人に", "own", "{alias}が聞いています。", ("bullying",)))
    await kept(service, me)
    session_id = await claimed(service, "yuki", topic="bullying")
    listed = await composer(yuki, session_id)
    assert set(listed[0]) == {"id", "title", "shortcut", "text", "mine", "fits"}
    assert (listed[0]["text"], listed[0]["mine"], listed[0]["fits"]) == ("ゆきが聞いています。", True, True)
    fits = [one["fits"] for one in listed]
    assert fits == sorted(fits, reverse=True) and not fits[-1]
    by_id = {one["id"]: one for one in listed}
    assert by_id["receive_bullying"]["fits"] and not by_id["receive_family"]["fits"]
    assert not by_id["safe_emergency"]["fits"], "that is for high and critical"
    assert next(one for one in listed if one["shortcut"] == "bukatsu")["fits"] is False
    assert all("{" not in one["text"] for one in listed)
    await service.change("UPDATE sessions SET level = 'critical'")
    by_id = {one["id"]: one for one in await composer(yuki, session_id)}
    assert by_id["safe_emergency"]["fits"] and not by_id["ask_what"]["fits"]


async def test_a_phrase_that_nothing_fills_is_left_out(service: Service, yuki: Browser) -> None:
    assert "lines_also" in {one["id"] for one in await composer(yuki)}
    for lines in ((), None):
        service.setting.profile = service.setting.profile.model_copy(update={"lines": lines})
        listed = await composer(yuki)
        assert "lines_also" not in {one["id"] for one in listed} and len(listed) > 50


async def test_a_talk_that_somebody_may_not_read_has_no_phrases(service: Service, yuki: Browser) -> None:
    session_id = await claimed(service, "sora")
    for wrong in (session_id, uuid4(), "x", "../x"):
        assert (await yuki.get(f"/desk/api/phrases?session={wrong}"))[0] == 404
    assert (await browser(yuki.url).get("/desk/api/phrases"))[0] == 303


# --- the page -----------------------------------------------------------------------------------------------------------


async def test_a_phrase_goes_its_way_on_the_page(service: Service, yuki: Browser) -> None:
    action = "/desk/phrases"
    fields = hidden(await yuki.page(action), action)
    fields |= {"title": HOSTILE[:30], "shortcut": "/abc", "text": "大丈夫です。", "topic_net": "on", "level_high": "on"}
    for _ in range(2):
        assert (await yuki.post(action, fields))[2] == "/desk/phrases?said=kept#own"
    (row,) = await service.rows("SELECT id FROM phrases")
    page = await yuki.page(action)
    assert "<script>alert" not in page and "ネット・高い" in page
    assert (await yuki.send(action, f"{action}/{row.id}/offer"))[2] == "/desk/phrases?said=offered#own"
    assert (await yuki.post(f"{action}/{row.id}/share", fields | {"seen": "2026-11-20T18:00:00+09:00"}))[0] == 404
    minato = browser(yuki.url)
    await minato.sign_in("minato")
    refuse = f"{action}/{row.id}/refuse"
    status, page, _ = await minato.send(action, refuse, remark="")
    assert status == 400 and "理由を" in page and 'aria-invalid="true"' in page
    assert (await minato.send(action, f"{action}/{row.id}/share"))[2] == "/desk/phrases?said=shared#review"
    status, page, _ = await minato.post(
        refuse,
        hidden(await minato.page(action), f"{action}/{row.id}/take-back") | {"remark": "x", "seen": OPEN.isoformat()},
    )
    assert status == 409 and "そのあいだに変わりました" in page
    assert (await minato.send(action, f"{action}/{row.id}/take-back", remark="x"))[0] == 303
    await minato.http.close()
    assert (await yuki.send(action, f"{action}/{row.id}/remove"))[0] == 303
    assert await service.rows("SELECT 1 FROM phrases") == []


@pytest.mark.parametrize("text", [LONG, EMOJI, "がんばってください。", "{"])
async def test_what_is_refused_comes_back_as_it_was_typed(service: Service, yuki: Browser, text: str) -> None:
    boxes = {
        f"topic_{code}": "on"
        for code in ("bullying", "truancy", "friends", "study", "mind_body", "staff", "family", "abuse")
    }
    status, page, _ = await yuki.send(
        "/desk/phrases", "/desk/phrases", title="題です", shortcut="abc", text=text, **boxes
    )
    assert status == 400 and "題です" in page and text in page and "この文は使えません" in page
    assert page.count(" checked") == len(boxes)
    fields = hidden(page, "/desk/phrases")
    for path in (f"/desk/phrases/{uuid4()}/offer", f"/desk/phrases/{uuid4()}/nothing"):
        assert (await yuki.post(path, fields))[0] == 404
    assert (await yuki.post("/desk/phrases", fields | {"text": "x"}, {"origin": "https://evil.example"}))[0] == 403
    assert (await yuki.post("/desk/phrases", {"text": "x"}))[0] == 403
    assert await service.rows("SELECT 1 FROM phrases") == []
