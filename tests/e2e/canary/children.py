"""What children say and send: on LINE, in the chat, by a report."""

from __future__ import annotations

from uuid import uuid4

from tests.e2e.canary.evening import Evening
from tests.support.hostile_files import png


async def line_words(evening: Evening, word: str) -> str:
    await evening.line.text(evening.calm, "こんばんは")
    await evening.line.text(evening.calm, word)
    await evening.service.settled(evening.calm)
    return evening.told(evening.calm)


async def words_taken_back(evening: Evening, word: str) -> str:
    """They were there, and are no more."""
    sent = await evening.line.text(evening.calm, word)
    await evening.service.settled(evening.calm)
    before = evening.told(evening.calm)
    assert sent.message_id is not None
    await evening.line.unsend(evening.calm, sent.message_id)
    await evening.service.settled(evening.calm)
    assert word not in evening.told(evening.calm)
    return before


async def words_changed(evening: Evening, word: str) -> str:
    sent = await evening.line.text(evening.calm, "まちがえました")
    assert sent.message_id is not None
    await evening.line.edit(evening.calm, sent.message_id, word)
    await evening.service.settled(evening.calm)
    return evening.told(evening.calm)


async def name_of_a_place(evening: Evening, word: str) -> str:
    await evening.line.act(evening.calm, "location", latitude=35.0, longitude=139.0, title=word)
    await evening.service.settled(evening.calm)
    return await evening.minato.talk(evening.talk)


async def words_of_a_sticker(evening: Evening, word: str) -> str:
    await evening.line.act(evening.calm, "sticker", keywords=[word])
    await evening.service.settled(evening.calm)
    return await evening.minato.talk(evening.talk)


async def name_of_a_file_on_line(evening: Evening, word: str) -> str:
    await evening.line.file(evening.calm, f"{word}.pdf")
    await evening.service.settled(evening.calm)
    return await evening.minato.talk(evening.talk)


async def words_at_risk(evening: Evening, word: str) -> str:
    await evening.line.text(evening.at_risk, f"もう死にたいです。{word}")
    await evening.service.settled(evening.at_risk)
    return evening.told(evening.at_risk)


async def chat_words(evening: Evening, word: str) -> str:
    await evening.chat.say(word)
    await evening.service.settled()  # a page shows what the worker has taken up
    return str((await evening.student.lines())[1])


async def words_of_a_report(evening: Evening, word: str) -> str:
    await evening.reporter.step("danger", danger="no")
    await evening.reporter.step("what", what=word)
    return await evening.reporter.step("school", go="back")


async def school_of_a_report(evening: Evening, word: str) -> str:
    await evening.reporter.step("what", what=evening.words["words_of_a_report"])
    await evening.reporter.step("school", school_name=word)
    return await evening.reporter.step("evidence", go="back")


async def name_of_a_file(evening: Evening, word: str) -> str:
    return await evening.reporter.upload((f"{word}.png", png()), faces="no")


async def report_sent(evening: Evening, word: str) -> str:
    """The words that its writer adds, once it is sent and its receipt is noted down."""
    reporter = evening.reporter
    await reporter.post("/report/send")
    evening.places["receipt"] = reporter.code
    await reporter.post("/report/kept", {"kept": "yes"})
    await reporter.post("/report/mine/add", {"words": word, "key": str(uuid4())})
    await evening.service.settled()
    return await evening.minato.page(evening.report)
