"""The Keras example "Review Classification using Active Learning", timed step by step.

A re-implementation of the published script's *pipeline*, waste included (texts vectorised
one at a time and again every round, predictions nobody reads, a new graph every round), so
that `tutorial_time.py` can compare the workbench with what a reader of the example runs.
Source: D. Deshpande, 2021, converted to Keras 3 by S. Prasad, 2024.

    python -m benchmarks.published_script --json published.json
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import tensorflow as tf
import tensorflow_datasets as tfds

VOCABULARY, LENGTH, BATCH, SAMPLING, ROUNDS = 3000, 150, 256, 5000, 3


def split_reviews() -> dict[str, tf.data.Dataset]:
    """Read IMDB in TFDS order and cut it per class as the example does."""
    data = tfds.load("imdb_reviews", split="train + test", as_supervised=True, batch_size=-1)
    reviews, labels = tfds.as_numpy(data)
    positive, negative = reviews[labels == 1], reviews[labels == 0]
    cuts = {"val": (0, 2500), "test": (2500, 5000), "train": (5000, 12500), "pool": (12500, None)}
    parts: dict[str, tf.data.Dataset] = {}
    for name, (start, end) in cuts.items():
        ones, zeros = positive[start:end], negative[start:end]
        ones_set = tf.data.Dataset.from_tensor_slices((ones, [1.0] * len(ones)))
        zeros_set = tf.data.Dataset.from_tensor_slices((zeros, [0.0] * len(zeros)))
        if name == "pool":
            parts["pool_positives"], parts["pool_negatives"] = ones_set, zeros_set
        else:
            parts[name] = ones_set.concatenate(zeros_set)
    return parts


def create_model() -> keras.Model:
    """Build the published bidirectional LSTM."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((LENGTH,)),
            layers.Embedding(VOCABULARY, 128),
            layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
            layers.GlobalMaxPool1D(),
            layers.Dense(20, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )


def compile_model(model: keras.Model) -> None:
    """Compile as published: a new optimizer and new metrics each time."""
    model.compile(
        loss="binary_crossentropy",
        optimizer="rmsprop",
        metrics=[
            keras.metrics.BinaryAccuracy(),
            keras.metrics.FalseNegatives(),
            keras.metrics.FalsePositives(),
        ],
    )


def run(epochs: int, patience: int) -> dict[str, Any]:
    """Run the published experiment and return its figures and times."""
    started = time.perf_counter()
    parts = split_reviews()
    vectorizer = keras.layers.TextVectorization(
        VOCABULARY, standardize="lower_and_strip_punctuation", output_sequence_length=LENGTH
    )
    vectorizer.adapt(
        parts["train"].map(lambda text, _: text, num_parallel_calls=tf.data.AUTOTUNE).batch(BATCH)
    )

    def vectorize(text, label):
        return vectorizer(text), label

    auto = tf.data.AUTOTUNE
    train = parts["train"].map(vectorize, num_parallel_calls=auto).prefetch(auto)
    positives = parts["pool_positives"].map(vectorize, num_parallel_calls=auto)
    negatives = parts["pool_negatives"].map(vectorize, num_parallel_calls=auto)
    val = parts["val"].batch(BATCH).map(vectorize, num_parallel_calls=auto)
    test = parts["test"].batch(BATCH).map(vectorize, num_parallel_calls=auto)
    out: dict[str, Any] = {"prepare_seconds": time.perf_counter() - started, "rounds": []}

    with TemporaryDirectory() as folder:
        full_started = time.perf_counter()
        model = create_model()
        compile_model(model)
        full = train.concatenate(positives).concatenate(negatives).cache().shuffle(20000)
        stop = keras.callbacks.EarlyStopping(patience=patience, verbose=0)
        path = str(Path(folder) / "full.keras")
        keep = keras.callbacks.ModelCheckpoint(path, save_best_only=True)
        history = model.fit(
            full.batch(BATCH), epochs=epochs, validation_data=val, callbacks=[stop, keep], verbose=2
        )
        model = keras.models.load_model(path)
        loss, accuracy, fn, fp = model.evaluate(test, verbose=0)
        out["full"] = {
            "labels": 40000,
            "accuracy": accuracy,
            "fn": fn,
            "fp": fp,
            "loss": loss,
            "epochs": len(history.history["loss"]),
            "seconds": time.perf_counter() - full_started,
        }
        print(json.dumps(out["full"]), flush=True)

        active_started = time.perf_counter()
        model = create_model()
        compile_model(model)
        path = str(Path(folder) / "active.keras")
        keep = keras.callbacks.ModelCheckpoint(path, save_best_only=True)
        stop = keras.callbacks.EarlyStopping(patience=patience, verbose=0)
        history = model.fit(
            train.cache().shuffle(20000).batch(BATCH),
            epochs=epochs,
            validation_data=val,
            callbacks=[stop, keep],
            verbose=2,
        )
        counts = [len(history.history["loss"])]
        labels = 15000
        for _ in range(ROUNDS):
            model.predict(test, verbose=0)
            _, accuracy, fn, fp = model.evaluate(test, verbose=0)
            ones, zeros = (fp / (fn + fp), fn / (fn + fp)) if fn and fp else (0.5, 0.5)
            out["rounds"].append({"labels": labels, "accuracy": accuracy, "fn": fn, "fp": fp})
            take_zeros, take_ones = int(zeros * SAMPLING), int(ones * SAMPLING)
            sampled = negatives.take(take_zeros).concatenate(positives.take(take_ones))
            negatives, positives = negatives.skip(take_zeros), positives.skip(take_ones)
            train = train.concatenate(sampled).prefetch(auto)
            labels += take_zeros + take_ones
            compile_model(model)
            stop = keras.callbacks.EarlyStopping(patience=patience, verbose=0)
            history = model.fit(
                train.cache().shuffle(20000).batch(BATCH),
                epochs=epochs,
                validation_data=val,
                callbacks=[stop, keep],
                verbose=2,
            )
            counts.append(len(history.history["loss"]))
            model = keras.models.load_model(path)
        loss, accuracy, fn, fp = model.evaluate(test, verbose=0)
        out["active"] = {
            "labels": labels,
            "accuracy": accuracy,
            "fn": fn,
            "fp": fp,
            "loss": loss,
            "epochs": counts,
            "seconds": time.perf_counter() - active_started,
        }
    out["seconds"] = time.perf_counter() - started
    return out


def main() -> None:
    """Run from the command line and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--patience", type=int, default=4)
    parser.add_argument("--json", type=Path, help="also write the result here")
    options = parser.parse_args()
    result = run(options.epochs, options.patience)
    text = json.dumps(result)
    if options.json:
        options.json.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
