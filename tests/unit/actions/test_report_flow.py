"""A report told to the bot: danger first, everything may stay unsaid, nothing told is lost (KAG-2, WG-1, WG-17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.buttons import BUTTONS_A_MESSAGE, MEANINGS, TITLE_LENGTH, TITLES_OF_REPORT, Act
from actions.frame import Frame
from actions.intake import decide
from actions.memory import Answers, Memory, Stage, from_slots, to_slots
from actions.plan import Computed, Cue, Effect, Plan, ReportWrite
from actions.reading import Reading
from actions.report_heard import understood
from actions.report_run import CHOICES, FIXES, NO_MORE, SEND, Ask, ReportRun, summary_rows
from handoff.domain.report import Danger, Place, Since, TellSchool, Witness
from handoff.domain.texts import TextKey
from handoff.services.desk.reports.answer_report import READ_TITLE
from kernel.intake.quiet import ALL_DAY
from kernel.tracker import STEERING
from tests.support.risk_screen import real_screen

FRAME = Frame(reports=True, report_media=True)
BEGIN = Reading(Act.REPORT, words="通報する", button=True)
SKIPPED = Reading(Act.SKIP, words="答えたくない")
HEARD_BEFORE = Memory(noticed=True, turns=1)


def words(text: str, act: Act = Act.UNCLEAR, **more: Any) -> Reading:
    return Reading(act, words=text, telling=len(text) >= 20, **more)


def told(plan: Plan) -> ReportRun:
    assert plan.memory.report is not None
    return plan.memory.report


def said(plan: Plan) -> list[str]:
    return [str(cue.what) for part in plan.bubbles for cue in part.cues]


def asked(*readings: Reading) -> Plan:
    """The turn after these messages."""
    plan = decide(BEGIN, HEARD_BEFORE, FRAME)
    for reading in readings:
        plan = decide(reading, plan.memory, FRAME)
    return plan


def test_danger_is_asked_first_and_everything_may_be_skipped() -> None:
    plan = decide(BEGIN, HEARD_BEFORE, FRAME)
    questions = []
    for _ in Ask:
        run = told(plan)
        if run.asked is None:
            break
        questions.append(run.asked)
        plan = decide(SKIPPED, plan.memory, FRAME)
        assert plan.report is None, "nothing was told, nothing is kept"
    assert questions == [ask for ask in Ask if ask is not Ask.CONFIRM]
    assert told(plan).over and plan.effect is None and not told(plan).says_something


def test_a_picture_alone_is_something_told() -> None:
    plan = decide(Reading(Act.IMAGE), decide(BEGIN, HEARD_BEFORE, FRAME).memory, FRAME)
    assert told(plan).asked is Ask.DANGER and told(plan).says_something
    ended = decide(Reading(Act.STOP, words="やめる"), plan.memory, FRAME)
    assert ended.report is ReportWrite.SEND_HALF


@pytest.mark.parametrize("taken", [True, False])
def test_a_sound_alone_is_something_told_where_sounds_are_taken(taken: bool) -> None:
    frame = replace(FRAME, report_sounds=taken)
    plan = decide(Reading(Act.AUDIO), decide(BEGIN, HEARD_BEFORE, frame).memory, frame)
    assert told(plan).asked is Ask.DANGER and told(plan).says_something is taken
    (cue,) = plan.bubbles[0].cues
    assert cue == Cue(Computed.REPORT_MEDIA, "audio")


def test_without_pictures_none_are_asked_for_and_without_reports_none_is_begun() -> None:
    plan = decide(BEGIN, HEARD_BEFORE, Frame(reports=True))
    for _ in range(7):
        plan = decide(SKIPPED, plan.memory, Frame(reports=True))
        assert told(plan).asked is not Ask.EVIDENCE
    plain = decide(BEGIN, HEARD_BEFORE, Frame())
    assert plain.memory.report is None and TextKey.REPORT_HERE in said(plain)


def test_nobody_at_risk_is_asked_anything() -> None:
    plan = decide(replace(BEGIN, interrupted=True), HEARD_BEFORE, FRAME)
    assert plan.memory.report is None
    begun = asked(words("三人で一人をからかっています"))
    interrupted = decide(
        words("まだあります", interrupted=True), from_slots({**to_slots(begun.memory), "report_open": False}), FRAME
    )
    assert told(interrupted).over and told(interrupted).answers().what == "三人で一人をからかっています"


@pytest.mark.parametrize("ask", CHOICES)
def test_each_title_is_an_answer_of_its_own(ask: Ask) -> None:
    for title, code in CHOICES[ask].items():
        run = ReportRun(asked=ask)
        plan = decide(words(title, Act.TOPIC), replace(HEARD_BEFORE, done=True, report=run), FRAME)
        assert told(plan).chosen[ask] == code and not told(plan).told
        assert plan.report is ReportWrite.KEEP
        assert (TextKey.REPORT_DANGER_NOW in said(plan)) is (code is Danger.NOW)


@pytest.mark.parametrize(
    ("ask", "text", "code"),
    [
        (Ask.DANGER, "いません", Danger.NO),
        (Ask.DANGER, "いますぐ危ないです", Danger.NOW),
        (Ask.DANGER, "あぶないかもしれません", Danger.MAYBE),
        (Ask.WITNESS, "その子の友達です", Witness.FRIEND),
        (Ask.WITNESS, "母です", Witness.PARENT),
        (Ask.WITNESS, "自分がされています", Witness.VICTIM),
        (Ask.WITNESS, "うわさで聞きました", Witness.HEARD),
        (Ask.WHERE, "インスタのストーリー", Place.SNS),
        (Ask.WHERE, "フォトナの中", Place.GAME),
        (Ask.WHERE, "サッカー部の部室", Place.CLUB),
        (Ask.WHERE, "塾の帰り", Place.OUTSIDE),
        (Ask.WHERE, "3階のトイレ", Place.CLASS),
        (Ask.SINCE, "今日の昼", Since.TODAY),
        (Ask.SINCE, "先週から", Since.WEEK),
        (Ask.SINCE, "1か月前くらい", Since.MONTH),
        (Ask.SINCE, "半年くらい前", Since.LONGER),
        (Ask.TELL, "わたしとばれないなら", TellSchool.HIDDEN),
        (Ask.TELL, "いやです", TellSchool.NO),
        (Ask.TELL, "いいですよ", TellSchool.YES),
        (Ask.TELL, "教育委員会ならいいです", TellSchool.BOARD_ONLY),
        (Ask.TELL, "先に聞いてください", TellSchool.ASK_FIRST),
        # Whoever is in danger is never taken for nobody.
        (Ask.DANGER, "いまは大丈夫です", Danger.NO),
        (Ask.DANGER, "だれもいないと思います。", Danger.NO),
        (Ask.DANGER, "大丈夫じゃない", Danger.NOW),
        (Ask.DANGER, "だいじょうぶではありません", Danger.NOW),
        (Ask.DANGER, "はい、います。でも先生はいないです", Danger.NOW),
        (Ask.DANGER, "いま、助けてくれる人がいません", None),
        (Ask.DANGER, "味方がいない", None),
        (Ask.DANGER, "親がいないので一人です", None),
        (Ask.DANGER, "大丈夫かわからない", Danger.MAYBE),
        (Ask.DANGER, "危なくないとは言えない", Danger.MAYBE),
        (Ask.WITNESS, "されている子を見ました", Witness.SAW),
        (Ask.WITNESS, "自分は見ただけです", Witness.SAW),
        # Nobody who asks us not to tell is taken for one who allows it.
        (Ask.TELL, "学校には伝えてほしくないです", TellSchool.NO),
        (Ask.TELL, "担任には絶対に言ってほしくない", TellSchool.NO),
        (Ask.TELL, "教育委員会にも言わないでください", TellSchool.NO),
        (Ask.TELL, "伝えなくていいです", TellSchool.NO),
        (Ask.TELL, "ひみつにしてください", TellSchool.NO),
        (Ask.TELL, "先生に言っても大丈夫じゃないと思う", None),
        (Ask.TELL, "言ったらもっとひどくなるからいいです", None),
        (Ask.TELL, "ばれるのがこわい", TellSchool.ASK_FIRST),
        (Ask.TELL, "だれが言ったかわからないようにしてください", TellSchool.HIDDEN),
        (Ask.TELL, "名前を出さないなら伝えてください", TellSchool.HIDDEN),
        (Ask.TELL, "学校には言わないで、教育委員会だけに", TellSchool.BOARD_ONLY),
        (Ask.TELL, "大丈夫です", TellSchool.ASK_FIRST),
        (Ask.TELL, "いいです。", TellSchool.ASK_FIRST),
        (Ask.TELL, "伝えて大丈夫です", TellSchool.YES),
        (Ask.TELL, "はい、伝えてください", TellSchool.YES),
        (Ask.TELL, "先生に言ってほしいです", TellSchool.YES),
    ],
)
def test_an_answer_in_ones_own_words_is_understood(ask: Ask, text: str, code: str | None) -> None:
    assert understood(ask, text) == code


@pytest.mark.parametrize(("ask", "act"), [(Ask.DANGER, Act.DENY), (Ask.TELL, Act.AFFIRM)])
def test_a_no_or_yes_that_the_model_hears_in_a_sentence_decides_nothing_bold(ask: Ask, act: Act) -> None:
    """「いま、助けてくれる人がいません」 may be a denial to the model; nobody is safe by that."""
    said_so = words("いまここにいる人のことをずっと考えています", act)
    plan = decide(said_so, replace(HEARD_BEFORE, report=ReportRun(asked=ask)), FRAME)
    assert told(plan).chosen.get(ask) is None and "考えています" in str(told(plan).told)


def test_a_second_no_to_the_summary_sends_nothing_as_agreed() -> None:
    plan = asked(*(SKIPPED,) * 2, words("三人で一人をからかっています"), *(SKIPPED,) * 5)
    assert told(plan).asked is Ask.CONFIRM
    plan = decide(words("いいえ", Act.DENY), plan.memory, FRAME)
    assert told(plan).asked is Ask.CONFIRM
    plan = decide(words("いいえ", Act.DENY), plan.memory, FRAME)
    assert plan.report is ReportWrite.SEND_HALF and TextKey.REPORT_STOPPED in said(plan)


def test_a_no_to_danger_is_a_no_and_not_a_refusal() -> None:
    assert told(asked(words("いいえ", Act.DENY))).chosen == {"danger": "no"}
    assert told(asked(words("はい", Act.AFFIRM))).chosen == {"danger": "now"}


def test_who_tells_at_once_what_they_came_for_is_heard() -> None:
    plan = decide(words("となりの席の子が毎日ものをかくされていて知らせたいです", Act.REPORT), HEARD_BEFORE, FRAME)
    assert plan.report is ReportWrite.KEEP and told(plan).asked is Ask.DANGER
    plan = decide(SKIPPED, plan.memory, FRAME)
    plan = decide(SKIPPED, plan.memory, FRAME)
    assert told(plan).asked is Ask.WHERE, "it isn't asked again"


def test_a_story_in_place_of_a_choice_is_kept_and_the_question_comes_once_more() -> None:
    plan = asked(words("部活の先輩がずっと一人の子をけっています"))
    assert told(plan).asked is Ask.DANGER and told(plan).answers().what.startswith("部活の先輩")
    plan = decide(words("きのうは水をかけられていたのを見ました"), plan.memory, FRAME)
    assert told(plan).asked is Ask.WITNESS and "水をかけられ" in told(plan).answers().what


@pytest.mark.parametrize("act", [Act.ASK_HUMAN, Act.LEAVE_MESSAGE, Act.START_OVER, Act.STOP])
def test_whatever_breaks_it_off_what_was_told_reaches_people(act: Act) -> None:
    plan = decide(Reading(act, words="やめます"), asked(words("いません"), SKIPPED, words("見たこと")).memory, FRAME)
    assert plan.report is ReportWrite.SEND_HALF
    assert (plan.effect is Effect.HANDOFF) is (act is Act.ASK_HUMAN)
    nothing = decide(Reading(act, words="やめます"), asked(SKIPPED).memory, FRAME)
    assert nothing.report is None


def test_from_the_summary_one_answer_is_told_anew_and_the_others_stay() -> None:
    plan = asked(
        words("いません"), words("見た"), words("はじめの話"), words("教室"), SKIPPED, SKIPPED, SKIPPED, SKIPPED
    )
    assert told(plan).asked is Ask.CONFIRM
    for title, ask in FIXES.items():
        again = decide(words(title), plan.memory, FRAME)
        assert told(again).asked is ask
        after = decide(words("あとの話"), again.memory, FRAME)
        if told(after).asked is ask:  # not understood as a choice: asked once more
            after = decide(SKIPPED, after.memory, FRAME)
        assert told(after).asked is Ask.CONFIRM, ask
        kept = told(after).answers().what
        assert kept == ("あとの話" if ask is Ask.WHAT else "はじめの話")
    assert decide(words(SEND), plan.memory, FRAME).report is ReportWrite.SEND


def test_the_summary_shows_what_was_told_and_no_more() -> None:
    assert summary_rows(ReportRun()) == ()
    long = "あ" * 300
    for told_so in (ReportRun().with_words(Ask.WHAT, long), ReportRun().with_words(Ask.WHAT, "一つ\n二つ")):
        (row,) = summary_rows(told_so)
        assert row == "・起きていること: 書いてくれたとおりです", "no part of words that may be withdrawn"


def test_the_reporter_is_never_taken_for_the_one_concerned() -> None:
    reading = words("中2の男子です。学校は西中", told=Answers(grade="中2", gender="男", school_name="西中"))
    plan = decide(reading, asked(words("いません"), SKIPPED, SKIPPED, SKIPPED, SKIPPED).memory, FRAME)
    assert plan.memory.answers == Answers() and told(plan).answers().school_name == "西中"


def test_the_titles_fit_and_mean_one_thing() -> None:
    for ask in Ask:
        plan = decide(words("x"), replace(HEARD_BEFORE, done=True, report=ReportRun(asked=ask, put=9)), FRAME)
        assert all(len(part.buttons) <= BUTTONS_A_MESSAGE for part in plan.bubbles)
    titles = [title for choices in CHOICES.values() for title in choices] + [*FIXES, SEND]
    assert all(len(title) <= TITLE_LENGTH for title in titles)
    assert not {title for title in (*FIXES, SEND) if title in MEANINGS}
    assert len(TITLES_OF_REPORT) == 2


READINGS = st.builds(
    Reading,
    act=st.sampled_from(Act),
    words=st.sampled_from(
        ["", "はい", SEND, *FIXES, "見た", "三人で一人を", "前の質問に戻る", "いま、あぶない人がいる"]
    ),
    declined=st.booleans(),
    telling=st.booleans(),
    story=st.booleans(),
    screened_heavy=st.booleans(),
    interrupted=st.booleans(),
    quiet=st.sampled_from([(), (ALL_DAY,)]),
)


@settings(max_examples=300)
@given(st.lists(READINGS, max_size=25))
def test_whatever_is_sent_no_question_comes_for_ever_and_nothing_told_is_lost(readings: list[Reading]) -> None:
    memory = decide(BEGIN, HEARD_BEFORE, FRAME).memory
    for reading in readings:
        before = memory.report
        plan = decide(reading, memory, FRAME)
        memory = plan.memory
        assert from_slots(to_slots(memory)) == memory
        if before is not None and not before.over and not memory.in_report:
            ends = plan.report in (ReportWrite.SEND, ReportWrite.SEND_HALF)
            assert ends or not before.says_something or reading.interrupted, "what was told reaches people"
        if memory.in_report:
            assert memory.stage in Stage and told(plan).asked is not None
            assert told(plan).put <= 3


def test_steering_slots_hold_no_words() -> None:
    assert {"report_open", "report_answer"} <= STEERING and "report" not in STEERING


#: What reporters write before they tap; none of it is at risk by itself.
BEFORE = (
    (),
    ("いじめを見ました", "体育のとき、三人がひとりの子の体操着をかくしていました"),
    ("クラスのグループで悪口を書かれている子がいます", "SNSやチャット"),
    ("先生に言ってもだめでした", "三人が一人をからかっています", "この1か月くらい", "名前は書きたくないです"),
    ("いつも一人でお昼を食べています", "だれも助けません"),
)


def test_no_title_of_ours_calls_anybody() -> None:
    """A tapped title is screened like every message: one in which the screen heard danger would end the questions."""
    screen = real_screen()
    titles = {*(title for choices in CHOICES.values() for title in choices), *FIXES, SEND, NO_MORE, *TITLES_OF_REPORT}
    loud = [
        (title, before)
        for title in sorted(titles | {READ_TITLE})
        for before in BEFORE
        if screen.assess_after(before, title, ()).level not in ("none", "concern")
    ]
    assert loud == []


@pytest.mark.parametrize("stage", [Stage.INTAKE, Stage.LEFT_MESSAGE, Stage.WAITING])
@pytest.mark.parametrize(
    ("text", "act", "taken"),
    [
        ("さっきの通報を取り消したい", Act.REPORT, True),
        ("通報を取り下げたいです", Act.REPORT, True),
        ("通報したこと、やっぱりなしにして", Act.REPORT, True),
        ("さっきの通報はなかったことにしてください", Act.REPORT, True),
        ("やっぱり通報やめたい", Act.STOP, True),
        ("通報のキャンセルをお願いします", Act.SERVICE, True),
        ("通報して動画を消してほしい", Act.REPORT, False),
        ("先生に通報をなかったことにされた", Act.REPORT, False),
        ("通報を取り下げられた", Act.REPORT, False),
        ("通報したい", Act.REPORT, False),
    ],
)
def test_whoever_wants_to_take_a_report_back_is_heard_by_people_and_asked_no_questions(
    stage: Stage, text: str, act: Act, taken: bool
) -> None:
    before = replace(HEARD_BEFORE, stage=stage)
    plan = decide(words(text, act), before, FRAME)
    assert (said(plan) == [TextKey.REPORT_TAKE_BACK]) == taken
    if taken:
        assert plan.effect is Effect.LEAVE_MESSAGE and plan.report is None and not plan.memory.in_report
        assert plan.memory.stage is (Stage.WAITING if stage is Stage.WAITING else Stage.LEFT_MESSAGE)


def test_in_the_middle_of_a_report_and_at_risk_the_same_words_do_what_they_did() -> None:
    stopped = decide(words("通報をやめたい", Act.STOP), asked(SKIPPED, SKIPPED, words("けられています")).memory, FRAME)
    assert said(stopped) == [TextKey.REPORT_STOPPED]
    interrupted = words("通報を取り消したい", Act.REPORT, interrupted=True)
    assert TextKey.REPORT_TAKE_BACK not in said(decide(interrupted, HEARD_BEFORE, FRAME))
