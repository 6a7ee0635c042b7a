"""What is written when a pupil is at risk: on the telephone of whoever is on call, and at the desk."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from tests.e2e.canary.desk import after
from tests.e2e.canary.evening import Evening


def link_of(evening: Evening) -> str:
    """The path of the link that the first person on the ladder was sent, as its notice tells it."""
    told = [json.loads(notice[notice.index(b"{") :]) for notice in evening.service.notices]
    links = [str(urlsplit(one["link"]).path) for one in told if one["link"] and not one["test"]]
    assert links, "nobody was called"
    evening.places["token"] = links[-1].rpartition("/")[2]
    return links[-1]


async def answer_from_the_alarm(evening: Evening, word: str) -> str:
    await evening.telephone.enter(link_of(evening))
    await evening.telephone.fill("/acknowledge")
    await evening.telephone.fill("/answer", text=word)
    await evening.service.settled(evening.at_risk)
    return evening.told(evening.at_risk)


async def glass_broken(evening: Evening, word: str) -> str:
    """The one way to a pupil's LINE id: it is on that page, and its reason on the reviewer's."""
    telephone, board = evening.telephone, f"/desk/escalations/{evening.escalation}"
    assert evening.at_risk in await telephone.fill("/glass", reason=word)
    reading = after(await evening.yuki.page(board), "<main", "/openings/[0-9a-f-]+/reason")
    return (await evening.yuki.open(board, reading)).decode()


async def call_to_an_agency(evening: Evening, word: str) -> str:
    at = f"/desk/escalations/{evening.escalation}"
    await evening.minato.fill(at, f"{at}/take-over")
    return await evening.minato.fill(at, f"{at}/call", agency="police", result="reached", whom=word, told=word)


async def board_is_asked(evening: Evening, word: str) -> str:
    at = f"/desk/escalations/{evening.escalation}"
    return await evening.minato.fill(at, f"{at}/ask", kind="instruction", question=word)


async def board_answers(evening: Evening, word: str) -> str:
    at = f"/desk/escalations/{evening.escalation}"
    answer = after(await evening.minato.page(at), evening.words["board_is_asked"], "/answer")
    return await evening.minato.fill(at, answer, answer=word)


async def id_on_the_sheet(evening: Evening, word: str) -> str:
    """The supervisor's way to the id, at the desk."""
    at = f"/desk/escalations/{evening.escalation}"
    assert evening.at_risk.encode() in await evening.minato.open(at, f"{at}/sheet", reason=word)
    reading = after(await evening.yuki.page(at), "みなとがIDを見ました", "/openings/[0-9a-f-]+/reason")
    return (await evening.yuki.open(at, reading)).decode()


async def wish_to_see_the_id(evening: Evening, word: str) -> str:
    at = f"/desk/escalations/{evening.escalation}"
    await evening.yuki.fill(at, f"{at}/take-over")
    await evening.yuki.fill(at, f"{at}/wish", reason=word)
    reading = after(await evening.minato.page(at), "<main", "/wishes/[0-9a-f-]+/reason")
    return (await evening.minato.open(at, reading)).decode()


async def escalation_closed(evening: Evening, word: str) -> str:
    at = f"/desk/escalations/{evening.escalation}"
    await evening.yuki.fill(at, f"{at}/close", reason="safe", note=word)
    return await evening.yuki.page(at)
