"""Questions about the service are told apart."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml

from actions.reading import Told, read
from actions.replies import service_reply
from actions.service_questions import ServiceQuestion, service_question

NLU = Path(__file__).resolve().parents[3] / "data" / "nlu" / "service.yml"


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("ここに書いたら誰かに読まれますか", ServiceQuestion.READERS),
        ("まま に言わないでほしいんだけど、ばれますか", ServiceQuestion.SECRECY),
        ("担任にばらしたりしないですよね", ServiceQuestion.SECRECY),
        ("あしたは何時に開きますか", ServiceQuestion.HOURS),
        ("タダなの？", ServiceQuestion.COST),
        ("そっちは人間?", ServiceQuestion.PROGRAM),
        ("スクショみてもらえる？", ServiceQuestion.MEDIA),
        ("送ったの取り消したい。消せる？", ServiceQuestion.DELETE),
        ("となりの県に住んでるけどいいの", ServiceQuestion.REGION),
        ("スマホ持ってない友だちはどうしたらいい", ServiceQuestion.PHONE),
        ("偽名でもいい？", ServiceQuestion.NAMES),
        ("返事まだ？", ServiceQuestion.WAIT),
    ],
)
def test_questions(text: str, question: ServiceQuestion) -> None:
    assert service_question(unicodedata.normalize("NFKC", text)) is question


def test_every_training_line_says_which_question_it_is_and_no_pattern_contradicts_often() -> None:
    blocks = yaml.safe_load(NLU.read_text(encoding="utf-8"))["nlu"]
    told = {
        unicodedata.normalize("NFKC", line.strip()[2:]): ServiceQuestion(block["metadata"]["question"])
        for block in blocks
        for line in block["examples"].splitlines()
        if line.strip()
    }
    named = {text: found for text in told if (found := service_question(text)) is not None}
    assert len(named) >= len(told) // 2
    wrong = [(text, found, told[text]) for text, found in named.items() if found is not told[text]]
    assert len(wrong) <= len(named) // 3, wrong


def test_what_the_model_is_sure_of_counts_and_else_the_words() -> None:
    ranking = [{"name": "service", "confidence": 0.9}]
    heard = [
        read("内申に響きますか", "service", ranking, Told(question=named), None).service
        for named in ("secrecy", "of the future", None)
    ]
    assert heard == [ServiceQuestion.SECRECY, ServiceQuestion.OTHER, ServiceQuestion.OTHER]
    assert read("お金かかりますか", "service", ranking, Told(), None).service is ServiceQuestion.COST
    story = "内申のことでずっと悩んでいて、" * 4
    assert read(story, "service", ranking, Told(), None).service is None


def test_every_question_has_an_answer() -> None:
    assert all(service_reply(question) for question in ServiceQuestion)
    assert service_reply(None) == service_reply(ServiceQuestion.OTHER)
