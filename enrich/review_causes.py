"""Why a review is bad (差评原因): phrases that name a fault, and a small text model for what no phrase names.

A text is cut into clauses; a clause that praises is left out, one after "but" counts double. Each cause is scored by the weight of
the phrases found (data/review_causes.yml), and weighs the probabilities of a logistic regression over character n-grams (TF-IDF),
fitted on data/review_samples.csv, some hundred labelled reviews: it speaks where no phrase was found. Nothing is downloaded, and
the same text has the same cause on every machine with one version of scikit-learn.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

CAUSES = ("quality", "size", "description", "logistics", "packaging", "service", "price", "other")
TEAMS = {
    "quality": "goods", "size": "goods", "price": "goods", "description": "description",
    "logistics": "logistics", "packaging": "logistics", "service": "service", "other": "service",
}  # fmt: skip
DATA = Path(__file__).parent / "data"
KEYWORDS = 3
#: chosen by five-fold cross-validation over the samples (tests/unit/enrich/test_review_causes.py shows that 0 is worse)
RULE_WEIGHT = 1.0
_CLAUSES = re.compile(r"[，。！？；、,.!?;~～…\s]+|(?=但是|不过|就是|可是|可惜|然而)")


@dataclass(frozen=True)
class _Rules:
    phrases: tuple[tuple[str, int, re.Pattern[str]], ...]  # cause, weight, pattern
    praise: re.Pattern[str]
    unpraise: re.Pattern[str]
    turn: re.Pattern[str]


@cache
def _rules() -> _Rules:
    import yaml

    told = yaml.safe_load((DATA / "review_causes.yml").read_text(encoding="utf-8"))

    def compiled(phrase: str) -> re.Pattern[str]:
        for name, words in told["words"].items():
            phrase = phrase.replace("{" + name + "}", words)
        return re.compile(phrase)

    phrases = tuple(
        (cause, int(weight), compiled(str(phrase)))
        for cause in CAUSES
        for weight, listed in told["causes"][cause].items()
        for phrase in listed
    )
    return _Rules(phrases, re.compile(told["praise"]), re.compile(told["unpraise"]), re.compile(told["turn"]))


def complaints(text: str) -> list[tuple[str, int, str]]:
    """(cause, weight, the words found) of every phrase in the clauses of a text that do not praise."""
    rules, found = _rules(), []
    for clause in _CLAUSES.split(text):
        if not clause or (rules.praise.search(clause) and not rules.unpraise.search(clause)):
            continue
        factor = 2 if rules.turn.match(clause) else 1
        for cause, weight, pattern in rules.phrases:
            if hit := pattern.search(clause):
                found.append((cause, weight * factor, hit.group(0)))
    return found


def scores(text: str) -> list[int]:
    """The weight of the phrases of each cause, in the order of CAUSES; disappointment alone (other) counts only where no fault is named."""
    totals: Counter[str] = Counter()
    for cause, weight, _ in complaints(text):
        totals[cause] += weight
    if totals.keys() - {"other"}:
        del totals["other"]
    return [totals[cause] for cause in CAUSES]


def keywords(text: str, cause: str) -> list[str]:
    """Up to KEYWORDS words that stand for the complaint: phrases of the cause found, heaviest first, else nouns and verbs of the text."""
    found = sorted(((w, x) for c, w, x in complaints(text) if c == cause), key=lambda f: (-f[0], text.index(f[1])))
    kept: list[str] = []
    for _, words in found:
        if len(words) >= 2 and not any(words in other or other in words for other in kept):
            kept.append(words)
    return (kept or _words(text))[:KEYWORDS]


@cache
def _segmenter():
    import logging

    import jieba.posseg

    jieba.setLogLevel(logging.ERROR)
    return jieba.posseg.POSTokenizer(jieba.Tokenizer())


def _words(text: str) -> list[str]:
    counted = Counter(w.word for w in _segmenter().cut(text) if w.flag[0] in "nva" and len(w.word) >= 2)
    return sorted(counted, key=lambda w: (-counted[w], text.index(w)))


def samples(path: Path = DATA / "review_samples.csv") -> list[tuple[str, str]]:
    """(content, cause) of a labelled file. Raises ValueError naming the line of an unknown cause."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(r["content"], r["cause"]) for r in csv.DictReader(file)]
    for number, (_, cause) in enumerate(rows, start=2):
        if cause not in CAUSES:
            raise ValueError(f"{path.name} line {number}: cause {cause!r} is none of {', '.join(CAUSES)}")
    return rows


@cache
def _model():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts, causes = zip(*samples(), strict=True)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    return make_pipeline(vectorizer, LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")).fit(
        texts, causes
    )


def probabilities(texts: list[str]) -> np.ndarray:
    """One row a text, one column a cause in the order of CAUSES; rows sum to 1: the model's, times e^(RULE_WEIGHT x score / 2)."""
    import numpy as np

    model = _model()
    order = [list(model.classes_).index(cause) for cause in CAUSES]
    ruled = np.minimum(np.array([scores(t) for t in texts]), 6) / 2
    raw = model.predict_proba(texts)[:, order] * np.exp(RULE_WEIGHT * ruled)
    return raw / raw.sum(axis=1, keepdims=True)


def classify(texts: list[str]) -> list[tuple[str, float]]:
    """(the most probable cause, its probability rounded to 4 places) of each text."""
    if not texts:
        return []
    answers = []
    for row in probabilities(texts):
        best = max(range(len(CAUSES)), key=lambda i: (round(float(row[i]), 6), -i))
        answers.append((CAUSES[best], round(float(row[best]), 4)))
    return answers


def causes_of(inputs: dict[str, pa.Table]) -> pa.Table:
    """int_review_texts (text_key, content) -> text_key, cause, confidence (0 to 1), keywords (joined by commas, which no keyword holds), owning_team."""
    import pyarrow as pa

    table = inputs["int_review_texts"]
    texts = [t or "" for t in table.column("content").to_pylist()]
    found = classify(texts)
    return pa.table(
        {
            "text_key": table.column("text_key"),
            "cause": pa.array([c for c, _ in found], pa.string()),
            "confidence": pa.array([p for _, p in found], pa.float64()),
            "keywords": pa.array(
                [",".join(keywords(t, c)) for t, (c, _) in zip(texts, found, strict=True)], pa.string()
            ),
            "owning_team": pa.array([TEAMS[c] for c, _ in found], pa.string()),
        }
    )


def report(labelled: list[tuple[str, str]]) -> list[dict]:
    """Per cause: n (true), found, right, precision and recall (None without cases); the last row, "all", is accuracy."""
    answers = [c for c, _ in classify([t for t, _ in labelled])]
    rows = []
    for cause in CAUSES:
        true = sum(1 for _, c in labelled if c == cause)
        found = answers.count(cause)
        right = sum(1 for (_, c), a in zip(labelled, answers, strict=True) if c == a == cause)
        rows.append({"cause": cause, "n": true, "found": found, "right": right, "precision": right / found if found else None, "recall": right / true if true else None})  # fmt: skip
    right = sum(r["right"] for r in rows)
    return [*rows, {"cause": "all", "n": len(labelled), "found": len(labelled), "right": right, "precision": right / max(len(labelled), 1), "recall": right / max(len(labelled), 1)}]  # fmt: skip
