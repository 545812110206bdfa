"""What is written beside an exported model: its card, an example, and what to install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST_CLASSES = 20
"""Classes whose errors are listed one by one."""
SPLITS = {"validation": "Validation", "test": "Test"}
SAVED_MODEL = "saved_model"

EXAMPLE = '''"""Run it as it is: python example.py"""

from pathlib import Path

from predict import load

model = load(Path(__file__).parent)
texts = ["A text that the model has never seen.", "Another one."]
for text, answer, row in zip(texts, model.decide(found := model.predict_proba(texts)), found):
    print(text, answer, dict(zip(model.classes, row.round(4).tolist())), sep="  ")
'''


def plain(value: object) -> str:
    """Return a value so that Markdown shows it literally: on one line, no markup, no control characters."""
    line = " ".join("".join(each if each.isprintable() else " " for each in str(value)).split())
    line = re.sub(r"[\\`*_{}\[\]<>#|~$:^=@&!]", r"\\\g<0>", line)
    # What would begin a list, and what would become a link.
    start = r"^\d+(?=[.)](\s|$))|^(?=[-+])|www(?=\.)"
    return re.sub(start, lambda found: f"{found[0]}\\", line, flags=re.IGNORECASE)


def requirements(about: Mapping[str, Any]) -> str:
    """Return the requirements.txt of an export."""
    lines = ["numpy>=1.26,<3"]
    formats, versions = about["formats"], about["versions"]
    if "model.keras" in formats:
        lines += [f"keras>={versions['keras']},<4", f"tensorflow>={versions.get('tensorflow', '2.21')},<3"]
        if "model.onnx" in formats and not about["needs"]:
            lines.append("# Instead of the two lines above, and much smaller: onnxruntime>=1.20,<2")
    elif about["needs"]:
        lines += [f"tensorflow>={versions.get('tensorflow', '2.21')},<3"]
    lines += [f"{name}>={versions[name]},<1" for name in about["needs"]]
    return "\n".join(lines) + "\n"


def markdown(about: Mapping[str, Any]) -> str:
    """Return the model card, after Mitchell et al. 2019, Model cards for model reporting.

    `about` is what model.json holds. Every word that a person or a corpus has given is escaped.
    """
    told = about["about"]
    title = plain(told.get("name") or "Text classifier")
    if told.get("version") not in (None, ""):
        title += f", version {plain(told['version'])}"
    parts = [f"# {title}", _what(about), *_quoted(told.get("note"))]
    parts += ["## How to run", _RUN, _formats(about), *_serving(about)]
    parts += ["## Data", _data(about["data"])]
    parts += ["## Labels", _labels(told)]
    parts += ["## How good it is", _metrics(about)]
    parts += ["## Decisions", _decisions(about)]
    parts += ["## Limits", _limits(about)]
    parts += ["## Where it comes from", _origin(about)]
    return "\n\n".join(parts) + "\n"


_RUN = """```
pip install -r requirements.txt
python example.py
python predict.py "A text"
```

