"""Training the risk screen's statistical model from `data/risk/*.jsonl` into plain numbers.

    python -m bot.risk_model [--out data/risk/model.json]

A line's whole text is one example. What the model sees of it, and what the rules say of it, are the kernel's own
(`kernel.risk.screen`), so that training and screening see the same thing; scikit-learn, which Rasa brings along, finds the
weights and is not needed afterwards. Thresholds come from predictions on phrase families that the fold's model has not seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import ja_ginza
import numpy as np
import spacy
import yaml
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import normalize

from kernel.risk.fingerprint import CALM_NLU, LEXICON, LINES, MODEL, NLU, fingerprint
from kernel.risk.levels import CATEGORIES, LEVELS, RANK
from kernel.risk.lexicon_file import read_lexicon
from kernel.risk.model import CRITICAL, HIGH, OUTPUTS, RISK
from kernel.risk.screen import RiskScreen

ROOT = Path(__file__).resolve().parent.parent

SCALE = 256.0
FOLDS = 3
STRENGTH = 10.0
#: Share of the calm lines of unseen families that the model may raise at all, and that it may rank high. Here a calm line
#: is judged without its family, and often beside an urgent one in the same words; of what people write it raises fewer
#: (docs/quality.md).
CALM_RAISED, CALM_HIGH = 0.102, 0.058
#: Share of the lines at high that may be ranked critical.
HIGH_CRITICAL = 0.16
#: Share of the urgent lines with a rule's hit at high whose hits the model may doubt, and refute.
DOUBTED, REFUTED = 0.014, 0.0015
#: The commonest words get a score by their meaning; their number and their length at most.
MOST_WORDS, LONGEST_WORD = 30_000, 8
_JAPANESE = re.compile("[ぁ-ヺー一-鿿々]+")
#: Lines that hold a feature, at least; how much a mark weighs beside a line's features before learning.
RAREST, MARK_WEIGHT = 6, 0.5
#: Weights that move no score by a noticeable step are left out.
SMALLEST = 64


def lines_of(folder: Path) -> List[Dict[str, Any]]:
    """Read all lines of a folder, in the order of the files' names."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def steering_lines(folder: Path = ROOT / NLU) -> List[Dict[str, Any]]:
    """Give what steers a conversation and asks about the service as calm lines: 残す and 切ります are nobody's danger."""
    found = []
    for name in CALM_NLU:
        for group in yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))["nlu"]:
            for example in group["examples"].splitlines():
                found.append(_calm(example.removeprefix("- "), f"nlu.{group['intent']}"))
    found.sort(key=lambda line: (line["family"], line["text"]))
    texts = [found[at]["text"] for at in np.random.default_rng(1).permutation(len(found))]
    # もうやめる, また来ました, はじめからやりたい, one after the other, are three calm messages, no farewell.
    found += [_calm("\n".join(some), "nlu.in_a_row") for some in zip(texts[::3], texts[1::3], texts[2::3])]
    return found


def _calm(text: str, family: str) -> Dict[str, Any]:
    return {"text": text, "level": "none", "category": "none", "about": "unknown", "family": family}


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


class Table:
    """What the model sees of many lines, as a sparse table: features, then marks, then meanings."""

    def __init__(self, lines: Sequence[Dict[str, Any]]) -> None:
        screen = RiskScreen(read_lexicon(ROOT / LEXICON), None)
        found, forms, marks = zip(*(screen.seen_whole(line["text"]) for line in lines))
        self._features = CountVectorizer(analyzer=list, min_df=RAREST)
        self._marks = CountVectorizer(analyzer=list, binary=True)
        self._kinds = CountVectorizer(analyzer=list, binary=True, min_df=RAREST)
        self.meanings = Meanings()
        weight = sparse.diags([1 / math.sqrt(len(one) or 1) for one in found])
        counted = (weight @ self._features.fit_transform(found).astype(float)).tocsr()
        marked = MARK_WEIGHT * self._marks.fit_transform(marks).astype(float)
        meant = np.stack([self.meanings.mean(one) for one in forms])
        self.features = counted
        self.rest = sparse.csr_matrix(sparse.hstack([marked, meant]))
        self.kinds = normalize(self._kinds.fit_transform(forms).astype(float))

    @property
    def names(self) -> List[List[str]]:
        """Give the names of the features, of the marks, and of the words that tell kinds."""
        return [
            [str(name) for name in one.get_feature_names_out()] for one in (self._features, self._marks, self._kinds)
        ]


