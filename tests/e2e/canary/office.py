"""Requests for data, the board's word, leaks, texts for everybody, research."""

from __future__ import annotations

from tests.e2e.canary.desk import after
from tests.e2e.canary.evening import SOON, TODAY, Evening

DATA, LEAKS, ASKED = "/desk/requests/data", "/desk/requests/leaks", "/desk/requests/instructions"
TEXTS, KEPT = "/desk/broadcasts", "/desk/retention"


async def request_for_data(evening: Evening, word: str) -> str:
    shown = await evening.minato.fill(
        DATA, DATA, wish="disclose", asker="self", arrival="account", received_on=TODAY, about=word
    )
    evening.places["request"] = evening.minato.led_to
    return shown


async def asker_identified(evening: Evening, word: str) -> str:
    at = evening.places["request"]
    await evening.minato.fill(at, f"{at}/link", found=f"/desk/talks/{evening.talk}/sheet")
    return await evening.minato.fill(at, f"{at}/check", proof="account", how=word)


async def request_put_off(evening: Evening, word: str) -> str:
    at = evening.places["request"]
    return await evening.minato.fill(at, f"{at}/extend", extend=word)


async def request_held(evening: Evening, word: str) -> str:
    at = evening.places["request"]
    return await evening.minato.fill(at, f"{at}/hold", hold=word)


async def request_decided(evening: Evening, word: str) -> str:
    at = evening.places["request"]
    return await evening.minato.fill(at, f"{at}/decide", decision="grant", reason=word)


async def request_told(evening: Evening, word: str) -> str:
    at = evening.places["request"]
    return await evening.minato.fill(at, f"{at}/tell", told=word)


async def copy_handed_out(evening: Evening, word: str) -> str:
    """The copy has the pupil's own words on it, and the reason for it is on record."""
    at = evening.places["request"]
    copy = await evening.minato.open(at, f"{at}/copy", copy=word)
    assert evening.words["line_words"] in copy.decode()
    return await evening.minato.page(at)


async def question_to_the_board(evening: Evening, word: str) -> str:
    await evening.minato.fill(ASKED, ASKED, question=word, due_on=SOON, nameless="on")
    evening.places["instruction"] = after(await evening.minato.page(ASKED), "<table", "/instructions/[0-9a-f-]+")
    return await evening.minato.page(evening.places["instruction"])


async def answer_of_the_board(evening: Evening, word: str) -> str:
    at = evening.places["instruction"]
    return await evening.board.fill(at, f"{at}/answer", answer=word)


async def what_was_done_about_it(evening: Evening, word: str) -> str:
    at = evening.places["instruction"]
    await evening.minato.fill(at, f"{at}/finish", result=word)
    return await evening.minato.page(at)


async def leak(evening: Evening, word: str) -> str:
    """Noted down, and reported to the board as it is."""
    await evening.minato.fill(LEAKS, LEAKS, noticed_on=TODAY, noticed_by=word, what=word)
    at = evening.minato.led_to
    await evening.minato.fill(at, f"{at}/save", {"kind-name": "on"}, why=word, measures=word)
    await evening.minato.fill(at, f"{at}/first")
    version = after(await evening.minato.page(at), "作った報告", "/versions/[0-9a-f-]+")
    return await evening.board.page(version)


async def leak_not_reported(evening: Evening, word: str) -> str:
    await evening.minato.fill(LEAKS, LEAKS, noticed_on=TODAY, noticed_by="相談員", what="封筒を落としました")
    at = evening.minato.led_to
    await evening.minato.fill(at, f"{at}/save", {"kind-staff": "on"}, persons="1", cause="lost")
    await evening.minato.fill(at, f"{at}/skip", reason=word)
    return await evening.minato.page(at)


async def text_for_everybody(evening: Evening, word: str) -> str:
    return await evening.minato.fill(TEXTS, f"{TEXTS}/propose", kind="opening", words=word, begins_on=SOON)


async def text_refused(evening: Evening, word: str) -> str:
    refuse = after(await evening.board.page(TEXTS), evening.words["text_for_everybody"], "/refuse")
    await evening.board.fill(TEXTS, refuse, remark=word)
    return await evening.minato.page(TEXTS)


async def text_approved_on_paper(evening: Evening, word: str) -> str:
    words = "きょうも話を聞いています。"
    await evening.minato.fill(TEXTS, f"{TEXTS}/propose", kind="opening", words=words, begins_on=SOON)
    paper = after(await evening.minato.page(TEXTS), words, "/paper")
    await evening.minato.fill(TEXTS, paper, way="letter", approver=word, approved_on=TODAY)
    shown = await evening.minato.page(TEXTS)
    await evening.minato.fill(TEXTS, after(shown, words, "/retire"))
    return shown


async def research(evening: Evening, word: str) -> str:
    return await evening.kaede.fill(KEPT, f"{KEPT}/research", purpose=word)


async def research_decided(evening: Evening, word: str) -> str:
    decide = after(await evening.board.page(KEPT), evening.words["research"], "/decide")
    return await evening.board.fill(KEPT, decide, remark=word, yes="no")
