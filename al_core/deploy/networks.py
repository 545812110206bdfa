"""A fitted network in the formats that others read: Keras, SavedModel and ONNX."""

from __future__ import annotations

import json
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np

from al_core.classifiers.keras_classifier import KerasClassifier
from al_core.corpus import Progress
from al_core.deploy import strings
from al_core.deploy.reader import FLOOR
from al_core.deploy.reading import Reading
from al_core.errors import BadInput

OPSET = 18
"""Of ONNX: ONNX Runtime reads it since 1.15."""
VERSION = "1"
"""TensorFlow Serving looks for a SavedModel in a folder of its own for each version, by number."""
_OURS = "al_core"
_CONVERTING = (
    ImportError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    KeyError,
    NotImplementedError,
)
"""What a converter may raise on a network that it does not know."""


def put(
    folder: Path,
    classifier: Any,
    found: Reading,
    calibration: dict[str, Any],
    n_classes: int,
    more: bool,
    tell: Progress,
) -> tuple[dict[str, str], dict[str, str]]:
    """Write a network into a folder; return what each format is, and why others are not there.

    more: SavedModel and ONNX besides Keras's own file. Raises `BadInput` if it is no network.
    """
    if not isinstance(classifier, KerasClassifier):
        raise BadInput("This kind of model cannot be exported; choose another classifier.")
    import keras

    model = portable(classifier.keras_model)
    name = "vectors" if classifier.reads == "vectors" else "ids"
    model.save(folder / "model.keras")
    formats = {"model.keras": f"Keras, from {name} to the network's own answer, before calibration."}
    if not more:
        return formats, {}
    if keras.backend.backend() != "tensorflow":
        why = f"made with TensorFlow as Keras's backend, not with {keras.backend.backend()}."
        return formats, {"saved_model": why, "model.onnx": why}
    answer = _answer(model, name, calibration, n_classes)
    tell("Writing the SavedModel", 0.6)
    formats["saved_model"] = _put_saved_model(folder / "saved_model" / VERSION, model, answer, found)
    tell("Writing ONNX", 0.7)
    lacking = _put_onnx(folder / "model.onnx", answer)
    if lacking:
        return formats, {"model.onnx": lacking}
    return formats | {"model.onnx": f"ONNX, from {name} to probabilities."}, {}


def _answer(model: Any, name: str, calibration: dict[str, Any], n_classes: int) -> Any:
    """Return a TensorFlow function from arrays to calibrated probabilities (n, C), float32."""
    import tensorflow as tf

    width, dtype = model.input_shape[-1], model.inputs[0].dtype

    @tf.function(input_signature=[tf.TensorSpec((None, width), dtype, name=name)])
    def answer(x: Any) -> dict[str, Any]:
        raw = tf.cast(model(x, training=False), tf.float64)
        if raw.shape[-1] < n_classes:  # a sigmoid's single column
            raw = tf.concat([1.0 - raw, raw], axis=1)
        return {"probabilities": tf.cast(_calibrated(raw, calibration), tf.float32)}

    return answer


def _calibrated(raw: Any, how: dict[str, Any]) -> Any:
    """Return what `al_core.calibration` makes of raw probabilities (n, C), in TensorFlow's ops."""
    import tensorflow as tf

    if how["kind"] == "none":
        return raw
    if how["kind"] == "temperature":
        found = tf.nn.softmax(tf.math.log(tf.clip_by_value(raw, FLOOR, 1.0)) / how["temperature"], axis=1)
    else:
        columns = {int(c): _curve(raw[:, int(c)], *curve) for c, curve in how["curves"].items()}
        if len(columns) < raw.shape[1]:
            columns[0] = 1.0 - columns[1]
        found = tf.stack([columns[c] for c in sorted(columns)], axis=1)
        found /= tf.reduce_sum(found, axis=1, keepdims=True)
    low = found < FLOOR
    raised = tf.where(low, tf.constant(FLOOR, tf.float64), found)
    raised /= tf.reduce_sum(raised, axis=1, keepdims=True)
    return tf.where(tf.reduce_any(low, axis=1, keepdims=True), raised, found)


def _curve(x: Any, at: list[float], values: list[float]) -> Any:
    """Return `np.interp(x, at, values)`."""
    import tensorflow as tf

    corners, heights = np.array(at, np.float64), np.array(values, np.float64)
    if len(corners) == 1:
        return tf.zeros_like(x) + heights[0]
    x = tf.clip_by_value(x, corners[0], corners[-1])
    below = tf.reduce_sum(tf.cast(x[:, None] >= corners, tf.int32), axis=1) - 1
    place = tf.minimum(below, len(corners) - 2)
    slopes = np.diff(heights) / np.diff(corners)
    return tf.gather(heights, place) + tf.gather(slopes, place) * (x - tf.gather(corners, place))


def _put_saved_model(folder: Path, model: Any, answer: Any, found: Reading) -> str:
    """Write a SavedModel, for TensorFlow Serving: from texts where the features are word numbers.

    Vectors and pieces of words are made outside of it, by `predict.py`, which no ops of TensorFlow repeat.
    """
    import tensorflow as tf

    module: Any = tf.Module()
    module.network = model
    arrays = answer.input_signature[0].name
    if found.settings["kind"] != "tokens":
        tf.saved_model.save(module, str(folder), signatures={"serving_default": answer})
        return f"SavedModel, from {arrays} (`features` in predict.py makes them) to probabilities."
    assert found.names is not None
    ids, module.table = strings.tokeniser(found.names, found.settings["length"], found.settings["strip_html"])

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="texts")])
    def serve(texts: Any) -> dict[str, Any]:
        return answer(ids(texts))

    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve, arrays: answer})
    return f"SavedModel, from texts (UTF-8) to probabilities; its signature {arrays} takes word numbers."


def _put_onnx(path: Path, answer: Any) -> str:
    """Write ONNX where its converter is installed and knows the network; return why not, else nothing."""
    if util.find_spec("tf2onnx") is None:
        return "tf2onnx is not installed."
    import tensorflow as tf

    try:
        import onnx
        import tf2onnx

        function = answer.get_concrete_function()
        converted, _ = tf2onnx.convert.from_function(answer, answer.input_signature, opset=OPSET)
        # Constants that the graph has caught are no inputs.
        caught = {
            inside.name: value for value, inside in function.graph.captures if value.dtype != tf.resource
        }
        graph = converted.graph
        for each in [given for given in graph.input if given.name in caught]:
            graph.initializer.append(onnx.numpy_helper.from_array(caught[each.name].numpy(), each.name))
            graph.input.remove(each)
        onnx.checker.check_model(converted)
        onnx.save(converted, path)
    except _CONVERTING as error:
        path.unlink(missing_ok=True)
        return f"tf2onnx cannot write this network ({type(error).__name__})."
    return ""


def portable(model: Any) -> Any:
    """Return a copy that Keras alone can read: without the optimizer, and without classes of the workbench.

    What is the workbench's own are initializers, which have done their work.
    """
    import keras

    told: Any = keras.saving.serialize_keras_object(model)
    copy: Any = type(model).from_config(json.loads(json.dumps(told["config"]), object_hook=_plain))
    copy.set_weights(model.get_weights())
    return copy


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    if str(value.get("module", "")).split(".")[0] != _OURS:
        return value
    return {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None}
