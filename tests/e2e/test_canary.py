"""Words, names, ids and addresses of a whole evening are in no log, table, file, notice, error or backup (rows 21, 25).

Each flow that takes words has a word of its own, and shows it at the page where it belongs: none passes by having been
refused. What is in the clear by decision isn't a canary here: the names by which staff sign in, names of schools, and
what is published for everybody to read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from tests.e2e.canary import alarms, children, house, office, refusals, reports, talks
from tests.e2e.canary.evening import Evening, evening
from tests.e2e.canary.places import CONTROL, Search, control, opened
from tests.support.needles import Needles
from tests.support.running import Running

type Act = Callable[[Evening, str], Awaitable[str]]

#: Every flow in its order, with its word.
FLOWS: Final[tuple[tuple[str, Act], ...]] = (
    ("ラインノカナリア", children.line_words),
    ("トリケシノカナリア", children.words_taken_back),
    ("ナオシタカナリア", children.words_changed),
    ("バショノカナリア", children.name_of_a_place),
    ("スタンプノカナリア", children.words_of_a_sticker),
    ("フダノカナリア", children.name_of_a_file_on_line),
    ("キキノカナリア", children.words_at_risk),
    ("チャットノカナリア", children.chat_words),
    ("ツウホウノカナリア", children.words_of_a_report),
    ("ガッコウノカナリア", children.school_of_a_report),
    ("シャシンノカナリア", children.name_of_a_file),
    ("カキタシノカナリア", children.report_sent),
    ("アンノカナリア", talks.line_to_approve),
    ("サシモドシノカナリア", talks.remark_on_a_line),
    ("ヘンジノカナリア", talks.line_to_the_pupil),
    ("メモノカナリア", talks.note),
    ("ミミウチノカナリア", talks.whisper),
    ("シタガキノカナリア", talks.draft),
    ("ケイカクノカナリア", talks.plan),
    ("アイカタノカナリア", talks.way_to_meet),
    ("ヨウジノカナリア", talks.task),
    ("ヨウジノケッカカナリア", talks.result_of_a_task),
    ("ホゼンノカナリア", talks.hold),
    ("ホゼントイタカナリア", talks.hold_lifted),
    ("デンワソウダンカナリア", talks.talk_by_telephone),
    ("トウバンノヘンジカナリア", alarms.answer_from_the_alarm),
    ("ガラスノカナリア", alarms.glass_broken),
    ("ツウワノカナリア", alarms.call_to_an_agency),
    ("シジヲアオグカナリア", alarms.board_is_asked),
    ("シジノカナリア", alarms.board_answers),
    ("レンラクヒョウノカナリア", alarms.id_on_the_sheet),
    ("ミタイカナリア", alarms.wish_to_see_the_id),
    ("シュウリョウノカナリア", alarms.escalation_closed),
    ("ヒキツギヒョウノカナリア", talks.handed_over),
    ("キロクヲモドスカナリア", talks.sheet_sent_back),
    ("キロクノカナリア", talks.sheet_signed),
    ("テイセイノカナリア", talks.sheet_corrected),
    ("テイセイシナイカナリア", talks.correction_refused),
    ("マトメノカナリア", talks.summary),
    ("アンケートノカナリア", talks.answers_to_the_survey),
    ("ショウゴウノカナリア", reports.report_read),
    ("ツウホウヘンジノカナリア", reports.answer_to_a_report),
    ("ツウホウメモノカナリア", reports.note_on_a_report),
    ("ツタエタカナリア", reports.report_handed_over),
    ("トリダシノカナリア", reports.original_taken_out),
    ("ツウホウオワリノカナリア", reports.report_closed),
    ("フタタビノカナリア", reports.report_begun_again),
    ("セイキュウノカナリア", office.request_for_data),
    ("ホンニンノカナリア", office.asker_identified),
    ("エンチョウノカナリア", office.request_put_off),
    ("セイキュウホゼンカナリア", office.request_held),
    ("ケッテイノカナリア", office.request_decided),
    ("ツウチノカナリア", office.request_told),
    ("ウツシノカナリア", office.copy_handed_out),
    ("ショウカイノカナリア", office.question_to_the_board),
    ("カイトウノカナリア", office.answer_of_the_board),
    ("タイオウノカナリア", office.what_was_done_about_it),
    ("ロウエイノカナリア", office.leak),
    ("ホウコクシナイカナリア", office.leak_not_reported),
    ("オシラセノカナリア", office.text_for_everybody),
    ("オシラセヲモドスカナリア", office.text_refused),
    ("ショウニンシャカナリア", office.text_approved_on_paper),
    ("ケンキュウノカナリア", office.research),
    ("ケンキュウヲコトワルカナリア", office.research_decided),
    ("テイケイブンノカナリア", house.phrase),
    ("テイケイブンヲモドスカナリア", house.phrase_sent_back),
    ("チシキノカナリア", house.note_for_all),
    ("ケンサクノカナリア", house.words_looked_for),
    ("メイボノカナリア", house.roster_entry),
    ("ケンシュウノカナリア", house.training),
    ("セイヤクノカナリア", house.pledge_on_paper),
    ("ハジマリノカナリア", house.start_check),
    ("ウケトリノカナリア", house.receipt_of_a_trial_alarm),
    ("キンムノカナリア", house.duty_note),
    ("ヒキツギノカナリア", house.handover),
    ("ニッポウノカナリア", house.daily_paper),
    ("フグアイノカナリア", house.fault),
    ("フグアイホウコクカナリア", house.fault_reported),
    ("クンレンノカナリア", house.drill),
    ("キュウギョウノカナリア", house.closure),
    ("キマリノカナリア", house.words_of_the_policy),
    ("レンラクサキノカナリア", house.person_at_a_school),
    ("ダイチョウノカナリア", house.file_of_schools),
    ("テイシノカナリア", talks.why_somebody_is_blocked),
    ("ナクシタカナリア", house.lost_device),
)
#: What is said in vain, and while a part is away.
REFUSED, UNREADABLE, FAULT, KILLED = (
    "コトワラレタカナリア",
    "ヨメナイカナリア",
    "コショウノカナリア",
    "トマッタカナリア",
)
#: Sealed columns in which none of these words is at the end of the evening.
WITHOUT_WORDS: Final = {
    # Nobody's words: times, codes, numbers, coarse names of browsers, what a rule found.
    *(("contacts", "quiet"), ("sessions", "safety"), ("escalations", "detail"), ("evidence", "source")),
    *(("line_events", "assessment"), ("messages", "assessment"), ("shift_papers", "found")),
    *(("staff", "display"), ("sign_ins", "label"), ("known_devices", "label")),
    # Taken away once they have done their work.
    *(("outbox", "body"), ("outbox", "reply_token"), ("wrap_ups", "remark")),
    *(("staff_factors", "secret"), ("staff_factors", "fresh")),
    # For everybody to read.
    *(("faults", "notice"), ("policies", "words")),
}


async def test_row_25_after_an_evening_nothing_tells_who_said_what(service: Running) -> None:
    """Also row 21 of the running whole: every flow at once, then everything that lies anywhere but in memory."""
    async with evening(service) as tonight:
        for word, act in FLOWS:
            tonight.words[act.__name__] = word
            assert word in await act(tonight, word), f"{act.__name__} doesn't show its word"
        errors = await refusals.refused(tonight, REFUSED)
        errors += await refusals.unreadable(tonight, UNREADABLE)
        errors += await refusals.faults(tonight, FAULT)
        service.kill("worker")
        await tonight.line.text(tonight.at_risk, KILLED)
        await service.ready()
        await service.settled()
        assert KILLED in tonight.told(tonight.at_risk)
        secrets, token = tonight.secrets, tonight.places["token"]
        words = {*(word for word, _act in FLOWS), REFUSED, UNREADABLE, FAULT, KILLED}
        # Whoever holds the key file reads it all, and no sealed column is without a flow.
        needles, kept = Needles({*words, *secrets, token}), opened(service)
        assert {place for place, data in kept.items() if not needles.found_in(data)} <= WITHOUT_WORDS
        await house.tidied(tonight)

    for arguments in ((), ("--to", str(service.var / "tmp" / "backup"))):
        backup = service.tsunagi("backup", *arguments)
        assert backup.returncode == 0, backup.stderr
        errors += [backup.stdout, backup.stderr]
    assert (service.var / "tmp" / "backup").stat().st_size > 100_000 and any((service.var / "backups").iterdir())
    assert any((service.var / "backup-keys").iterdir()) and service.notices, "nobody was called"
    # The token of an alarm's link goes to whoever is on call, and stands nowhere else.
    search = Search(Needles({*words, *secrets, CONTROL}))
    with control(service) as kinds:
        search.look_at("notices", [*service.notices, CONTROL.encode()])
        search.look_at("errors", [*errors, CONTROL.encode()])
        search.needles = Needles({*words, *secrets, token, CONTROL})
        search.look_below(service.var)
        search.look_into_tables(service)
    assert {found for found in search.found if found[2] != CONTROL} == set()
    assert {kind for kind, _place, _words in search.found} == kinds | {"notices", "errors"}
