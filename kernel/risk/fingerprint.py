"""Whether the stored model was trained on the present lines by the present code.

Needs nothing but the standard library, so that the trainer, `make train` and the lint of the data ask the same question.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Optional

#: Below a project's root: where the lines, the rules and the model lie. The rules count too: where a modifier took a hit
#: away, the model is told.
LINES, LEXICON, MODEL = Path("data/risk"), Path("data/lexicon"), Path("data/risk/model.json")
#: Rasa's training data, of which the calm files are read as calm lines.
NLU = Path("data/nlu")
#: Files of Rasa's training data whose lines are calm, whatever words they use, and are learnt as such.
CALM_NLU = (
    *("conversation", "service", "chitchat", "about_self", "about_child", "about_pupil", "inform", "out_of_area"),
    *("greet", "thanks", "affirm", "deny", "unsure", "skip", "ask_human", "leave_message", "stop", "start_over"),
    *("silence", "quiet_hours"),
)
#: What decides what the model sees of a line.
_SOURCES = ("bot/risk_model.py", "data/lexicon/*.yml", "kernel/risk/*.py", "kernel/text/*.py")
#: They only carry what was found.
_NO_SOURCES = frozenset({"assessment.py", "fingerprint.py", "model.py"})


def fingerprint(root: Path, lines: Optional[Path] = None) -> str:
    """Give 8 hex digits that stand for the training lines and for all that makes features of them.

    Args: root: of the project; lines: the folder of the lines, where it isn't the project's own.
    """
    digest = hashlib.sha256()
    sources = [path for pattern in _SOURCES for path in sorted(root.glob(pattern)) if path.name not in _NO_SOURCES]
    for path in (*sorted((lines or root / LINES).glob("*.jsonl")), *sources):
        content = path.read_bytes()
        digest.update(b"%s\0%d\0" % (path.name.encode(), len(content)) + content)
    for name in CALM_NLU:
        # The messages alone, in whatever order: what stands beside them is for Rasa.
        path = root / NLU / f"{name}.yml"
        whole = path.read_bytes().splitlines() if path.exists() else []
        stripped = (line.strip() for line in whole if b"intent:" not in line)
        messages = b"\n".join(sorted(line for line in stripped if line.startswith(b"- ")))
        digest.update(b"%s\0%d\0" % (name.encode(), len(messages)) + messages)
    return digest.hexdigest()[:8]


def stored_fingerprint(model: Path) -> Optional[str]:
    """Give the version that a model file names; None where there is no such file, or none that can be read."""
    try:
        content: Any = json.loads(model.read_text(encoding="utf-8"))
        return str(content["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_stale(root: Path) -> bool:
    """Whether a project's model isn't the one of its lines, lexicon and code."""
    return stored_fingerprint(root / MODEL) != fingerprint(root)
