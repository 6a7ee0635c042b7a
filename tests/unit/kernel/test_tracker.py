"""The stored form of a conversation, and taking an unsent message out of it (in both interpreters)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tracker import PREFIX, REMOVED, STEERING, TrackerUnreadable, pack, scrub, unpack

ANSWERS = {"age", "grade", "year", "school_type", "school_name", "gender", "topic", "role", "progress", "report"}


def user(message_id: str, text: str, intent: str = "inform") -> dict[str, Any]:
    parsed = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.7},
        "entities": [{"entity": "place", "value": text}],
        "intent_ranking": [{"name": intent, "confidence": 0.7}],
        "message_id": message_id,
        "metadata": {"message_id": message_id},
        "text_tokens": [[0, 2]],
    }
    return {
        "event": "user",
        "timestamp": 1.5,
        "text": text,
        "parse_data": parsed,
        "input_channel": "bridge",
        "message_id": message_id,
        "metadata": {"message_id": message_id, "model_id": "m", "assistant_id": "a"},
    }


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "timestamp": 2.0, "name": name, "value": value}


def bot(text: str) -> dict[str, Any]:
    return {"event": "bot", "timestamp": 2.5, "text": text, "data": {"buttons": None}, "metadata": {}}


def two_turns() -> list[dict[str, Any]]:
    return [
        {"event": "action", "timestamp": 1.0, "name": "action_listen", "policy": None},
        *(user("m1", "みどり第三中の2年です"), slot("school_name", "みどり第三中"), slot("grade", "中2")),
        *(slot("stage", "intake"), slot("requested_slot", "topic"), bot("みどり第三中、中2ですね。")),
        *(
            user("m2", "部活のことです", "club"),
            slot("school_name", "みどり第三中"),
            slot("topic", "club"),
            bot("はい。"),
        ),
    ]


def text_of(packed: str) -> str:
    return json.dumps(unpack(packed), ensure_ascii=False)


def test_what_rasa_reads_again_comes_back() -> None:
    events = unpack(pack(two_turns()))
    assert [event["event"] for event in events] == [event["event"] for event in two_turns()]
    assert events[1]["text"] == "みどり第三中の2年です"
    assert events[1]["metadata"] == {"message_id": "m1"}
    assert "intent_ranking" not in events[1]["parse_data"]
    assert events[7]["parse_data"]["intent_ranking"] == [{"name": "club", "confidence": 0.7}]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=4), max_size=6))
def test_packing_is_stable(events: list[dict[str, Any]]) -> None:
    packed = pack(events)
    assert pack(unpack(packed)) == packed


@pytest.mark.parametrize("stored", ["", "[]", PREFIX, PREFIX + "!!", PREFIX + "AAAA", pack([])[:-6]])
def test_a_foreign_or_cut_text_is_refused(stored: str) -> None:
    with pytest.raises(TrackerUnreadable):
        unpack(stored)


def test_an_unsent_message_is_gone_with_what_came_of_it() -> None:
    cleared = scrub(pack(two_turns()), "m1")
    for word in ("みどり", "第三", "中2"):
        assert word not in text_of(cleared)
    events = unpack(cleared)
    assert events[1]["text"] == "" and events[1]["parse_data"]["entities"] == []
    assert events[1]["parse_data"]["intent"]["name"] == "inform"
    assert events[1]["message_id"] == "m1" and events[1]["metadata"]["unsent"] is True
    assert events[6]["text"] == f"{REMOVED}、{REMOVED}ですね。"


def test_everything_else_stays() -> None:
    events = unpack(scrub(pack(two_turns()), "m1"))
    kept = {event["name"]: event.get("value") for event in events if event["event"] == "slot"}
    assert kept["topic"] == "club" and kept["stage"] == "intake" and kept["requested_slot"] == "topic"
    assert events[7]["text"] == "部活のことです" and events[-1]["text"] == "はい。"


def test_an_answer_of_an_earlier_message_survives_its_repetition() -> None:
    cleared = unpack(scrub(pack(two_turns()), "m2"))
    assert [e.get("value") for e in cleared if e.get("name") == "school_name"] == ["みどり第三中", "みどり第三中"]
    assert [e.get("value") for e in cleared if e.get("name") == "topic"] == [None]


def test_an_answer_given_anew_in_other_words_stays() -> None:
    events = [*two_turns(), user("m3", "やっぱり高1"), slot("grade", "高1")]
    cleared = unpack(scrub(pack(events), "m1"))
    assert [e.get("value") for e in cleared if e.get("name") == "grade"] == [None, "高1"]


def test_of_a_record_of_several_messages_only_this_ones_words_go() -> None:
    first = {"procedure": "I-1", "step": "url", "answers": {"site": "ひみつの掲示板"}, "labels": {"site": "サイト"}}
    later = {**first, "answers": {"site": "ひみつの掲示板", "url": "わからない"}}
    long = {**first, "answers": {"site": "あ" * 300}}
    events = [
        *(user("m1", "ひみつの掲示板"), slot("progress", first), user("m2", "わからない"), slot("progress", later)),
        *(user("m3", "あ" * 900), slot("progress", long)),
    ]
    found = [e["value"] for e in unpack(scrub(pack(events), "m1")) if e.get("name") == "progress"]
    assert [one["answers"]["site"] for one in found[:2]] == [REMOVED, REMOVED]
    assert found[1]["answers"]["url"] == "わからない"
    assert found[1]["labels"] == {"site": "サイト"}
    assert unpack(scrub(pack(events), "m3"))[-1]["value"]["answers"] == {"site": REMOVED}


def test_a_report_loses_the_one_message_that_is_withdrawn() -> None:
    first = {"told": {"what": ["三人でからかっています"]}, "chosen": {"danger": "no"}}
    later = {"told": {"what": ["三人でからかっています", "ひみつの話"]}, "chosen": {"danger": "no"}}
    turns = [
        user("m1", "三人でからかっています"),
        slot("report", first),
        user("m2", "ひみつの話"),
        slot("report", later),
    ]
    (before, after) = [e["value"] for e in unpack(scrub(pack(turns), "m2")) if e.get("name") == "report"]
    assert before == first
    assert after == {"told": {"what": ["三人でからかっています", REMOVED]}, "chosen": {"danger": "no"}}


def test_twice_is_once_and_an_unknown_message_changes_nothing() -> None:
    packed = pack(two_turns())
    once = scrub(packed, "m1")
    assert scrub(once, "m1") == once
    assert scrub(packed, "m9") == packed


def test_every_slot_of_the_domain_is_an_answer_or_steers() -> None:
    yaml = pytest.importorskip("yaml")
    domain = yaml.safe_load((Path(__file__).parents[3] / "domain.yml").read_text(encoding="utf-8"))
    steering = STEERING - {"requested_slot", "session_started_metadata"}
    assert set(domain["slots"]) == ANSWERS | steering
