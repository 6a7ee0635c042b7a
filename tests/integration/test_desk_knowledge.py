"""The board of notes (WG-20): found by any spelling, changed by its author or a supervisor, gone when its time is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.knowledge import is_found, pieces, words_of
from handoff.domain.staff import StaffRole
from handoff.services.desk.knowledge import ReadKnowledge, RemoveKnowledge, WriteKnowledge
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import (
    EMOJI,
    HOSTILE,
    LONG,
    Browser,
    account,
    at_the_desk,
    browser,
    entries,
    hidden,
    later,
    member,
    told,
)
from tests.support.fakes import FrozenClock

TODAY = date(2026, 11, 20)
TITLE, TEXT = "スマブラの大会", "体育館であります。"


@pytest.fixture
async def yuki(service: Service) -> AsyncIterator[Browser]:
    """A counsellor's browser at the desk."""
    async with at_the_desk(service, "yuki") as at:
        yield at


async def written(service: Service, title: str = TITLE, until: date | None = None, who: str = "yuki") -> UUID:
    key = uuid4()
    await WriteKnowledge(service.store, service.setting)(await member(service, who), key, title, TEXT, until)
    return key


@given(st.text(max_size=80), st.text(max_size=10))
def test_what_is_marked_is_the_text_itself(text: str, query: str) -> None:
    words = words_of(query)
    cut = pieces(text, words)
    assert "".join(piece for piece, _found in cut) == text
    if words and is_found(words, text):
        assert any(found for _piece, found in cut)


@pytest.mark.parametrize("query", ["スマブラ", "すまぶら", "ｽﾏﾌﾞﾗ", "大会　すま", "ス\u200bマブラ"])
def test_a_note_is_found_however_it_is_spelt(query: str) -> None:
    assert is_found(words_of(query), TITLE, TEXT)
    assert not is_found(words_of(f"{query} ない"), TITLE, TEXT)


async def test_a_note_is_put_up_once_sealed_and_on_record(service: Service, yuki: Browser) -> None:
    key = await written(service, until=TODAY)
    write, me = WriteKnowledge(service.store, service.setting), await member(service, "yuki")
    await write(me, key, "ほか", "ほか", None)
    (row,) = await service.rows("SELECT * FROM knowledge_notes")
    assert (row.id, row.author_id, row.expires_on) == (key, me.id, TODAY)
    assert TITLE.encode() not in row.content and TEXT.encode() not in row.content
    await write.change(key, me, TITLE, TEXT, TODAY)
    (entry,) = await entries(service, "write_knowledge")
    assert entry.detail == {"note": str(key), "length": len(TEXT)} and entry.actor == me.actor
    assert await entries(service, "change_knowledge") == [], "the same again changes nothing"
    assert [event.subject for event in await told(service, "knowledge")] == [key]


async def test_its_author_and_supervisors_change_it_and_nobody_else(service: Service, yuki: Browser) -> None:
    key = await written(service)
    write, remove = WriteKnowledge(service.store, service.setting), RemoveKnowledge(service.store, service.setting)
    sora, minato = await member(service, "sora"), await member(service, "minato")
    board = await account(service, "kyoiku", StaffRole.BOARD)
    for person in (sora, board):
        with pytest.raises(NotPermitted):
            await write.change(key, person, "x", "x", None)
        with pytest.raises(NotPermitted):
            await remove(key, person)
    for verb in (write(board, uuid4(), "x", "x", None), ReadKnowledge(service.store, service.setting)(board)):
        with pytest.raises(NotPermitted):
            await verb
    await write.change(key, minato, "直した題", TEXT, None)
    await remove(key, minato)
    (row,) = await service.rows("SELECT * FROM knowledge_notes")
    assert "直した" not in SEALER.open("knowledge_notes", "content", str(key), row.content), "its words are gone"
    for again in (remove(key, minato), write.change(key, minato, "x", "x", None)):
        with pytest.raises(NotFound):
            await again
    assert len(await entries(service, "change_knowledge")) == len(await entries(service, "remove_knowledge")) == 1


