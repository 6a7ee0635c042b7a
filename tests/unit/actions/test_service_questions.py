"""Questions about the service are told apart."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
import yaml

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


def test_every_training_line_but_a_few_finds_its_answer() -> None:
    lines = yaml.safe_load(NLU.read_text(encoding="utf-8"))["nlu"][0]["examples"].splitlines()
    texts = [unicodedata.normalize("NFKC", line.removeprefix("- ")) for line in lines]
    lost = [text for text in texts if service_question(text) is None]
    assert len(lost) <= len(texts) // 20, lost


def test_every_question_has_an_answer() -> None:
    assert all(service_reply(question) for question in ServiceQuestion)
    assert service_reply(None) == service_reply(ServiceQuestion.OTHER)
