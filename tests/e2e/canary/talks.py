"""What people at their desks write in a talk, about it, and when it is over."""

from __future__ import annotations

from uuid import uuid4

from tests.e2e.canary.desk import after
from tests.e2e.canary.evening import SOON, Evening


async def line_to_approve(evening: Evening, word: str) -> str:
    """A line of somebody in training, which comes back with a remark."""
    await evening.line.text(evening.calm, "相談員と話したい")
    await evening.service.settled(evening.calm)
    await evening.hikari.do(f"talks/{evening.talk}/claim")
    await evening.hikari.send(evening.talk, word)
    return str(await evening.minato.asked("proposals"))


async def remark_on_a_line(evening: Evening, word: str) -> str:
    (proposal,) = (await evening.minato.asked("proposals"))["proposals"]
    await evening.minato.do(f"proposals/{proposal['id']}/return", remark=word)
    return await evening.hikari.talk(evening.talk)


async def line_to_the_pupil(evening: Evening, word: str) -> str:
    await evening.minato.do(f"talks/{evening.talk}/take-over")
    await evening.minato.send(evening.talk, word)
    await evening.service.settled(evening.calm)
    return evening.told(evening.calm)


async def note(evening: Evening, word: str) -> str:
    await evening.minato.do(f"talks/{evening.talk}/note", kind="note", text=word, key=str(uuid4()))
    return await evening.minato.talk(evening.talk)


async def whisper(evening: Evening, word: str) -> str:
    await evening.minato.do(f"talks/{evening.talk}/note", kind="whisper", text=word, key=str(uuid4()))
    return await evening.minato.talk(evening.talk)


async def draft(evening: Evening, word: str) -> str:
    await evening.minato.do(f"talks/{evening.talk}/draft", text=word)
    return await evening.minato.talk(evening.talk)


async def plan(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.talk}/care"
    return await evening.minato.fill(at, at, plan=word)


async def way_to_meet(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.talk}/care"
    return await evening.minato.fill(at, at, way=word, frequent="on")


async def task(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.talk}"
    (minato,) = evening.service.rows("SELECT id FROM staff WHERE name = 'minato'")
    owner = str(minato["id"])
    return await evening.minato.fill(f"{at}/care", f"{at}/follow-up", what=word, due_on=SOON, owner=owner)


async def result_of_a_task(evening: Evening, word: str) -> str:
    """Of the one that was added before."""
    at, mine = "/desk/follow-ups", evening.words["task"]
    done = after(await evening.minato.page(at), mine, "/done")
    return await evening.minato.fill(at, done, result=word)


async def why_somebody_is_blocked(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.talk}/block"
    await evening.minato.fill(at, at, reason="defamation", why=word, last_day=SOON)
    return await evening.minato.page("/desk/broadcasts/blocks")


async def hold(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.talk}/keeping"
    return await evening.minato.fill(at, f"{at}/hold", kind="dispute", until=SOON, reason=word)


async def hold_lifted(evening: Evening, word: str) -> str:
    """No page shows why."""
    at = f"/desk/talks/{evening.talk}/keeping"
    await evening.minato.fill(at, f"{at}/lift", reason=word)
    return evening.opened("legal_holds", "lifted_reason")


async def talk_by_telephone(evening: Evening, word: str) -> str:
    fields = {"channel": "phone", "came_at": "2026-11-20T17:30", "name": word + "の名前", "school": word + "の学校"}
    await evening.yuki.fill("/desk/other-ways", "/desk/other-ways", fields, words=word)
    return await evening.yuki.page(evening.yuki.led_to)


async def summary(evening: Evening, word: str) -> str:
    """And with it the talk is over, and the pupil is asked how it was."""
    await evening.minato.do(f"talks/{evening.talk}/end")
    at = f"/desk/talks/{evening.talk}/sheet"
    await evening.minato.fill(at, at, primary="friends", summary=word, verb="fill")
    return await evening.minato.page(at)


async def answers_to_the_survey(evening: Evening, word: str) -> str:
    for words in ("はい", "軽くなった", "わからない", "ひとこと書く", word):
        await evening.service.settled(evening.calm)
        await evening.line.text(evening.calm, words)
    await evening.service.settled(evening.calm)
    return await evening.minato.page(f"/desk/talks/{evening.talk}/sheet")


async def handed_over(evening: Evening, word: str) -> str:
    """The sheet of the pupil at risk: what it says to others is on the paper for them."""
    at = f"/desk/talks/{evening.grave}/sheet"
    await evening.minato.do(f"talks/{evening.grave}/take-over")
    await evening.minato.do(f"talks/{evening.grave}/end")
    await evening.minato.fill(at, at, primary="bullying", handover=word, next_step=word + "のあと", verb="fill")
    return await evening.minato.page(f"/desk/talks/{evening.grave}/handover?to=municipal_board")


async def sheet_sent_back(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.grave}/sheet"
    await evening.yuki.fill(at, f"{at}/return", remark=word)
    return await evening.minato.page(at)


async def sheet_signed(evening: Evening, word: str) -> str:
    at = f"/desk/talks/{evening.grave}/sheet"
    await evening.minato.fill(f"{at}?edit=1", at, summary=word, verb="fill")
    await evening.yuki.fill(at, f"{at}/sign")
    page = await evening.minato.page(at)
    assert "読んで確認した" not in page, "it is signed"
    return page


async def sheet_corrected(evening: Evening, word: str) -> str:
    """Before and after stay, with the reason."""
    at = f"/desk/talks/{evening.grave}/sheet"
    await evening.minato.fill(
        f"{at}/correct", f"{at}/correct", correction_reason=word, summary=word + "に直した", verb="fill"
    )
    evening.places["correction"] = after(await evening.minato.page(at), "<h3>訂正", "/corrections/[0-9a-f-]+")
    return await evening.minato.page(evening.places["correction"])


async def correction_refused(evening: Evening, word: str) -> str:
    at = evening.places["correction"]
    await evening.yuki.fill(at, at, remark=word, verb="no")
    return await evening.yuki.page(at)
