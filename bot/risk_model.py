"""Training the risk screen's statistical model from `data/risk/*.jsonl` into plain numbers.

    python -m bot.risk_model [--out data/risk/model.json]

A line's whole text is one example. The features are the kernel's own (`kernel.risk.features`), so that training and
screening see the same thing; scikit-learn, which Rasa brings along, finds the weights and is not needed afterwards.
Thresholds come from predictions on phrase families that the fold's model has not seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import ja_ginza
import numpy as np
import spacy
import sudachipy
import yaml
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import normalize

from kernel.risk.fingerprint import LEXICON, LINES, MODEL, NLU, fingerprint
from kernel.risk.levels import CATEGORIES, LEVELS, RANK
from kernel.risk.lexicon_file import read_lexicon
from kernel.risk.model import CRITICAL, HIGH, RISK
from kernel.risk.screen import RiskScreen
from kernel.text import fold_kana

ROOT = Path(__file__).resolve().parent.parent

SCALE = 256.0
FOLDS = 3
#: Share of calm lines of unseen families that the model may raise at all, and that it may call surely at risk.
CALM_RAISED, CALM_SURE = 0.05, 0.02
#: Share of the lines at concern that may be ranked high, of those below critical that may be ranked critical.
CONCERN_HIGH, OVER_CRITICAL = 0.18, 0.12
#: Files of Rasa's training data whose lines are calm, whatever words they use.
CALM_NLU = ("conversation", "service", "chitchat", "about_self")
#: The commonest words get a score by their meaning; their number and their length at most.
MOST_WORDS, LONGEST_WORD = 30_000, 8
#: Longer lines aren't spelt out: nobody writes whole letters without kanji.
LONGEST_SPELT = 24
_KANJI = re.compile("[一-鿿々]")
_JAPANESE = re.compile("[ぁ-ヺー一-鿿々]+")
#: Weights that move no score by a noticeable step are left out.
SMALLEST = 10


def lines_of(folder: Path) -> List[Dict[str, Any]]:
    """Read all lines of a folder, in the order of the files' names."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def spelt_out(text: str) -> Optional[str]:
    """Give a short line as a child spells it that leaves out all kanji; None where there are none to leave out."""
    if len(text) > LONGEST_SPELT or _KANJI.search(text) is None:
        return None
    tokens = _tokenizer().tokenize(text)
    return fold_kana("".join(t.reading_form() if _KANJI.search(t.surface()) else t.surface() for t in tokens))


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    return sudachipy.Dictionary().create(sudachipy.SplitMode.C)


def with_spellings(lines: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Add each line's spelling without kanji, of the same family: nobody writes 踏切 in the middle of the night."""
    spelt = ({**line, "text": spelt_out(line["text"])} for line in lines)
    return [*lines, *(line for line in spelt if line["text"])]


def steering_lines(folder: Path = ROOT / NLU) -> List[Dict[str, Any]]:
    """Give what steers a conversation and asks about the service as calm lines: 残す and 切ります are nobody's danger."""
    found = []
    for name in CALM_NLU:
        for group in yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))["nlu"]:
            for example in group["examples"].splitlines():
                line = {"text": example.removeprefix("- "), "level": "none", "category": "none", "about": "unknown"}
                found.append({**line, "family": f"nlu.{group['intent']}"})
    return found


class Meanings:
    """GiNZA's word vectors, scaled to weigh twice as much as a line's features."""

    def __init__(self) -> None:
        # Only the vectors are wanted; everything that would tag or parse stays out.
        vocabulary = spacy.load("ja_ginza", exclude=list(ja_ginza.load().pipe_names)).vocab
        self._vectors, self._strings = vocabulary.vectors, vocabulary.strings
        self.rows = 2.0 * self._vectors.data / np.linalg.norm(self._vectors.data, axis=1).mean()

    def row(self, form: str) -> Optional[int]:
        """Give the number of a word's vector, None where it has none."""
        found = self._vectors.find(key=self._strings[form]) if form in self._strings else -1
        return None if found < 0 else int(found)

    def mean(self, forms: Sequence[str]) -> np.ndarray[Any, Any]:
        """Give the mean over all words of a line; one without a vector counts as nothing."""
        total = np.zeros(self.rows.shape[1])
        for form in forms:
            row = self.row(form)
            if row is not None:
                total += self.rows[row]
        return total / (len(forms) or 1)

    def commonest(self) -> Dict[str, int]:
        """Give the commonest Japanese words with the rows of their vectors; GiNZA keeps them in order of frequency."""
        forms = ((self._strings[key], int(row)) for key, row in self._vectors.key2row.items())
        fitting = (one for one in forms if len(one[0]) <= LONGEST_WORD and _JAPANESE.fullmatch(one[0]))
        return dict(itertools.islice(fitting, MOST_WORDS))


def _targets(lines: Sequence[Dict[str, Any]]) -> np.ndarray[Any, Any]:
    """Give a column an output: concern or more, high or more, critical, another person, then the categories."""
    rows = []
    for line in lines:
        rank = RANK[line["level"]]
        other = line["about"] == "other" or line["category"] == "third_party"
        kind = [line["category"] == name for name in CATEGORIES]
        rows.append([rank >= 1, rank >= 2, rank >= 3, other and rank > 0, *kind])
    return np.array(rows, dtype=bool)


