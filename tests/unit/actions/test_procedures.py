"""Going through a board's procedure: every question once, nobody suspected advised, a record at the end (HYO-Ⅰ to Ⅲ)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.buttons import Act, Role, Topic
from actions.frame import Frame
from actions.intake import decide
from actions.memory import Answers, Memory, Question, Stage, recorded
from actions.plan import Computed, Effect, Plan
from actions.progress import LONGEST_ANSWER, Progress
from actions.reading import Reading
from actions.service_questions import ServiceQuestion
from handoff.adapters.procedures import load_procedures
from handoff.domain.profile.procedure import DELETION_WARNING, Contact, Kind, Procedure
from handoff.domain.texts import TextKey
from kernel.intake.quiet import ALL_DAY

ALL = load_procedures(Path(__file__).resolve().parents[3] / "data" / "procedures" / "hyogo_netbullying_v1")
FRAME = Frame(procedures=ALL)
BY_ID = {one.id: one for one in ALL}
SAID = {step.say: step for one in ALL for step in one.steps if step.say}
ASKED = {step.ask for one in ALL for step in one.steps if step.ask}
ROLES = {"I": Role.SELF, "II": Role.GUARDIAN, "III": Role.TEACHER}


def said(plan: Plan) -> list[str]:
    return [str(cue.what) for part in plan.bubbles for cue in part.cues]


def words(text: str, act: Act = Act.UNCLEAR, **more: Any) -> Reading:
    return Reading(act, words=text, **more)


def at_the_last_question(answers: Answers) -> Memory:
    asked = frozenset(Question) - {Question.GENDER}
    return Memory(answers, settled=asked, asked=Question.GENDER, put=1, noticed=True, turns=3)


DECLINE = Reading(Act.SKIP, words="答えたくない")


def started(name: str, **answers: Any) -> Plan:
    """The intake has ended on net trouble; the last answer begins the procedure."""
    numeral, place = name.split("-")
    memory = at_the_last_question(Answers(topic=Topic.NET_TROUBLE, role=ROLES[numeral], **answers))
    return decide(DECLINE, replace(memory, kind=list(Kind)[int(place) - 1]), FRAME)


def through(name: str, replies: dict[str, str], **answers: Any) -> tuple[list[str], Memory]:
    """The whole procedure with these answers by step; everything else is declined. What was said, and the end."""
    plan = started(name, **answers)
    heard = said(plan)
    for _ in range(60):
        progress = plan.memory.progress
        if not plan.memory.in_procedure or progress is None:
            return heard, plan.memory
        answer = replies.get(progress.step or "", "")
        reading = words(answer) if answer else words("答えたくない", Act.SKIP)
        plan = decide(reading, plan.memory, FRAME)
        heard += said(plan)
    raise AssertionError("it doesn't end")


def record(memory: Memory) -> dict[str, Any]:
    return dict(json.loads(recorded(memory)["procedure"] or ""))


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_each_begins_after_the_intake_and_ends_with_both_ways_on(name: str) -> None:
    plan = started(name)
    assert TextKey.PROCEDURE_INTRO in said(plan)
    assert plan.record
    heard, memory = through(name, {})
    assert TextKey.PROCEDURE_DONE in heard
    assert memory.done
    assert memory.stage is Stage.LEFT_MESSAGE, "what was answered reaches a counsellor without another tap"
    assert record(memory)["procedure"] == name
    assert record(memory)["version"] == BY_ID[name].version


def test_the_kind_is_asked_where_the_words_did_not_say_it() -> None:
    plan = decide(DECLINE, at_the_last_question(Answers(topic=Topic.NET_TROUBLE, role=Role.SELF)), FRAME)
    assert said(plan)[-1] == TextKey.PROCEDURE_KIND
    chosen = decide(words("いやなメールが来る", Act.TOPIC, kind=Kind.MAIL), plan.memory, FRAME)
    assert chosen.memory.progress is not None
    assert chosen.memory.progress.procedure == "I-2"
    neither = decide(words("どれでもない"), plan.memory, FRAME)
    assert said(neither)[-1] == TextKey.PROCEDURE_KIND, "once more"
    neither = decide(words("どれでもない"), neither.memory, FRAME)
    assert not neither.memory.in_procedure
    assert Computed.OFFER in said(neither)


def test_the_deletion_advice_is_for_high_school_and_carries_the_warning() -> None:
    heard, memory = through("I-1", {"wish": "投稿を消したい"}, grade="高2", school_type="高校")
    assert sum(DELETION_WARNING in text for text in heard) == 1
    assert "deletion" in record(memory)["said"]
    for younger in ({"grade": "中3", "school_type": "中学校"}, {}):
        heard, memory = through("I-1", {"wish": "投稿を消したい"}, **younger)
        assert not any(DELETION_WARNING in text for text in heard), younger
    heard, _ = through("II-1", {})
    assert any(DELETION_WARNING in text for text in heard), "no age gate for guardians"


@pytest.mark.parametrize(
    ("answer", "suspected"),
    [
        ("お家の人", Contact.GUARDIAN),
        ("お母さんだと思う", Contact.GUARDIAN),
        ("先生", Contact.TEACHER),
        ("たぶん担任", Contact.TEACHER),
    ],
)
@pytest.mark.parametrize("name", ["I-1", "I-2"])
def test_who_is_suspected_is_never_the_advised_contact(name: str, answer: str, suspected: Contact) -> None:
    heard, memory = through(name, {"suspect": answer, "threat": "はい"})
    advised = {contact for text in heard if text in SAID for contact in SAID[text].advises}
    assert suspected not in advised
    assert advised, "somebody is advised all the same"
    if suspected is Contact.GUARDIAN:
        assert Contact.POLICE in advised, "the police can be reached without them"
    assert suspected.value in memory.suspects


@pytest.mark.parametrize("topic_words", [frozenset({"guardian"}), frozenset({"teacher"})])
def test_the_screens_suspects_count_like_an_answer(topic_words: frozenset[str]) -> None:
    plan = started("I-1")
    heard, memory = said(plan), plan.memory
    plan = decide(words("お父さんがのせた", suspects=topic_words), memory, FRAME)
    while plan.memory.in_procedure:
        heard += said(plan)
        plan = decide(words("わからない", Act.UNSURE), plan.memory, FRAME)
    heard += said(plan)
    advised = {contact.value for text in heard if text in SAID for contact in SAID[text].advises}
    assert not advised & topic_words


def test_the_school_is_asked_only_after_a_yes() -> None:
    for answer, asked in (("はい", True), ("いいえ", False), ("", False)):
        heard, memory = through("I-1", {"bullying": "はい", "consent": answer}, grade="中2")
        assert ("よければ、学校の名前を教えてください。" in heard) is asked
        consent = next(one for one in record(memory)["answers"] if one["label"] == "学校に連絡する了解")
        assert consent["answer"] == record(memory)["consent"] == (answer or "無回答")


def test_short_answers_choose_and_free_text_is_kept() -> None:
    plan = started("I-1")
    plan = decide(words("なんかの掲示板"), plan.memory, FRAME)
    progress = plan.memory.progress
    assert progress is not None
    assert progress.answers["site"] == "なんかの掲示板"
    plan = decide(words("うーん", Act.UNSURE), plan.memory, FRAME)
    assert plan.memory.progress is not None
    assert plan.memory.progress.answers["url"] == "わからない"
    plan = decide(words("あ" * 2000), plan.memory, FRAME)
    assert plan.memory.progress is not None
    assert len(plan.memory.progress.answers["suspect"]) == LONGEST_ANSWER


def test_a_choice_means_itself_whatever_the_model_reads() -> None:
    for act in Act:
        plan = decide(words("LINE", act), started("I-1").memory, FRAME)
        if act in (Act.STICKER, Act.IMAGE, Act.VIDEO, Act.AUDIO, Act.FILE, Act.LOCATION, Act.UNKNOWN_EVENT):
            continue
        progress = plan.memory.progress
        assert progress is not None
        assert progress.answers == {"site": "LINE"}, act


def test_a_question_about_the_service_is_answered_and_the_step_is_put_once_more() -> None:
    plan = started("I-1")
    question = said(plan)[-1]
    for times in (1, 2, 3):
        plan = decide(words("だれが読むの", Act.SERVICE, service=ServiceQuestion.READERS), plan.memory, FRAME)
        assert TextKey.NOTICE_READERS in said(plan)
        assert (question in said(plan)) is (times == 1)
        assert plan.bubbles[-1].buttons[-1] == "相談員と話す"


def test_a_saved_screen_is_an_answer_where_one_is_asked_for_and_no_answer_elsewhere() -> None:
    plan = decide(Reading(Act.IMAGE), started("I-1").memory, FRAME)
    assert plan.memory.progress is not None
    assert plan.memory.progress.step == "site"
    assert Computed.MEDIA in said(plan)
    memory = started("I-1").memory
    for _ in range(12):
        if memory.progress is not None and memory.progress.step == "screen":
            break
        memory = decide(words("答えたくない", Act.SKIP), memory, FRAME).memory
    plan = decide(Reading(Act.IMAGE), memory, FRAME)
    assert plan.memory.progress is not None
    assert "screen" in plan.memory.progress.answers
    assert Computed.MEDIA in said(plan)


@pytest.mark.parametrize("act", [Act.ASK_HUMAN, Act.LEAVE_MESSAGE, Act.STOP])
def test_a_person_or_an_end_is_in_reach_and_the_record_stays(act: Act) -> None:
    plan = decide(words("LINEです"), started("I-1").memory, FRAME)
    plan = decide(words("", act), plan.memory, FRAME)
    assert not plan.memory.in_procedure
    assert plan.record
    assert record(plan.memory)["answers"][0] == {"label": "サイトの名前", "answer": "LINEです"}


def test_what_the_board_took_out_meanwhile_is_asked_no_more() -> None:
    plan = started("I-1")
    for frame in (Frame(), Frame(procedures=(BY_ID["II-1"],))):
        after = decide(words("LINE"), plan.memory, frame)
        assert not after.memory.in_procedure
        assert after.bubbles[-1].buttons


def test_a_profile_without_procedures_goes_on_as_before() -> None:
    plan = started("I-1")
    memory = at_the_last_question(Answers(topic=Topic.NET_TROUBLE, role=Role.SELF))
    other = decide(DECLINE, replace(memory, kind=Kind.POST))
    assert other.memory.progress is None
    assert Computed.OFFER in said(other)
    assert plan.memory.progress is not None


def test_the_words_of_others_quoted_in_an_answer_are_an_answer() -> None:
    plan = started("I-2")
    for act in (Act.PRANK, Act.QUIET_HOURS):
        before = plan.memory.progress
        plan = decide(words("消えろ カス", act, heavy=True, quiet=(ALL_DAY,)), plan.memory, FRAME)
        assert plan.memory.progress is not None and before is not None
        assert len(plan.memory.progress.answers) == len(before.answers) + 1
        assert plan.effect is None and plan.quiet is None and not plan.silent


def test_what_is_told_of_the_suspect_is_no_news_of_the_child() -> None:
    memory = started("I-1", grade="中2", school_type="中学校").memory
    for _ in range(2):
        memory = decide(words("答えたくない", Act.SKIP), memory, FRAME).memory
    other = Answers(grade="高2", school_type="高校", gender="男")
    plan = decide(words("同じ学校の高2の男子", told=other), memory, FRAME)
    assert (plan.memory.answers.grade, plan.memory.answers.gender) == ("中2", None)
    assert plan.memory.progress is not None and plan.memory.progress.answers["suspect"] == "同じ学校の高2の男子"


@pytest.mark.parametrize("answer", ["校長", "部活の監督", "叔父さん", "おばさん", "センコー"])
def test_many_words_name_somebody_of_the_family_or_the_school(answer: str) -> None:
    _, memory = through("I-1", {"suspect": answer})
    assert memory.suspects


def test_who_is_blamed_in_another_answer_is_not_advised_either() -> None:
    heard, memory = through("I-3", {"billing": "お父さんが勝手に登録した"})
    assert "guardian" in memory.suspects
    advised = {contact for text in heard if text in SAID for contact in SAID[text].advises}
    assert Contact.GUARDIAN not in advised


def test_answers_of_a_procedure_that_is_left_reach_a_counsellor() -> None:
    memory = decide(words("LINEです"), started("I-1").memory, FRAME).memory
    for reading in (words("やめる", Act.STOP), words("もう限界", heavy=True, screened_heavy=True)):
        plan = decide(reading, memory, FRAME)
        assert plan.effect is Effect.LEAVE_MESSAGE
        assert plan.record


def test_the_kind_is_taken_from_words_about_the_net_alone() -> None:
    bill = words("スマホで課金しすぎて母に怒られた", Act.TOPIC, kind=Kind.BILLING, told=Answers(topic=Topic.FAMILY))
    assert decide(bill, Memory(noticed=True), FRAME).memory.kind is None
    post = words("悪口を書かれた", Act.TOPIC, kind=Kind.POST, told=Answers(topic=Topic.NET_TROUBLE))
    assert decide(post, Memory(noticed=True), FRAME).memory.kind is Kind.POST


replies = st.one_of(
    st.builds(words, st.text(max_size=30)),
    st.builds(words, st.sampled_from(["はい", "いいえ", "わからない", "お家の人", "先生", "高2", "小5です", "警察"])),
    st.builds(lambda act: Reading(act, words="x"), st.sampled_from([act for act in Act if act is not Act.START_OVER])),
    st.builds(lambda: words("無理", heavy=True, screened_heavy=True)),
    st.builds(lambda: words("死", interrupted=True)),
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(BY_ID)), st.lists(replies, max_size=45))
def test_no_answers_make_it_nag_advise_a_suspect_or_go_on_for_ever(name: str, talk: list[Reading]) -> None:
    plan = started(name)
    put: Counter[str] = Counter(text for text in said(plan) if text in ASKED)
    for reading in talk:
        before = plan.memory
        plan = decide(reading, before, FRAME)
        put.update(text for text in said(plan) if text in ASKED)
        assert len(plan.bubbles) <= 6
        suspected = {one.value for one in Contact if one.value in plan.memory.suspects}
        advised = {one.value for text in said(plan) if text in SAID for one in SAID[text].advises}
        assert not advised & suspected
        if reading.screened_heavy or reading.interrupted:
            assert not plan.memory.in_procedure
    procedure: Procedure = BY_ID[name]
    same = Counter(step.ask for step in procedure.steps if step.ask)
    # A picture where none is asked for, or silence, puts the question again without counting: those answers say nothing.
    says_nothing = sum(one.act in (Act.IMAGE, Act.VIDEO, Act.FILE) for one in talk)
    assert all(times <= 2 * same[text] + says_nothing for text, times in put.items()), put
    if plan.memory.progress is not None:
        Progress.from_json(json.loads(json.dumps(plan.memory.progress.as_json())))
        json.loads(plan.memory.progress.record())