class Output:
    """One logistic regression: whether a line is at least at a level."""

    def __init__(self, table: Table, rows: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> None:
        found = table.features[rows]
        of, against = (np.asarray(found[which].sum(axis=0)).ravel() + 0.5 for which in (wanted, ~wanted))
        # A feature that tells the two apart may weigh more before learning begins.
        self._telling = np.sqrt(np.abs(np.log((of / of.sum()) / (against / against.sum())))) + 0.1
        self._model = LogisticRegression(C=STRENGTH, solver="liblinear").fit(self._joined(table, rows), wanted)

    def _joined(self, table: Table, rows: np.ndarray[Any, Any]) -> Any:
        return sparse.csr_matrix(sparse.hstack([table.features[rows] @ sparse.diags(self._telling), table.rest[rows]]))

    def scores(self, table: Table, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Give the log odds of some lines."""
        return np.asarray(self._model.decision_function(self._joined(table, rows)))

    @property
    def bias(self) -> float:
        return float(self._model.intercept_[0])

    @property
    def weights(self) -> np.ndarray[Any, Any]:
        """Give a weight for each column of features and of the rest."""
        found: np.ndarray[Any, Any] = np.array(self._model.coef_[0])
        found[: len(self._telling)] *= self._telling
        return found


def _threshold(scores: np.ndarray[Any, Any], share: float) -> float:
    """Give the score that only `share` of these lines reaches."""
    return round(float(np.quantile(scores, 1.0 - share)), 4)


def train(folder: Path) -> Dict[str, Any]:
    """Train on a folder's lines; give the content of the model file."""
    version = fingerprint(ROOT, folder)  # of what is read now, whatever somebody changes meanwhile
    lines = [*lines_of(folder), *steering_lines()]
    table = Table(lines)
    ranks = np.array([RANK[line["level"]] for line in lines])
    every = np.arange(len(lines))
    unseen = np.zeros((len(lines), len(OUTPUTS)))
    folds = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=1)
    for learn, judge in folds.split(every, ranks, [line["family"] for line in lines]):
        for output in OUTPUTS:
            unseen[judge, output] = Output(table, learn, ranks[learn] > output).scores(table, judge)
    features, marks, kinds = table.names
    by_rule = table.rest[:, marks.index("rule:high")].toarray().ravel() > 0
    hit = unseen[by_rule & (ranks >= RANK["high"]), RISK]
    thresholds = {
        "raised": _threshold(unseen[ranks == 0, RISK], CALM_RAISED),
        "high": _threshold(unseen[ranks == 0, HIGH], CALM_HIGH),
        "critical": _threshold(unseen[ranks == RANK["high"], CRITICAL], HIGH_CRITICAL),
        "doubted": _threshold(hit, 1.0 - DOUBTED),
        "refuted": _threshold(hit, 1.0 - REFUTED),
    }
    _say(unseen, ranks, thresholds, np.array([line["category"] for line in lines]))
    outputs = [Output(table, every, ranks > output) for output in OUTPUTS]
    weights = np.stack([one.weights for one in outputs], axis=1)
    by_feature = np.rint(weights[: len(features)] * SCALE).astype(int)
    by_mark = np.rint(MARK_WEIGHT * weights[len(features) :][: len(marks)] * SCALE).astype(int)
    # A rule's hit never weighs against the risk.
    of_rules = [name.startswith("rule:") for name in marks]
    by_mark[of_rules] = by_mark[of_rules].clip(min=0)
    by_row = np.rint(table.meanings.rows @ weights[len(features) + len(marks) :] * SCALE).astype(int)
    meant = table.meanings.commonest()
    kind_bias, by_kind = _kinds(table, lines)
    return {
        "version": version,
        "scale": SCALE,
        "bias": [round(one.bias, 4) for one in outputs] + kind_bias,
        "thresholds": thresholds,
        "marks": _rows(marks, by_mark, 1),
        "features": _rows(features, by_feature, SMALLEST),
        "words": _rows(list(meant), by_row[list(meant.values())], 1),
        "kinds": _rows(kinds, by_kind, SMALLEST),
    }


def _kinds(table: Table, lines: Sequence[Dict[str, Any]]) -> Tuple[List[float], np.ndarray[Any, Any]]:
    """Learn what lines at risk are about: another person, then each category."""
    risky = [at for at, line in enumerate(lines) if line["level"] != "none"]
    other = [lines[at]["about"] == "other" or lines[at]["category"] == "third_party" for at in risky]
    wanted = [other, *([lines[at]["category"] == name for at in risky] for name in CATEGORIES)]
    models = [
        LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear").fit(table.kinds[risky], one)
        for one in wanted
    ]
    weights = np.stack([model.coef_[0] for model in models], axis=1)
    return [round(float(model.intercept_[0]), 4) for model in models], np.rint(weights * SCALE).astype(int)


def _rows(names: Sequence[str], weights: Any, smallest: int) -> Dict[str, List[int]]:
    """Give the weights by name, but for rows in which none is worth keeping."""
    return {name: row.tolist() for name, row in sorted(zip(names, weights)) if np.abs(row).max() >= smallest}


def _say(unseen: Any, ranks: Any, thresholds: Dict[str, float], categories: Any) -> None:
    raised = unseen[:, RISK] >= thresholds["raised"]
    high = raised & (unseen[:, HIGH] >= thresholds["high"])
    critical = high & (unseen[:, CRITICAL] >= thresholds["critical"])
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
    tables = ("marks", "features", "words", "kinds")
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