In Python: `from predict import load`, then `load(folder).predict_proba(texts)`. `predict.py` checks that no
file has changed, and takes nothing from a network."""


_SERVING = """```
docker run -p 8502:8501 -v "$PWD/saved_model:/models/text" -e MODEL_NAME=text tensorflow/serving
curl -d '{"instances": [TEXT]}' http://localhost:8502/v1/models/text:predict
```"""


def _what(about: Mapping[str, Any]) -> str:
    classes = ", ".join(plain(each) for each in about["classes"])
    return (
        f"Sorts texts into {len(about['classes'])} classes: {classes}. Model: "
        f"{about['classifier']['title']}. It reads: {about['features']['title']}. Calibration of its "
        f"probabilities: {about['calibration']['kind']}."
    )


def _quoted(note: object) -> list[str]:
    return [f"> {plain(note)}"] if note else []


def _formats(about: Mapping[str, Any]) -> str:
    lines = [f"- `{name}`: {what}" for name, what in about["formats"].items()]
    lines += [f"- `{name}` is not here: {why}" for name, why in about["lacking"].items()]
    if about["needs"]:
        lines.append(f"- Texts are read with {', '.join(about['needs'])}.")
    return "\n".join(lines)


def _serving(about: Mapping[str, Any]) -> list[str]:
    """Return how TensorFlow Serving takes the SavedModel, where there is one."""
    if SAVED_MODEL not in about["formats"]:
        return []
    if about["features"]["kind"] == "tokens":
        return ["With TensorFlow Serving:", _SERVING.replace("TEXT", '"A text"')]
    numbers = f"for each text the {about['width']:,} numbers that `features` in predict.py gives"
    return [f"With TensorFlow Serving, {numbers}:", _SERVING.replace("TEXT", "[...]")]


def _data(data: Mapping[str, Any]) -> str:
    lines = [
        f"- Corpus: {plain(data['title'])}, {data['texts']:,} texts.",
        f"- Vocabulary and weights of words come from {data['texts_of_features']:,} of them, without labels."
        if data["texts_of_features"]
        else "- Nothing of the features was learned from it.",
    ]
    if data["note"]:
        lines.append(f"- {plain(data['note'])}")
    if data["synthetic"]:
        lines.append("- **Synthetic**: generated by code, not written by people.")
    lines.append(
        f"- Key {plain(data['key'])}; SHA-256 of all its texts, with the labels that came with them: "
        f"`{data['sha256']}`."
    )
    if learned := data.get("learned"):
        lines.append(
            f"- SHA-256 of the {learned['texts']:,} texts that the model learned from, those that came later "
            "too, with the labels that were given to them; validation labels are not in it: "
            f"`{learned['sha256']}`."
        )
    return "\n".join(lines)


def _labels(told: Mapping[str, Any]) -> str:
    lines = []
    if told.get("labels") is not None:
        lines.append(f"- Labels: {_value(told['labels'])}.")
    if told.get("strategy"):
        lines.append(
            f"- Asked for by: {_value(told['strategy'])}. Texts that a strategy asks for are no random "
            "sample: their shares say nothing about the data."
        )
    if told.get("caution"):
        lines.append(f"- **Caution**: {plain(told['caution'])}")
    if told.get("seed") is not None:
        lines.append(f"- Seed: {_value(told['seed'])}.")
    return "\n".join(lines) or "Nothing was noted about the labels."


def _metrics(about: Mapping[str, Any]) -> str:
    measured = {
        title: found
        for name, title in SPLITS.items()
        if (found := (about["about"].get("metrics") or {}).get(name))
    }
    if not measured:
        return "Not measured. Label some texts drawn at random and compare before you rely on it."
    classes = [plain(each) for each in about["classes"]]
    two = len(classes) == 2
    errors = (
        [
            f"False negatives ({classes[1]} taken for {classes[0]})",
            f"False positives ({classes[0]} taken for {classes[1]})",
        ]
        if two
        else ["Errors"]
    )
    heads = ["Texts", "Number", "Accuracy", "Loss", *errors, "Calibration error"]
    rows = []
    for title, found in measured.items():
        counts = [f"{found['fn']:,}", f"{found['fp']:,}"] if two else [f"{found['fn']:,}"]
        ece = found.get("ece")
        rows.append(
            [
                title,
                f"{found['n']:,}",
                f"{found['accuracy']:.4f}",
                f"{found['loss']:.4f}",
                *counts,
                "" if ece is None else f"{ece:.4f}",
            ]
        )
    parts = [_table(heads, rows)]
    if not two and len(classes) <= MOST_CLASSES:
        parts += [_per_class(title, found, classes) for title, found in measured.items()]
    if "Validation" in measured:
        test = ""
        if "Test" in measured:
            test = "; the test texts chose nothing"
            if about["about"].get("caution"):
                test = "; the test texts are not clean either, because they steered what was asked for"
        parts.append(
            "Validation chose the weights, the calibration and any threshold, so it flatters the model"
            f"{test}."
        )
    return "\n\n".join(parts)


def _per_class(title: str, found: Mapping[str, Any], classes: list[str]) -> str:
    confusion = found["confusion"]
    rows = [
        [
            name,
            f"{sum(confusion[c]):,}",
            f"{sum(confusion[c]) - confusion[c][c]:,}",
            f"{sum(row[c] for row in confusion) - confusion[c][c]:,}",
        ]
        for c, name in enumerate(classes)
    ]
    return _table([f"{title}: class", "Number", "False negatives", "False positives"], rows)


def _decisions(about: Mapping[str, Any]) -> str:
    classes, told = about["classes"], about["about"]
    if about["threshold"] is None:
        return "- A text gets its likeliest class."
    lines = [
        f"- A text is {plain(classes[1])} above a probability of {about['threshold']:.4g}, else "
        f"{plain(classes[0])}."
    ]
    lines += [
        f"- So decided, {part}, {found['n']:,} texts: {found['fn']:,} false negatives, {found['fp']:,} "
        f"false positives, accuracy {found['accuracy']:.4f}. The table above is of the likelier class."
        for part, found in (told.get("decided") or {}).items()
    ]
    if told.get("looks") is not None:
        lines.append(_looked(told["looks"], "test" in (told.get("decided") or {})))
    prices = told.get("prices")
    if isinstance(prices, Mapping) and {"fn", "fp"} <= set(prices):
        lines.append(
            f"- Price of a false negative: {_value(prices['fn'])}; of a false positive: "
            f"{_value(prices['fp'])}."
        )
    elif prices:
        lines.append(f"- Prices of errors: {_value(prices)}.")
    return "\n".join(lines)


def _looked(looks: int, here: bool) -> str:
    """Return whether this decision was confirmed on test, and how often any of the run's was."""
    this = "Confirmed" if here else "Not confirmed"
    return f"- {this} on test. Looks at the test split to confirm a decision, up to this export: {looks:,}."