@pytest.mark.parametrize(
    ("title", "text", "until"),
    [
        ("", "x", None),
        ("x" * 61, "x", None),
        ("x", " \n", None),
        ("x", "x" * 601, None),
        ("x", "x", TODAY - timedelta(days=1)),
        ("x", "x", date(2099, 1, 1)),
    ],
)
async def test_what_doesnt_fit_is_refused(service: Service, title: str, text: str, until: date | None) -> None:
    service.setting.clock = FrozenClock(OPEN)
    me = await account(service, "kokoro", StaffRole.COUNSELLOR)
    with pytest.raises(InputRefused):
        await WriteKnowledge(service.store, service.setting)(me, uuid4(), title, text, until)
    assert await service.rows("SELECT 1 FROM knowledge_notes") == []


async def test_a_note_whose_time_is_over_is_listed_for_thirty_days(service: Service, yuki: Browser) -> None:
    await written(service, until=TODAY)
    later(service, minutes=1)
    await written(service, "ずっとのメモ")
    read, sora = ReadKnowledge(service.store, service.setting), await member(service, "sora")
    assert [note.title for note in (await read(sora)).notes] == ["ずっとのメモ", TITLE]
    later(service, days=1)
    board = await read(sora)
    assert ([one.title for one in board.notes], [one.title for one in board.over]) == (["ずっとのメモ"], [TITLE])
    later(service, days=29)
    assert len((await read(sora)).over) == 1
    later(service, days=1)
    board = await read(sora)
    assert ([one.title for one in board.notes], board.over) == (["ずっとのメモ"], [])


async def test_the_page_searches_writes_changes_and_removes(service: Service, yuki: Browser) -> None:
    fields = hidden(await yuki.page("/desk/knowledge"), "/desk/knowledge")
    assert 'name="expires_on" value="2027-02-18"' in await yuki.page("/desk/knowledge"), "ninety days by default"
    fields |= {"title": TITLE, "text": HOSTILE, "expires_on": ""}
    for _ in range(2):
        assert (await yuki.post("/desk/knowledge", fields))[0::2] == (303, "/desk/knowledge?said=written")
    (row,) = await service.rows("SELECT id, expires_on FROM knowledge_notes")
    assert row.expires_on is None
    page = await yuki.page("/desk/knowledge?q=%EF%BD%BD%EF%BE%8F%EF%BE%8C%EF%BE%9E%EF%BE%97")  # ｽﾏﾌﾞﾗ
    assert "<mark>スマブラ</mark>の大会" in page and "<script>alert" not in page and "\u202e" not in page
    assert "見つかりませんでした" in await yuki.page("/desk/knowledge?q=%3Cscript%3E%20zzz")
    change, remove = f"/desk/knowledge/{row.id}/change", f"/desk/knowledge/{row.id}/remove"
    for title, text in ((LONG, "x"), ("x", LONG), (EMOJI, "x"), ("", "x")):
        status, page, _ = await yuki.send("/desk/knowledge", change, title=title, text=text, expires_on="")
        assert status == 400 and title in page and text in page and 'aria-invalid="true"' in page
    assert (await yuki.send("/desk/knowledge", change, title="直した", text="x", expires_on="2026-12-01"))[0] == 303
    sora = browser(yuki.url)
    await sora.sign_in("sora")
    page = await sora.page("/desk/knowledge")
    assert "直した" in page and change not in page, "nobody is offered what they may not do"
    theirs = hidden(page, "/desk/knowledge")
    assert (await sora.post(remove, theirs))[0] == 403
    await sora.http.close()
    assert (await yuki.post(remove, theirs))[0] == 403, "a form of another sign-in"
    assert (await yuki.post(remove, hidden(await yuki.page("/desk/knowledge"), remove), {"origin": "https://e.jp"}))[
        0
    ] == 403
    assert (await yuki.post(f"/desk/knowledge/{uuid4()}/remove", hidden(await yuki.page("/desk/knowledge"), remove)))[
        0
    ] == 404
    gone = hidden(await yuki.page("/desk/knowledge"), remove)
    assert (await yuki.post(remove, gone))[0] == 303
    assert (await yuki.post(remove, gone))[0] == 404
    assert "直した" not in await yuki.page("/desk/knowledge")
