"""A fitted classifier in one file: made anew from its settings, then given back what it had learned.

Nothing of it is code: names and numbers as JSON, weights as arrays, so a file may come from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from al_core import archive, calibration
from al_core.calibration.calibrated import CalibratedClassifier, calibrated
from al_core.classifiers import REGISTRY, Classifier
from al_core.config import Component
from al_core.errors import BadInput

FORMAT = 1
"""Raised whenever a file means something else than before."""
NONE = Component(name="none")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides a classifier, but for the seed and what it learns."""

    classifier: Component
    width: int
    """Columns of its features."""
    n_classes: int
    vocabulary: int
    calibration: Component = NONE


def clone(recipe: Recipe, seed: int) -> Classifier:
    """Return a new classifier with weights drawn from `seed`, ready to be fitted.

    Raises `BadInput` where the recipe names what there is not. Cost: building the network.
    """
    classifier = _prepared(recipe)
    classifier.reset(seed)
    return classifier


def save(path: Path, recipe: Recipe, classifier: Classifier) -> None:
    """Write what `load` needs, whole or not at all. `classifier` was made by this recipe.

    Defaults are written out, so that a file still means the same after a default moves. Disk: the
    state, which for a network holds its best weights and its optimizer too.
    """
    if isinstance(classifier, CalibratedClassifier):
        classifier.settle()
    about = {
        "format": FORMAT,
        "classifier": _complete(recipe.classifier).model_dump(mode="json"),
        "calibration": recipe.calibration.model_dump(mode="json"),
        "width": recipe.width,
        "n_classes": recipe.n_classes,
        "vocabulary": recipe.vocabulary,
    }
    archive.write(path, about, {"state": classifier.state()})


def load(path: Path) -> tuple[Recipe, Classifier]:
    """Return the recipe and the classifier that was saved, with the same answers and gifts.

    Raises `BadInput` in one sentence if the file is missing, damaged, or not such a file.
    """
    if not path.is_file():
        raise BadInput(f"There is no saved model at {path}.")
    try:
        about, groups = archive.read(path)
        if about["format"] != FORMAT:
            raise BadInput(f"The model in {path} was saved by another version; save it again with this one.")
        recipe = Recipe(
            classifier=Component.model_validate(about["classifier"]),
            width=int(about["width"]),
            n_classes=int(about["n_classes"]),
            vocabulary=int(about["vocabulary"]),
            calibration=Component.model_validate(about["calibration"]),
        )
        classifier = _prepared(recipe)
        classifier.restore(groups["state"])
    except BadInput:
        raise
    except (*archive.UNREADABLE, TypeError, ValidationError) as error:
        raise BadInput(f"{path} is no saved model, or it is damaged; save the model again.") from error
    return recipe, classifier


def _prepared(recipe: Recipe) -> Classifier:
    model = REGISTRY[recipe.classifier.name].create(recipe.classifier.params)
    around = calibration.REGISTRY[recipe.calibration.name].create(recipe.calibration.params)
    classifier = calibrated(model, around)
    classifier.prepare(recipe.width, recipe.n_classes, recipe.vocabulary)
    return classifier


def _complete(component: Component) -> Component:
    return Component(name=component.name, params=REGISTRY[component.name].settings(component.params))
