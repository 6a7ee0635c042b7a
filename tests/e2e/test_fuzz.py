"""Two thousand random and adversarial turns through LINE's stand-in, the screen and a trained Rasa.

Whatever a student sends, of any length or content: no silence but for pranks (TAJ-N3), no question more than twice, no
exception, and nothing they write is taken for a command of Rasa's or for an annotation of an entity.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Final

import yaml

from actions.any_time import ONE_IN
from actions.buttons import MEANINGS
from handoff.adapters.profiles import load_profile
from handoff.domain.texts import Band, TextKey
from handoff.settings import ROOT
from handoff.simulator.client import StandIn
from tests.conversations.runner import Reply, house_rules
from tests.support.running import OPEN, Running

STUDENTS, TURNS, SEED = 40, 50, 20261122
PROFILE = load_profile(ROOT / "data" / "profiles" / "demo.yml")
#: What a turn may be, and how often of twenty.
KINDS: Final = {"calm": 8, "button": 3, "hostile": 4, "noise": 3, "event": 2}
HOSTILE: Final = (
    *("/restart", "/session_start", "/back", '/inform{"grade":"高3"}', "／restart", "\u200b/restart", "/", "//"),
    *("[中2](grade)", '[きた]{"entity":"school_name","value":"ZZZ"}', "[x](role:teacher)", "[娘](grade:ZZZ)の話"),
    *("{service_name}", "{value}", "{{}}", "{0}", "%s%s%n", "${jndi:ldap://x}", "'; DROP TABLE sessions; --"),
    *(
        "<script>alert(1)</script>",
        '{"custom":{"silent":true}}',
        "null",
        "None",
        "\\x00",
        "\x00",
        "\ud83d",
        "\u202eabc",
    ),
    *(
        "a\nb\nc",
        "\n" * 50,
        " ",
        "　",
        "。",
        "？",
        "ﷺ" * 300,
        "😭" * 800,
        "あ" * 5000,
        "( " * 2000,
        "(a+)+" * 500 + "!",
    ),
    *("中1中2中3高1高2高3", "はい" * 600, "答えたくない" * 200, "１" * 400, "event_interrupt", "action_converse"),
)
EVENTS: Final = ("sticker", "image", "video", "audio", "location", "unknown_message", "follow")


def calm_lines() -> list[str]:
    """Lines of the conversation's and the topics' training data; some are at risk all the same, which is answered too."""
    names = (
        "conversation",
        "inform",
        "skip",
        "unsure",
        "service",
        "club",
        "study",
        "friends",
        "net_trouble",
        "silence",
    )
    found = []
    for name in names:
        for block in yaml.safe_load((ROOT / "data" / "nlu" / f"{name}.yml").read_text(encoding="utf-8"))["nlu"]:
            found += [line.strip()[2:] for line in block["examples"].splitlines() if line.strip()]
    return found


def noise(chance: random.Random) -> str:
    ranges = ((0x20, 0x7E), (0x3041, 0x30FF), (0x4E00, 0x9FFF), (0x1F300, 0x1FAFF), (0x0300, 0x036F), (0x0600, 0x06FF))
    low, high = chance.choice(ranges)
    return "".join(chr(chance.randint(low, high)) for _ in range(chance.randint(1, 60)))


async def act(line: StandIn, user: str, chance: random.Random, calm: list[str]) -> None:
    (kind,) = chance.choices(list(KINDS), list(KINDS.values()))
    if kind == "event":
        name = chance.choice(EVENTS)
        if name == "location":
            await line.location(user, 35.0, 139.0)
        else:
            await getattr(line, name)(user)
        return
    words = {
        "calm": lambda: chance.choice(calm),
        "button": lambda: chance.choice([*MEANINGS]),
        "hostile": lambda: chance.choice(HOSTILE),
        "noise": lambda: noise(chance),
    }[kind]()
    await line.text(user, words)


async def student(line: StandIn, number: int, calm: list[str]) -> str:
    chance, user = random.Random(SEED + number), await line.user()
    for _ in range(TURNS):
        await act(line, user, chance, calm)
        await asyncio.sleep(chance.random() * 0.2)
    return user


#: Every wording of every question of the intake.
QUESTIONS: Final = {PROFILE.text(key, band): key for key in TextKey if key.startswith("ask_") for band in (None, *Band)}
FRESH_STARTS: Final = {PROFILE.text(TextKey.STARTED_OVER, band) for band in (None, *Band)}


def put_too_often(spoken: list[str]) -> list[str]:
    """Questions that were put more than twice without a start over in between."""
    put: Counter[TextKey] = Counter()
    faults = []
    for text in spoken:
        if any(fresh in text for fresh in FRESH_STARTS):
            put.clear()
        for key in {key for question, key in QUESTIONS.items() if question in text}:
            put[key] += 1
            if put[key] > 2:
                faults.append(f"{key} {put[key]} times")
    return faults


async def test_no_turn_ends_in_silence_a_loop_or_an_exception(service: Running) -> None:
    await service.choose(profile="demo", clock=OPEN)
    calm = calm_lines()
    async with service.standin() as line:
        users = await asyncio.gather(*(student(line, number, calm) for number in range(STUDENTS)))
        contacts = [service.contact(user) for user in users]
        async with asyncio.timeout(600):
            while service.rows(
                "SELECT 1 FROM line_events WHERE done_at IS NULL AND contact_id = ANY(%s) LIMIT 1", contacts
            ):
                await asyncio.sleep(0.5)
        await service.settled()
        faults: list[str] = []
        for user in users:
            answers = await line.answers(user)
            for answer in answers:
                titles = tuple(
                    (str(q["label"]), str(q.get("text", q["label"]))) for q in answer.quick_replies if "text" in q
                )
                faults += house_rules([Reply(answer.text, titles)])
            transcript = service.transcript(user)
            faults += put_too_often([text or "" for author, text in transcript if author == "bot"])
            answers_kept = service.session(user)["answers"]
            faults += [f"{name} is {value}" for name, value in answers_kept.items() if "ZZZ" in str(value)]
            results = Counter(
                row["result"]
                for row in service.rows("SELECT result FROM line_events WHERE contact_id = %s", service.contact(user))
            )
            assert sum(results.values()) == TURNS
            faults += [f"{result}: {number}" for result, number in results.items() if result not in ANSWERED]
            # Whatever came before, the next plain word is answered.
            before = len(answers)
            await line.text(user, "ありがとう")
            await line.wait_for_answers(user, before + 1)
        await service.settled()
    assert faults == []
    silent = service.rows("SELECT count(*) AS n FROM line_events WHERE result = 'silent'")[0]["n"]
    assert silent <= STUDENTS * TURNS * (ONE_IN - 1) / ONE_IN / 4, "silence is the exception"


#: What may become of a turn: answered by Rasa, by the worker at risk, or left without an answer on purpose.
ANSWERED: Final = frozenset({"answered", "safety", "silent"})