class _Trained:
    """One model an output on the same features; how high the risk is, is learnt from the lines at risk alone."""

    def __init__(self, table: Any, targets: np.ndarray[Any, Any], strength: float) -> None:
        risky = np.flatnonzero(targets[:, RISK])
        self.models = []
        for output in range(targets.shape[1]):
            rows = risky if output in (HIGH, CRITICAL) else slice(None)
            model = LogisticRegression(
                C=strength, class_weight="balanced" if output > CRITICAL else None, solver="liblinear"
            )
            self.models.append(model.fit(table[rows], targets[rows, output]))

    def scores(self, table: Any) -> np.ndarray[Any, Any]:
        return np.stack([model.decision_function(table) for model in self.models], axis=1)


def _threshold(scores: np.ndarray[Any, Any], share: float) -> float:
    """Give the score that only `share` of these lines reaches."""
    return float(np.quantile(scores, 1.0 - share))


def train(folder: Path, strength: float = 60.0, report: bool = True) -> Dict[str, Any]:
    """Train on a folder's lines; give the content of the model file."""
    version = fingerprint(ROOT, folder)  # of what is read now, whatever somebody changes meanwhile
    lines = with_spellings([*lines_of(folder), *steering_lines()])
    screen = RiskScreen(read_lexicon(ROOT / LEXICON), None)
    seen = [screen.features_whole(line["text"]) for line in lines]
    vectorizer = CountVectorizer(analyzer=list, binary=True, min_df=3)
    counted = normalize(vectorizer.fit_transform([found for found, _ in seen]).astype(float))
    meanings = Meanings()
    table = sparse.csr_matrix(sparse.hstack([counted, np.stack([meanings.mean(forms) for _, forms in seen])]))
    targets = _targets(lines)
    ranks = targets[:, :3].sum(axis=1)
    groups = [line["family"] for line in lines]
    unseen = np.zeros((len(lines), 3))
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=1)
    for learn, judge in folds.split(table, ranks, groups):
        fold = _Trained(table[learn], targets[learn, :3], strength)
        unseen[judge] = fold.scores(table[judge])
    thresholds = [
        _threshold(unseen[ranks == 0, RISK], CALM_RAISED),
        _threshold(unseen[ranks == 0, RISK], CALM_SURE),
        _threshold(unseen[ranks == 1, HIGH], CONCERN_HIGH),
        _threshold(unseen[(ranks == 1) | (ranks == 2), CRITICAL], OVER_CRITICAL),
    ]
    if report:
        _say(unseen, ranks, thresholds, np.array([line["category"] for line in lines]))
    final = _Trained(table, targets, strength)
    weights = np.stack([model.coef_[0] for model in final.models], axis=1)
    names = [str(name) for name in vectorizer.get_feature_names_out()]
    by_feature = np.rint(weights[: len(names)] * SCALE).astype(int)
    by_row = np.rint(meanings.rows @ weights[len(names) :] * SCALE).astype(int)
    return {
        "version": version,
        "scale": SCALE,
        "bias": [round(float(model.intercept_[0]), 4) for model in final.models],
        "thresholds": [round(value, 4) for value in thresholds],
        "features": {
            name: row.tolist() for name, row in sorted(zip(names, by_feature)) if np.abs(row[:3]).max() >= SMALLEST
        },
        "words": {form: by_row[row].tolist() for form, row in sorted(meanings.commonest().items())},
    }


def _say(unseen: Any, ranks: Any, thresholds: Sequence[float], categories: Any) -> None:
    raised = unseen[:, RISK] >= thresholds[0]
    high = (unseen[:, RISK] >= thresholds[1]) & (unseen[:, HIGH] >= thresholds[2])
    critical = high & (unseen[:, CRITICAL] >= thresholds[3])
    print(f"{len(ranks)} lines; judged on phrase families that were not learnt from:")
    for rank, level in enumerate(LEVELS):
        of = ranks == rank
        shares = "  ".join(
            f"{name} {float(which[of].mean()):.3f}"
            for name, which in (("raised", raised), ("high", high), ("critical", critical))
        )
        print(f"  {level:9} n {int(of.sum()):5}  {shares}")
    for category in CATEGORIES:
        of = (categories == category) & (ranks >= RANK["high"])
        if of.any():
            print(f"  {category:12} urgent n {int(of.sum()):4}  seen {float(raised[of].mean()):.3f}")


def write(content: Dict[str, Any], path: Path) -> None:
    """Write a model file, one feature a line, whole or not at all."""
    tables = ("features", "words")
    head = json.dumps({key: value for key, value in content.items() if key not in tables}, ensure_ascii=False)
    rows = {
        table: ",\n".join(
            f"{json.dumps(name, ensure_ascii=False)}:{json.dumps(row, separators=(',', ':'))}"
            for name, row in content[table].items()
        )
        for table in tables
    }
    text = head[:-1] + "".join(f', "{table}": {{\n{rows[table]}\n}}' for table in tables) + "}\n"
    fresh = path.with_suffix(".tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Train and write."""
    parser = argparse.ArgumentParser(prog="python -m bot.risk_model", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / MODEL)
    parser.add_argument("--data", type=Path, default=ROOT / LINES)
    chosen = parser.parse_args(arguments)
    content = train(chosen.data)
    write(content, chosen.out)
    print(
        f"{chosen.out}: {len(content['features'])} features, {len(content['words'])} words, version {content['version']}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
