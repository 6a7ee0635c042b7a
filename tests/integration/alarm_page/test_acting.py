"""What the person on call does on the alarm's page: once, on record, and told who has it. (KAG-7.1ア, WG-11)"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from tests.integration.alarm_page.conftest import FIRST, RISK, SECOND, SECRET, Night, Phone, hidden
from tests.integration.conftest import SEALER
from tests.support import alarms

JSON = {"accept": "application/json"}


async def test_of_two_who_press_at_once_one_has_it_and_the_other_is_told_who(night: Night, phones: list[Phone]) -> None:
    fields = [hidden(await phone.page()) for phone in phones]
    done = await asyncio.gather(
        *(phone.post(f"{phone.at}/acknowledge", own) for phone, own in zip(phones, fields, strict=True))
    )
    statuses = [status for status, _, _ in done]
    assert sorted(statuses) == [303, 409]
    winner = (FIRST, SECOND)[statuses.index(303)]
    told = next(body for status, body, _ in done if status == 409)
    assert f"この緊急対応は、{winner}が受けています。" in told and "引き継ぐ" in told
    assert (await night.state()).acknowledged_by == winner
    loser = phones[statuses.index(409)]
    assert (await loser.send("take-over"))[0] == 303
    assert (await night.state()).acknowledged_by != winner


async def test_a_double_tap_sends_an_answer_once(night: Night, phone: Phone) -> None:
    own = hidden(await phone.page()) | {"text": "読みました。\r\nそばに人はいますか。"}
    done = await asyncio.gather(*(phone.post(f"{phone.at}/answer", own) for _ in range(4)))
    assert {status for status, _, _ in done} == {303}
    assert [words for author, words in await night.service.transcript() if author == "counsellor"] == [
        "読みました。\nそばに人はいますか。"
    ]
    await phone.post(f"{phone.at}/answer", own | {"text": "書き直しました。"})
    await night.service.work()
    said = [texts for _, to, texts in night.service.line.calls if to == alarms.STUDENT]
    assert said[-2:] == [("読みました。\nそばに人はいますか。",), ("書き直しました。",)]
    page = await phone.page()
    assert "あなた（当番の業務責任者）が、連絡をとっています" in page
    assert page.count("読みました。\nそばに人はいますか。") == 1


async def test_what_was_typed_stays_when_it_is_refused(night: Night, phones: list[Phone]) -> None:
    first, second = phones
    own = hidden(await second.page())
    assert (await first.send("acknowledge"))[0] == 303
    status, page, _ = await second.post(f"{second.at}/answer", own | {"text": "ここにいます。"})
    assert status == 409 and f"{FIRST}が受けています" in page
    assert "送らなかった返事" in page and ">ここにいます。</textarea>" in page
    status, body, _ = await second.post(f"{second.at}/answer", own | {"text": "ここにいます。"}, JSON)
    told = json.loads(body)
    assert status == 409 and FIRST in told["message"] and "引き継ぐ" in told["advice"] and SECRET[-3:] in told["lines"]
    status, page = await first.send("answer", text="　")
    assert status == 400 and "書いてください" in page
    status, page = await first.send("close", note="交番に連絡した")
    assert status == 400 and ">交番に連絡した</textarea>" in page and "理由を、一つ選んで" in page
    assert (await first.send("close", reason="test"))[0] == 400
    old = {"token": hidden(page)["token"], "text": "はい", "key": "1"}
    assert (await first.post(f"{first.at}/answer", old))[0] == 400


async def test_the_way_through_the_states(night: Night, phone: Phone) -> None:
    assert "次のお知らせ" in await phone.page()
    assert (await phone.send("acknowledge"))[0] == 303
    page = await phone.page()
    assert "次のお知らせ" not in page and "あなた（当番の業務責任者）が受けました" in page
    for _ in range(2):
        assert (await phone.send("call", agency="police"))[0] == 303
    assert len(await night.service.rows("SELECT 1 FROM escalation_calls")) == 1, "a second tap is no second call"
    night.clock.advance(minutes=2)
    await phone.send("call", agency="police")
    assert len(await night.service.rows("SELECT 1 FROM escalation_calls")) == 2
    assert (await phone.send("call", agency="nobody"))[0] == 400
    assert (await phone.send("contact"))[0] == 303
    own = hidden(await phone.page()) | {"reason": "handed_over", "note": SECRET}
    for _ in range(2):
        assert (await phone.post(f"{phone.at}/close", own))[0] == 303
    assert (await phone.post(f"{phone.at}/close", own | {"reason": "safe"}))[0] == 409
    row = await night.state()
    assert (row.state, row.closed_by, row.closed_reason) == ("closed", FIRST, "handed_over")
    assert SEALER.open("escalations", "note", str(night.escalation), row.note) == SECRET
    page = await phone.page()
    assert "終わりました" in page and "<textarea" not in page
    assert 'href="tel:110"' in page and "かけたと記録" not in page


async def test_the_script_is_told_what_is_new_and_asking_again_opens_nothing(night: Night, phone: Phone) -> None:
    async def news(seen: int, have: str) -> Any:
        async with phone.http.get(f"{phone.url}{phone.at}/news", params={"seen": str(seen), "have": have}) as answer:
            return await answer.json()

    page = await phone.page()
    have = ".".join(re.findall(r'data-hash="(\w+)"', page))
    seen = int((re.search(r'data-seen="(\d+)"', page) or [""])[1])
    reads = (await night.audit()).count("read_alarm")
    quiet = await news(seen, have)
    assert quiet == {"lines": "", "seen": seen, "delivery": quiet["delivery"], "parts": None}
    assert list(quiet["delivery"].values()) == ["送っています…"] * len(quiet["delivery"])
    assert (await night.audit()).count("read_alarm") == reads
    await alarms.write(night.service.store, night.service.setting, "橋にいます、死にたい", RISK)
    await night.service.work()
    told = await news(seen, have)
    assert "橋にいます" in told["lines"] and SECRET not in told["lines"]
    assert told["seen"] > seen and told["delivery"] == {}
    assert (await night.audit()).count("read_alarm") == reads + 1
    status, body = await phone.send("acknowledge", JSON)
    assert status == 200 and "受けました。" in json.loads(body)["said"]
    assert "連絡がとれた" in json.loads(body)["parts"]["acts"]["html"]
    for odd in ("x", "-1", "9" * 40, "٣"):
        async with phone.http.get(f"{phone.url}{phone.at}/news", params={"seen": odd}) as answer:
            assert answer.status == 200


async def test_the_id_is_shown_once_and_another_person_reviews_why(night: Night, phones: list[Phone]) -> None:
    first, second = phones
    await first.send("acknowledge")
    status, page = await first.send("glass", reason="急")
    assert status == 400 and alarms.STUDENT not in page and "理由を5文字" in page
    own = hidden(await first.page()) | {"reason": "居場所を警察に伝えるため"}
    done = await asyncio.gather(*(first.post(f"{first.at}/glass", own) for _ in range(3)))
    assert all(status == 200 and alarms.STUDENT in body and "今日の16時" in body for status, body, _ in done)
    (opening,) = await night.service.rows("SELECT id, who FROM glass_openings")
    assert opening.who == FIRST
    night.clock.advance(minutes=1)
    status, body, _ = await first.post(f"{first.at}/glass", own)
    assert status == 400 and alarms.STUDENT not in body, "a reload of an old answer shows it no more"
    for phone in phones:
        page = await phone.page()
        assert alarms.STUDENT not in page and "警察に伝える" not in page
    assert "理由を読んで" not in await first.page()

    status, page = await first.send(f"glass/{opening.id}/review")
    assert status == 403 and "自分では確認できません" in page
    status, page = await second.send(f"glass/{opening.id}/reason")
    assert status == 200 and "居場所を警察に伝えるため" in page and alarms.STUDENT not in page
    assert (await second.send(f"glass/{opening.id}/review"))[0] == 303
    assert f"{SECOND}が確認しました" in await first.page()
    audit = await night.audit()
    assert audit.count("break_glass") == 1 and "read_glass_reason" in audit and "review_glass" in audit


async def test_the_opening_of_another_escalation_is_not_found(night: Night, phone: Phone) -> None:
    service = night.service
    other = await alarms.write(service.store, service.setting, SECRET, RISK, user="U" + "2" * 32)
    theirs = night.phone()
    theirs.escalation = await alarms.escalation_of(service.store, other)
    await theirs.enter(await night.link(1, theirs.escalation))
    await theirs.send("acknowledge")
    assert (await theirs.send("glass", reason="居場所を伝えるため"))[0] == 200
    await theirs.http.close()
    (opening,) = await service.rows("SELECT id FROM glass_openings")
    for verb in ("reason", "review"):
        assert (await phone.send(f"glass/{opening.id}/{verb}"))[0] == 404
    assert "read_glass_reason" not in await night.audit()
