"""The closed list of texts that the service says to a student.

The standard wording lies in ``data/responses/standard.yml``, a flat mapping of key to text; a file beside it with a
band's name words some keys for those readers. A profile may override any key under ``texts``, and a band's under
``texts_for``. A text may hold ``{fields}``; which ones is said in ``FIELDS`` and nowhere else, so that a
profile that asks for another field is refused when it is loaded, not when a student waits for the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Band(StrEnum):
    """Readers for whom a text may be worded apart; whoever is none of them reads the standard one."""

    ELEMENTARY = "elementary"  # pupils of primary school: short, few kanji
    ADULT = "adult"  # guardians and school staff


class TextKey(StrEnum):
    """One name per text, so that a profile with a misspelt key is refused (KAG-6.1イ, HOK-5.2)."""

    # The first words: who is speaking, who reads, what stays secret (HOK-8.1, TAJ-S1 to S3).
    WELCOME = "welcome"
    NOTICE_PROGRAM = "notice_program"
    NOTICE_READERS = "notice_readers"
    NOTICE_NAMES = "notice_names"
    NOTICE_CLOSED = "notice_closed"
    # Behind the secrecy notice on LINE: where the rules stand, or that they changed (HOK-8.1, TAJ-6(8)).
    POLICY_LINK = "policy_link"
    POLICY_CHANGED = "policy_changed"
    INVITE = "invite"
    # Who comes again is greeted as somebody who comes again; nothing of the earlier talk is said.
    WELCOME_BACK = "welcome_back"
    ASK_SAME = "ask_same"
    SAME_THING = "same_thing"

    # Taking in what was told: no diagnosis, no reproach, no cheering on.
    ACCEPT = "accept"
    ACCEPT_ADULT = "accept_adult"
    ACCEPT_FRIEND = "accept_friend"
    ACCEPT_BULLYING = "accept_bullying"
    ACCEPT_TRUANCY = "accept_truancy"
    ACCEPT_FRIENDS = "accept_friends"
    ACCEPT_STUDY = "accept_study"
    ACCEPT_FAMILY = "accept_family"
    ACCEPT_ABUSE = "accept_abuse"
    ACCEPT_BODY = "accept_body"
    ACCEPT_ROMANCE = "accept_romance"
    ACCEPT_NET_TROUBLE = "accept_net_trouble"
    ACCEPT_CLUB = "accept_club"
    ACCEPT_TEACHER = "accept_teacher"
    ACCEPT_HEALTH = "accept_health"
    ACCEPT_LONG = "accept_long"
    CARE = "care"
    CARE_AGAIN = "care_again"
    CARE_GOES_ON = "care_goes_on"

    # The questions (KAG-6.1キ, WG-9c: each of them may stay without an answer).
    ASK_AGE_GRADE = "ask_age_grade"
    ASK_AGE_GRADE_CHILD = "ask_age_grade_child"
    ASK_SCHOOL = "ask_school"
    ASK_SCHOOL_NAME = "ask_school_name"
    ASK_SCHOOL_CHILD = "ask_school_child"
    ASK_TOPIC = "ask_topic"
    ASK_PERSON = "ask_person"
    ASK_GENDER = "ask_gender"
    ASK_GENDER_CHILD = "ask_gender_child"
    ACK = "ack"
    ACK_CORRECTION = "ack_correction"
    ACK_SKIP = "ack_skip"
    ACK_UNSURE = "ack_unsure"
    ACK_REPEAT = "ack_repeat"
    ACK_UNKNOWN = "ack_unknown"

    # What was understood, and the two ways on.
    SUMMARY = "summary"
    OFFER = "offer"
    OFFER_CLOSED = "offer_closed"
    OFFER_AGAIN = "offer_again"
    KEEP_WRITING = "keep_writing"

    # Hand-off and one-way message (WG-4, TAJ-N2, WG-14).
    HANDOFF_WAITING = "handoff_waiting"
    HANDOFF_ALREADY = "handoff_already"
    HANDOFF_CLOSED = "handoff_closed"
    HANDOFF_RECEPTION_OVER = "handoff_reception_over"
    HANDOFF_CLOSED_UNKNOWN = "handoff_closed_unknown"
    WAITING_STILL = "waiting_still"
    WAITING_CLOSED = "waiting_closed"
    WAITING_CLOSED_UNKNOWN = "waiting_closed_unknown"
    PHONE_LINES = "phone_lines"
    # Not every handset reaches every line (WG-21).
    LINES_BY_CONTRACT = "lines_by_contract"
    LINES_ALL_BY_CONTRACT = "lines_all_by_contract"
    LINES_BY_TEXT = "lines_by_text"
    CONGESTION = "congestion"
    # A closure, in the words with which a supervisor may begin (WG-9b), now and ahead; and when it will be.
    CLOSURE = "closure"
    CLOSURE_PLANNED = "closure_planned"
    CLOSURE_COMING = "closure_coming"
    # Whoever is blocked for a time hears it once (TAJ-5); and what somebody gets who wants no broadcasts, or wants them again.
    BLOCKED = "blocked"
    BROADCASTS_STOPPED = "broadcasts_stopped"
    BROADCASTS_WANTED = "broadcasts_wanted"
    # Who left a message hears that they can talk now; a lock screen may be read by others.
    CALL_BACK = "call_back"
    CALL_BACK_HERE = "call_back_here"
    CALL_BACK_LATER = "call_back_later"
    LEAVE_MESSAGE_PROMPT = "leave_message_prompt"
    MESSAGE_RECEIVED = "message_received"
    MESSAGE_RECEIVED_AGAIN = "message_received_again"
    RECEIPT = "receipt"
    RECEIPT_AGAIN = "receipt_again"
    RECEIPT_READ_MARK = "receipt_read_mark"

    # A person takes over, changes, and ends (WG-9, TAJ-N4, TAJ-N5, KAG-4.1); said once each, by nobody in between.
    CLAIMED = "claimed"
    TRANSFERRED = "transferred"
    HANDED_BACK = "handed_back"
    LIVE_NUDGE = "live_nudge"
    LAST_CALL = "last_call"
    ENDED_SILENT = "ended_silent"
    ENDED_HOURS = "ended_hours"
    ENDED_HOURS_UNKNOWN = "ended_hours_unknown"
    ENDED_BY_STUDENT = "ended_by_student"

    # Three taps after the end (WG-18).
    SURVEY_HEARD = "survey_heard"
    SURVEY_EASE = "survey_ease"
    SURVEY_AGAIN = "survey_again"
    SURVEY_WORDS = "survey_words"
    SURVEY_WRITE = "survey_write"
    SURVEY_THANKS = "survey_thanks"
    SURVEY_NO_WORDS = "survey_no_words"

    # Small turns.
    GREETING = "greeting"
    THANKS = "thanks"
    CHITCHAT = "chitchat"
    GOODBYE = "goodbye"
    GOODBYE_RECEIVED = "goodbye_received"
    STARTED_OVER = "started_over"
    UNCLEAR = "unclear"
    UNCLEAR_AGAIN = "unclear_again"
    TAKE_YOUR_TIME = "take_your_time"
    NUDGE = "nudge"
    QUIET_KEPT = "quiet_kept"
    QUIET_KEPT_WEB = "quiet_kept_web"
    QUIET_ALWAYS = "quiet_always"
    QUIET_ALWAYS_WEB = "quiet_always_web"
    PRANK = "prank"
    PRANK_AGAIN = "prank_again"

    # Not among those the service is for: received all the same, and pointed on (HOK-8.2, WG-7).
    OUT_OF_SCOPE_GUARDIAN = "out_of_scope_guardian"
    OUT_OF_SCOPE_SCHOOL_STAFF = "out_of_scope_school_staff"
    OUT_OF_SCOPE_ADULT = "out_of_scope_adult"
    OUT_OF_SCOPE_OTHER_SCHOOL = "out_of_scope_other_school"
    OUT_OF_SCOPE_ELSEWHERE = "out_of_scope_elsewhere"
    OUT_OF_SCOPE_OUTSIDE = "out_of_scope_outside"
    OUT_OF_SCOPE_LINES = "out_of_scope_lines"

    # A procedure of the board begins and ends (HYO-4.1②); its own sentences lie in data/procedures.
    PROCEDURE_INTRO = "procedure_intro"
    PROCEDURE_KIND = "procedure_kind"
    PROCEDURE_DONE = "procedure_done"

    # A report: one-way, asked one by one, each of it may stay without an answer (KAG-2, WG-1, WG-17).
    REPORT_INTRO = "report_intro"
    REPORT_ID_KEPT = "report_id_kept"
    REPORT_BY_FORM = "report_by_form"
    REPORT_ASK_DANGER = "report_ask_danger"
    REPORT_DANGER_NOW = "report_danger_now"
    REPORT_ASK_WITNESS = "report_ask_witness"
    REPORT_ASK_WHAT = "report_ask_what"
    REPORT_ASK_WHERE = "report_ask_where"
    REPORT_ASK_SINCE = "report_ask_since"
    REPORT_ASK_PEOPLE = "report_ask_people"
    REPORT_ASK_TELL = "report_ask_tell"
    REPORT_ASK_EVIDENCE = "report_ask_evidence"
    REPORT_CONFIRM = "report_confirm"
    REPORT_DONE = "report_done"
    REPORT_DONE_CLOSED = "report_done_closed"
    REPORT_STOPPED = "report_stopped"
    REPORT_TAKE_BACK = "report_take_back"
    REPORT_HERE = "report_here"
    REPORT_ANSWER_READY = "report_answer_ready"
    REPORT_ANSWER_NONE = "report_answer_none"

    # Questions about the service itself (HOK-8.3).
    SERVICE_HOURS_OPEN = "service_hours_open"
    SERVICE_HOURS_CLOSED = "service_hours_closed"
    SERVICE_HOURS_RECEPTION_OVER = "service_hours_reception_over"
    SERVICE_HOURS_UNKNOWN = "service_hours_unknown"
    SERVICE_COST = "service_cost"
    SERVICE_MEDIA = "service_media"
    SERVICE_DELETE = "service_delete"
    SERVICE_DELETE_WEB = "service_delete_web"
    SERVICE_REGION = "service_region"
    SERVICE_PHONE = "service_phone"
    SERVICE_TOPICS = "service_topics"
    SERVICE_OTHERS = "service_others"
    SERVICE_ADULTS = "service_adults"
    SERVICE_NOTIFICATION = "service_notification"
    SERVICE_NOTIFICATION_WEB = "service_notification_web"
    SERVICE_KEPT = "service_kept"
    SERVICE_MEETING = "service_meeting"
    SERVICE_HOW = "service_how"
    SERVICE_SAME = "service_same"
    SERVICE_WAIT = "service_wait"
    SERVICE_COUNSELLOR = "service_counsellor"
    SERVICE_QUIT = "service_quit"
    SERVICE_OTHER = "service_other"

    # What isn't text (HOK-5.1, TAJ-N3).
    MEDIA_REFUSED = "media_refused"
    MEDIA_RECEIVED = "media_received"
    MEDIA_UNREADABLE = "media_unreadable"
    PICTURE_WINDOW = "picture_window"
    PICTURE_WINDOW_OVER = "picture_window_over"
    AUDIO_REFUSED = "audio_refused"
    FILE_REFUSED = "file_refused"
    STICKER_RECEIVED = "sticker_received"
    LOCATION_RECEIVED = "location_received"
    UNKNOWN_RECEIVED = "unknown_received"

    # Said by the worker, without Rasa.
    FALLBACK = "fallback"
    FALLBACK_AGAIN = "fallback_again"
    GROUP_CHAT = "group_chat"
    PLACEHOLDER = "placeholder"

    # At risk: fixed texts of the worker alone, each a cell of the reply table (handoff/domain/safety_reply.py).
    SAFETY_THANKS = "safety_thanks"
    SAFETY_ASK_WISH = "safety_ask_wish"
    SAFETY_ASK_SAFE = "safety_ask_safe"
    SAFETY_ASK_BESIDE = "safety_ask_beside"
    SAFETY_SAFE_PLACE = "safety_safe_place"
    SAFETY_STATED = "safety_stated"
    SAFETY_EMERGENCY = "safety_emergency"
    SAFETY_EMERGENCY_ONLY = "safety_emergency_only"
    SAFETY_STAY = "safety_stay"
    SAFETY_STAY_TRUSTED = "safety_stay_trusted"
    SAFETY_ATTACK = "safety_attack"
    SAFETY_BELIEVE = "safety_believe"
    SAFETY_CHILD_LINE = "safety_child_line"
    SAFETY_THIRD = "safety_third"
    SAFETY_THIRD_CARE = "safety_third_care"
    SAFETY_THIRD_EMERGENCY = "safety_third_emergency"
    SAFETY_HARM_OTHER = "safety_harm_other"
    SAFETY_ACKNOWLEDGED = "safety_acknowledged"
    SAFETY_ALERTED_ON_DUTY = "safety_alerted_on_duty"
    SAFETY_ALERTED_ON_CALL = "safety_alerted_on_call"
    SAFETY_UNREAD = "safety_unread"
    SAFETY_UNREAD_UNKNOWN = "safety_unread_unknown"
    SAFETY_LINES = "safety_lines"
    SAFETY_TEXT_LINES = "safety_text_lines"
    SAFETY_HEARD_AGAIN = "safety_heard_again"
    SAFETY_NEUTRAL = "safety_neutral"
    SAFETY_WISH_YES = "safety_wish_yes"
    SAFETY_WISH_NO = "safety_wish_no"
    SAFETY_SAFE_YES = "safety_safe_yes"
    SAFETY_BESIDE_YES = "safety_beside_yes"
    SAFETY_BESIDE_NO = "safety_beside_no"
    SAFETY_UNSURE = "safety_unsure"
    CANNOT_PHONE_PLACE = "cannot_phone_place"
    CANNOT_PHONE_PLACE_WEB = "cannot_phone_place_web"
    CANNOT_PHONE_NEAR = "cannot_phone_near"
    CANNOT_PHONE_NEAR_TRUSTED = "cannot_phone_near_trusted"
    CANNOT_PHONE_DONE = "cannot_phone_done"


#: The fields that a text may name in braces, besides ``service_name``, which every text may hold.
FIELDS: Final[Mapping[TextKey, frozenset[str]]] = {
    TextKey.ACK_CORRECTION: frozenset({"value"}),
    TextKey.POLICY_LINK: frozenset({"policy_url"}),
    TextKey.POLICY_CHANGED: frozenset({"policy_url"}),
    TextKey.SUMMARY: frozenset({"lines"}),
    TextKey.REPORT_BY_FORM: frozenset({"report_url"}),
    TextKey.REPORT_DONE_CLOSED: frozenset({"next_opening"}),
    TextKey.QUIET_KEPT: frozenset({"value"}),
    TextKey.QUIET_KEPT_WEB: frozenset({"value"}),
    TextKey.OUT_OF_SCOPE_LINES: frozenset({"lines"}),
    TextKey.OFFER_CLOSED: frozenset({"next_opening"}),
    TextKey.HANDOFF_CLOSED: frozenset({"next_opening"}),
    TextKey.HANDOFF_RECEPTION_OVER: frozenset({"next_opening"}),
    TextKey.SERVICE_HOURS_RECEPTION_OVER: frozenset({"next_opening"}),
    TextKey.SERVICE_HOURS_CLOSED: frozenset({"next_opening"}),
    TextKey.WAITING_CLOSED: frozenset({"next_opening"}),
    TextKey.ENDED_HOURS: frozenset({"next_opening"}),
    TextKey.CLOSURE_COMING: frozenset({"begins", "ends"}),
    TextKey.BLOCKED: frozenset({"until"}),
    TextKey.CLAIMED: frozenset({"alias"}),
    TextKey.TRANSFERRED: frozenset({"alias"}),
    TextKey.PHONE_LINES: frozenset({"phone_lines"}),
    TextKey.CONGESTION: frozenset({"phone_lines"}),
    TextKey.FALLBACK: frozenset({"phone_lines"}),
    TextKey.SAFETY_UNREAD: frozenset({"next_opening"}),
    TextKey.SAFETY_LINES: frozenset({"lines"}),
    TextKey.SAFETY_TEXT_LINES: frozenset({"lines"}),
}


#: What is said otherwise in the web chat, where there is neither a notification nor a button for a place.
ON_WEB: Final[Mapping[TextKey, TextKey]] = {
    TextKey.QUIET_KEPT: TextKey.QUIET_KEPT_WEB,
    TextKey.QUIET_ALWAYS: TextKey.QUIET_ALWAYS_WEB,
    TextKey.SERVICE_DELETE: TextKey.SERVICE_DELETE_WEB,
    TextKey.SERVICE_NOTIFICATION: TextKey.SERVICE_NOTIFICATION_WEB,
    TextKey.CANNOT_PHONE_PLACE: TextKey.CANNOT_PHONE_PLACE_WEB,
}


def fields_of(key: TextKey) -> frozenset[str]:
    """The names that ``key``'s text may hold in braces; the service's name may stand everywhere."""
    return FIELDS.get(key, frozenset()) | {"service_name"}
