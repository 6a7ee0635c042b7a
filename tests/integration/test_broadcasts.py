"""What a broadcast will need (HOK-5.3): who follows since when, who wants none, and texts that the board approved."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from handoff.domain.broadcast import Following, Way
from handoff.domain.errors import InputRefused, NotFound, NotPermitted
from handoff.domain.incoming import Channel
from handoff.domain.profile.vocabulary import BroadcastKind, Prohibited
from handoff.domain.staff import StaffMember, StaffRole
from handoff.domain.texts import TextKey
from handoff.services.broadcasts.approve_text import (
    DecideText,
    Paper,
    Proposal,
    ProposeText,
    ReadBroadcasts,
    approved,
    first_of,
)
from handoff.services.broadcasts.decide_block import BlockWish, DecideBlock
from handoff.services.broadcasts.wishes import KeepWish, ReadRegistered
from tests.integration.conftest import OPEN, SEALER, Service
from tests.integration.desk_care_support import HOSTILE, at_the_desk, entries, hidden
from tests.integration.desk_support import AT_CRITICAL, Bridge, address
from tests.support.fakes import FrozenClock
from tests.support.line_events import arrivals, event

WORDS = "毎日16時から22時まで、話を聞いています。"
TODAY = date(2026, 11, 20)
STOP, START = "お知らせはいらない", "お知らせがほしい"


@pytest.fixture
async def bridge(service: Service) -> Bridge:
    return Bridge(service)


async def happens(bridge: Bridge, kind: str, number: int = 1, **fields: Any) -> None:
    stamp = int(bridge.clock.real().timestamp() * 1000)
    made = arrivals(event(kind, address(number), timestamp=stamp, **fields))
    for _ in range(2):  # LINE delivers some twice
        await bridge.service.accept(made)
    await bridge.drain(number)
    await bridge.drain(number)
    await bridge.deliver(number)


async def followings(bridge: Bridge) -> list[tuple[str, str]]:
    rows = await bridge.service.rows("SELECT kind, at FROM followings ORDER BY at, kind")
    return [(row.kind, (row.at + timedelta(seconds=30)).strftime("%d %H:%M")) for row in rows]


# --- who follows ------------------------------------------------------------------------------------------------------


async def test_follow_and_unfollow_are_kept_with_their_dates_once(bridge: Bridge) -> None:
    await happens(bridge, "follow", follow={"isUnblocked": False})
    bridge.clock.advance(days=1)
    await happens(bridge, "unfollow")
    bridge.clock.advance(days=1)
    await happens(bridge, "follow", follow={"isUnblocked": True})
    assert await followings(bridge) == [("follow", "20 09:00"), ("unfollow", "21 09:00"), ("refollow", "22 09:00")]
    async with bridge.service.store.reading() as tx:
        since = await tx.broadcasts.since(await bridge.contact())
    assert since is not None and since.following
    assert abs(since.known_since - OPEN) < timedelta(seconds=30)
    assert since.changed is not None and since.changed[0] is Following.REFOLLOW


async def test_an_event_that_tells_of_earlier_has_its_own_date(bridge: Bridge) -> None:
    """LINE may deliver late; the date is the event's, on the service's clock."""
    stamp = int((bridge.clock.real() - timedelta(hours=3)).timestamp() * 1000)
    await bridge.service.accept(arrivals(event("follow", address(1), timestamp=stamp)))
    await bridge.drain()
    assert await followings(bridge) == [("follow", "20 06:00")]


async def test_who_was_a_friend_before_is_known_since_the_first_event(bridge: Bridge) -> None:
    await bridge.write("こんにちは")
    bridge.clock.advance(days=40)
    await happens(bridge, "follow", 2)
    await happens(bridge, "unfollow")
    async with bridge.service.store.reading() as tx:
        since = await tx.broadcasts.since(await bridge.contact())
        months = await tx.broadcasts.registrations(OPEN - timedelta(days=100))
    assert since is not None and not since.following
    assert since.known_since.date() == TODAY
    told = [(one.month.month, one.follows, one.known, one.refollows, one.unfollows) for one in months]
    assert told == [(12, 1, 0, 0, 1), (11, 0, 1, 0, 0)]


async def test_a_chat_on_the_web_and_a_drill_are_no_followers(bridge: Bridge) -> None:
    await happens(bridge, "follow")
    await happens(bridge, "follow", 2)
    async with bridge.service.store.transaction() as tx:
        await tx.contacts.find_or_add(Channel.WEB, "w", bridge.clock.now())
    drill = await bridge.contact(2)
    await bridge.service.change("UPDATE contacts SET test = true WHERE id = :id", id=drill)
    async with bridge.service.store.reading() as tx:
        assert await tx.broadcasts.followers() == await tx.broadcasts.recipients_count(bridge.clock.now()) == 1
        (month,) = await tx.broadcasts.registrations(OPEN - timedelta(days=100))
        web = await tx.contacts.find_or_add(Channel.WEB, "w", bridge.clock.now())
        assert await tx.broadcasts.since(web) is None
    assert (month.follows, month.known) == (1, 0)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-11-20T18:00:00+09:00", "2025-12-01"),
        ("2026-12-31T23:59:59+09:00", "2026-01-01"),
        ("2026-12-31T15:00:00+00:00", "2026-02-01"),
    ],
)
def test_twelve_whole_months_are_counted(now: str, first: str) -> None:
    assert first_of(datetime.fromisoformat(now)).isoformat() == f"{first}T00:00:00+09:00"


# --- who wants none ---------------------------------------------------------------------------------------------------


async def test_the_words_alone_end_the_broadcasts_and_bring_them_back(bridge: Bridge) -> None:
    turns = len(bridge.service.bot.heard)
    await bridge.write(STOP)
    assert bridge.said == [bridge.wording(TextKey.BROADCASTS_STOPPED)]
    assert len(bridge.service.bot.heard) == turns, "the service answers itself"
    async with bridge.service.store.reading() as tx:
        assert (await tx.broadcasts.opted_out(), await tx.broadcasts.recipients_count(bridge.clock.now())) == (1, 0)
    (row,) = await bridge.service.rows("SELECT level FROM line_events")
    assert row.level == "none", "screened as ever"
    bridge.clock.advance(minutes=1)
    await bridge.write("お知らせはいらないけど、話したい")
    assert bridge.service.bot.heard[-1][2].startswith("お知らせはいらないけど"), "within a sentence they are a sentence"
    bridge.clock.advance(minutes=1)
    await bridge.write(START)
    assert bridge.said[-1] == bridge.wording(TextKey.BROADCASTS_WANTED)
    async with bridge.service.store.reading() as tx:
        assert (await tx.broadcasts.opted_out(), await tx.broadcasts.recipients_count(bridge.clock.now())) == (0, 1)
    assert [one.detail["wanted"] for one in await entries(bridge.service, "wish_broadcasts")] == [False, True]


async def test_at_risk_and_with_a_person_the_words_are_words(bridge: Bridge) -> None:
    await bridge.write(AT_CRITICAL)
    bridge.service.line.calls.clear()
    await bridge.write(STOP)
    assert bridge.wording(TextKey.BROADCASTS_STOPPED) not in bridge.said and bridge.said
    (yuki,) = await bridge.people("ゆき")
    await bridge.live(yuki, 2)
    await bridge.write(STOP, 2)
    assert bridge.said == [] and await bridge.service.rows("SELECT 1 FROM broadcast_wishes") == []


async def test_a_counsellor_writes_down_what_they_were_told(bridge: Bridge) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    yuki, sora = await bridge.people("ゆき", "そら")
    live, key = await bridge.live(yuki), uuid4()
    for _ in range(2):
        await KeepWish(store, setting)(live.id, yuki, key, False)
    registered = await ReadRegistered(store, setting)(live.id, yuki)
    assert registered.wish is not None and not registered.wish.wanted and registered.wish.made_by == yuki.id
    (entry,) = await entries(bridge.service, "wish_broadcasts")
    assert entry.actor == yuki.actor and entry.detail == {"wanted": False, "way": "desk"}
    with pytest.raises(NotFound):
        await KeepWish(store, setting)(live.id, sora, uuid4(), True)


async def test_whoever_is_blocked_gets_no_broadcast_and_may_still_say_so(bridge: Bridge) -> None:
    await bridge.write("宣伝です")
    (session,) = await bridge.service.rows("SELECT id FROM sessions")
    wish = BlockWish(Prohibited.ADVERTISING, "宣伝が続いた", TODAY, compared=False)
    minato = await bridge.supervisor()
    await DecideBlock(bridge.service.store, bridge.service.setting)(session.id, minato, uuid4(), wish)
    async with bridge.service.store.reading() as tx:
        assert (await tx.broadcasts.followers(), await tx.broadcasts.recipients_count(bridge.clock.now())) == (1, 0)
    bridge.service.line.calls.clear()
    await bridge.write(STOP)
    await bridge.write(STOP)
    assert bridge.wording(TextKey.BROADCASTS_STOPPED) not in bridge.said and len(bridge.said) == 2, "the one line"
    bridge.clock.advance(days=1)
    async with bridge.service.store.reading() as tx:
        assert (await tx.broadcasts.opted_out(), await tx.broadcasts.recipients_count(bridge.clock.now())) == (1, 0)


# --- what may be said -------------------------------------------------------------------------------------------------


async def propose(bridge: Bridge, by: StaffMember, words: str = WORDS, key: UUID | None = None, **more: Any) -> UUID:
    key = key or uuid4()
    wish: dict[str, Any] = {"kind": "period_and_hours", "begins_on": TODAY, "ends_on": None} | more
    await ProposeText(bridge.service.store, bridge.service.setting)(by, key, Proposal(words=words, **wish))
    return key


async def now_approved(bridge: Bridge, kind: BroadcastKind = BroadcastKind.PERIOD_AND_HOURS) -> str | None:
    async with bridge.service.store.reading() as tx:
        found = await approved(tx, bridge.service.setting.profile, kind, bridge.clock.now())
    return None if found is None else found.words


async def test_a_text_may_be_used_once_the_board_said_yes_and_stays_as_it_is(bridge: Bridge) -> None:
    minato, board = await bridge.supervisor(), await bridge.person("いいんかい", StaffRole.BOARD, here=False)
    decide = DecideText(bridge.service.store, bridge.service.setting)
    key = await propose(bridge, minato)
    await propose(bridge, minato, "ほかの文です。", key=key)  # the same form again, changed or not
    assert await now_approved(bridge) is None, "proposed is not approved"
    await decide.approve(board, key)
    await decide.approve(board, key)
    assert await now_approved(bridge) == WORDS and await now_approved(bridge, BroadcastKind.OPENING) is None
    (row,) = await bridge.service.rows("SELECT * FROM broadcast_texts")
    assert (row.decision, row.way, row.decided_by, row.approved_on) == ("approved", "account", board.id, TODAY)
    assert SEALER.open("broadcast_texts", "words", str(key), row.words) == WORDS
    (entry,) = await entries(bridge.service, "approve_text")
    assert entry.actor == board.actor and entry.detail["text"] == str(key)
    for work in (decide.refuse(board, key, "だめ"), decide.withdraw(minato, key)):
        with pytest.raises(InputRefused, match="text"):
            await work
    bridge.clock.advance(days=1)
    newer = await propose(bridge, minato, "毎日17時からに変わりました。", begins_on=date(2026, 12, 1))
    await decide.note_approval(minato, newer, Paper("letter", "義務教育課 課長", date(2026, 11, 21)))
    assert await now_approved(bridge) == WORDS, "the new one isn't begun"
    bridge.clock.advance(days=15)
    assert await now_approved(bridge) == "毎日17時からに変わりました。"
    await decide.retire(minato, newer)
    assert await now_approved(bridge) == WORDS
    profile = bridge.service.setting.profile
    none = profile.broadcast.model_copy(update={"allowed": (BroadcastKind.OPENING,)})
    bridge.service.setting.profile = profile.model_copy(update={"broadcast": none})
    assert await now_approved(bridge) is None, "the board allows no such text any more"


async def test_an_approval_on_paper_says_who_when_and_how(bridge: Bridge) -> None:
    minato = await bridge.supervisor()
    decide, key = DecideText(bridge.service.store, bridge.service.setting), await propose(bridge, minato)
    for paper, field in (
        (Paper("account", "課長", TODAY), "way"),
        (Paper("mail", " ", TODAY), "approver"),
        (Paper("mail", "課長", None), "approved_on"),
        (Paper("mail", "課長", TODAY + timedelta(days=1)), "approved_on"),
    ):
        with pytest.raises(InputRefused, match=field):
            await decide.note_approval(minato, key, paper)
    await decide.note_approval(minato, key, Paper("mail", "義務教育課 山田", date(2026, 11, 19)))
    (row,) = await bridge.service.rows("SELECT * FROM broadcast_texts")
    assert (row.way, row.approved_on, row.decided_by) == (Way.MAIL, date(2026, 11, 19), minato.id)
    assert SEALER.open("broadcast_texts", "approver", str(key), row.approver) == "義務教育課 山田"
    assert "山田".encode() not in await bridge.everything()


async def test_who_may_do_what(bridge: Bridge) -> None:
    store, setting = bridge.service.store, bridge.service.setting
    minato = await bridge.supervisor()
    admin = await bridge.person("かえで", StaffRole.ADMINISTRATOR, here=False)
    board = await bridge.person("いいんかい", StaffRole.BOARD, here=False)
    (yuki,) = await bridge.people("ゆき")
    trainer = await bridge.person("せんせい", StaffRole.TRAINER, here=False)
    key, decide = await propose(bridge, admin), DecideText(store, setting)
    paper = Paper("mail", "課長", TODAY)
    for work in (
        propose(bridge, board),
        propose(bridge, yuki),
        decide.approve(minato, key),
        decide.approve(admin, key),
        decide.refuse(minato, key, "だめ"),
        decide.note_approval(board, key, paper),
        decide.note_approval(yuki, key, paper),
        decide.withdraw(board, key),
        decide.retire(yuki, key),
        ReadBroadcasts(store, setting)(trainer),
    ):
        with pytest.raises(NotPermitted):
            await work
    await decide.refuse(board, key, "「毎日」を「平日」に")
    page = await ReadBroadcasts(store, setting)(yuki)
    assert [(text.decision, text.remark) for text, _ in page.texts] == [("refused", "「毎日」を「平日」に")]
    assert await now_approved(bridge) is None


# --- the page ---------------------------------------------------------------------------------------------------------

PAGE = "/desk/broadcasts"


async def test_proposed_previewed_and_approved_on_the_page(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        page = await minato.page(PAGE)
        assert "使える文も、承認を待っている文もありません" in page and "つなぎ市こどもLINE相談は" in page
        fields = hidden(page, f"{PAGE}/propose")
        fields |= {"kind": "opening", "words": "絶対に秘密です。", "begins_on": "2026-11-20", "ends_on": ""}
        status, page, _ = await minato.post(f"{PAGE}/propose", fields)
        assert status == 400 and "守れない約束" in page and "絶対に秘密です。" in page
        fields["words"] = HOSTILE
        status, page, _ = await minato.post(f"{PAGE}/propose", fields | {"go": "preview"})
        assert status == 200 and "LINEでは、このように見えます" in page and "<script>alert" not in page
        assert await service.rows("SELECT 1 FROM broadcast_texts") == []
        assert fields["key"] in page, "the preview keeps the form"
        fields["words"] = "きょうの相談が始まりました。"
        assert (await minato.post(f"{PAGE}/propose", fields))[2] == f"{PAGE}?said=proposed#texts"
        page = await minato.page(PAGE)
        (row,) = await service.rows("SELECT id FROM broadcast_texts")
        assert "承認待ち" in page and f"{PAGE}/{row.id}/approve" not in page, "not for us to say yes"
        status, page, _ = await minato.send(PAGE, f"{PAGE}/{row.id}/paper", way="mail", approver="", approved_on="x")
        assert status == 400 and "2026-11-20」の形" in page
    async with at_the_desk(service, "iinkai") as board:
        page = await board.page(PAGE)
        assert f"{PAGE}/propose" not in page and "受付を止めている人（" not in page
        status, page, _ = await board.send(PAGE, f"{PAGE}/{row.id}/refuse", remark="")
        assert status == 400 and "直してほしいところを" in page
        assert (await board.send(PAGE, f"{PAGE}/{row.id}/approve"))[2] == f"{PAGE}?said=approved#texts"
        page = await board.page(PAGE)
        assert "承認済み（いま使える）" in page and "11月20日（金）に承認（この画面）" in page
    async with at_the_desk(service, "yuki") as yuki:
        page = await yuki.page(PAGE)
        assert "承認済み" in page and '<form method="post" action="/desk/broadcasts' not in page
        assert (await yuki.post(f"{PAGE}/{row.id}/approve", hidden(page, "/desk/sign-out")))[0] == 404


async def test_the_page_counts_and_the_care_page_keeps_a_wish(service: Service) -> None:
    async with at_the_desk(service, "minato") as minato:
        bridge = Bridge(service, FrozenClock(OPEN))
        await happens(bridge, "follow")
        await bridge.write("こんにちは")
        (session,) = await service.rows("SELECT id FROM sessions")
        care, path = f"/desk/talks/{session.id}/care", f"/desk/talks/{session.id}/broadcasts"
        page = await minato.page(care)
        assert "11月20日（金）から知っている人" in page and "友だちに追加" in page
        assert (await minato.post(path, hidden(page, path)))[2] == f"{care}?said=wish"
        page = await minato.page(care)
        assert "<strong>送らない</strong>" in page and "本人の希望を聞いて" in page
        page = await minato.page(PAGE)
        assert "2026年11月" in page and page.count("1人") == 2 and "0人" in page