def _limits(about: Mapping[str, Any]) -> str:
    data = about["data"]
    lines = [
        f"- Made for texts like those of {plain(data['title'])}. On others, in another language or of "
        "another time, neither accuracy nor probabilities hold: measure again.",
        "- Who is treated how well was not measured: no groups of people were compared.",
        "- Not to be the only judge where an error harms somebody.",
    ]
    kind, settings = about["features"]["kind"], about["features"]
    if kind in ("tokens", "subwords", "sentence_embeddings"):
        what = "words" if kind == "tokens" else "pieces of words"
        lines.append(f"- It reads the first {settings['length']:,} {what} of a text; the rest is cut.")
    if about["calibration"]["kind"] == "none":
        lines.append("- Its probabilities are not calibrated.")
    check = about["check"]
    lines.append(
        f"- Compared with the workbench on {check['texts']:,} texts of the corpus: no probability differs by "
        f"more than {check['difference']:.1g}{_onnx(check)}."
    )
    if SAVED_MODEL in about["formats"] and kind == "tokens":
        lines.append(
            f"- Letters are those of Python {about['versions']['python']}, in `saved_model` too; another "
            "Python may know newer ones."
        )
    return "\n".join(lines)


def _onnx(check: Mapping[str, Any]) -> str:
    there = "onnx_difference" in check
    return f", with ONNX none by more than {check['onnx_difference']:.1g}" if there else ""


def _origin(about: Mapping[str, Any]) -> str:
    told = about["about"]
    lines = [
        f"- {title}: {_value(told[name])}."
        for name, title in (("origin", "Origin"), ("created", "Promoted"), ("promoted_by", "Promoted by"))
        if told.get(name)
    ]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return "\n".join([*lines, f"- Exported: {about['exported']}.", f"- Versions: {versions}."])


def _value(value: object) -> str:
    """Return plain data in words."""
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(name)} {_value(each)}" for name, each in value.items() if each is not None)
    if isinstance(value, list | tuple):
        return ", ".join(_value(each) for each in value)
    if isinstance(value, float):
        return f"{value:g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else plain(value)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), *(list(row) for row in rows)]
    lines.insert(1, ["---"] + ["---:"] * (len(lines[0]) - 1))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
