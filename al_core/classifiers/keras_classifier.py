"""Training of any Keras network, one epoch at a time, so that it can be stopped and go on.

Written against Keras 3, so that `KERAS_BACKEND` may be tensorflow, jax or torch. Keras is
imported inside the methods: pages read the registry, and their process must stay light.
"""

from __future__ import annotations

import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from al_core.classifiers.base import Epoch, Examples, FitHooks, Gift, State
from al_core.classifiers.training import Training
from al_core.errors import WorkbenchError
from al_core.evaluation.metrics import measure
from al_core.matrix import is_sparse
from al_core.seeding import generator

PREDICT_BATCH = 256
STREAMS_APART = 0x2545F491
"""Between the seeds of two dropout layers: with one seed, layers of a size would drop the same units."""
Weights = list[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a network reads and gives."""

    width: int
    vocabulary: int
    outputs: int
    activation: str
    dtype: Any


@dataclass(slots=True)
class _Progress:
    """Where a fit stands."""

    epochs: tuple[Epoch, ...] = ()
    lowest: float = math.inf
    """Lowest validation loss of this fit; early stopping counts from it."""
    wait: int = 0

    def ended(self, training: Training) -> bool:
        """Tell whether the fit is over: all epochs made, or `patience` of them without progress."""
        tired = self.wait >= training.patience and len(self.epochs) > 1
        return len(self.epochs) >= training.epochs or tired

    def add(self, epoch: Epoch) -> None:
        """Count one more epoch, as Keras's EarlyStopping does."""
        self.epochs = (*self.epochs, epoch)
        self.wait += 1
        if epoch.val_loss < self.lowest:
            self.lowest, self.wait = epoch.val_loss, 0


class KerasClassifier(ABC):
    """A network on one array. A subclass says what it looks like; the rest is here.

    The graph is traced once per process: a new round resets the optimizer's variables instead
    of compiling again, and validation, test and pool share one prediction function.
    """

    reads: ClassVar = "ids"
    usual_features: ClassVar = "tokens"
    gives: frozenset[Gift] = frozenset({"embeddings", "dropout"})
    start_seconds: ClassVar = 12.0
    predict_batch: ClassVar = PREDICT_BATCH

    def __init__(self, training: Training, dropout: float = 0.5) -> None:
        self.training, self.dropout = training, dropout
        if not dropout:
            self.gives = frozenset({"embeddings"})
        self._model: Any = None
        self._inner: Any = None
        """From ids to what the head reads; made when embeddings are first asked for."""
        self._blurred: Any = None
        """The same weights with dropout left on; made when it is first asked for."""
        self._fresh_optimizer: Weights = []
        self._best: Weights = []
        self._best_loss = math.inf
        self._progress = _Progress()
        self._shape: Shape
        self.n_classes = 0

    @abstractmethod
    def network(self, shape: Shape, seed: Callable[[], int]) -> Any:
        """Return an uncompiled `keras.Model`; each random initializer takes its own `seed()`."""

    @abstractmethod
    def seconds_per_text(self, width: int) -> float:
        """Return a rough time to train once on one text, on two cores."""

    @property
    def most_epochs(self) -> int:
        """Return the setting."""
        return self.training.epochs

    @property
    def keras_model(self) -> Any:
        """Return the compiled `keras.Model` with the weights in use; None before `prepare`."""
        return self._model

    def prepare(self, width: int, n_classes: int, vocabulary: int) -> None:
        """Build and compile the network; its weights come with `reset` or `restore`."""
        import keras

        self.n_classes = n_classes
        binary = n_classes == 2
        self._shape = Shape(
            width=width,
            vocabulary=vocabulary,
            outputs=1 if binary else n_classes,
            activation="sigmoid" if binary else "softmax",
            dtype=keras.dtype_policies.get(self.training.precision),
        )
        model = self._draw(0)
        optimizer = keras.optimizers.get(
            {
                "class_name": self.training.optimizer,
                "config": {"learning_rate": self.training.learning_rate},
            }
        )
        model.compile(
            optimizer=optimizer,
            loss="binary_crossentropy" if binary else "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            # XLA is slower for a recurrence on a CPU; JAX compiles in any case.
            jit_compile="auto" if keras.backend.backend() == "jax" else False,
        )
        model.optimizer.build(model.trainable_variables)
        self._model = model
        self._fresh_optimizer = values_of(model.optimizer.variables)

    def _draw(self, seed: int) -> Any:
        numbers = generator(seed, "initializers")
        return self.network(self._shape, lambda: int(numbers.integers(2**31)))

    def fresh_weights(self, seed: int) -> Weights:
        """Return the weights of a newly drawn network."""
        return values_of(self._draw(seed).weights)

    def reset(self, seed: int) -> None:
        """Take fresh weights; the traced graph stays."""
        _assign(self._model.weights, self.fresh_weights(seed))
        self._best, self._best_loss, self._progress = [], math.inf, _Progress()

    def fit(
        self,
        training: Examples,
        validation: Examples,
        seeds: Callable[[str, int], int],
        hooks: FitHooks,
        *,
        keep_best: bool,
        resume: bool,
    ) -> tuple[Epoch, ...]:
        """Fit until the epochs are made or patience ends; see the contract.

        Cost: one forward and one backward pass per text and epoch; memory: the network, its
        optimizer, its best weights, and one shuffled copy of the token ids.
        """
        if not resume:
            self._progress = _Progress()
            _assign(self._model.optimizer.variables, self._fresh_optimizer)
            if not keep_best:
                self._best, self._best_loss = [], math.inf
        while not self._progress.ended(self.training):
            epoch = self._epoch(training, validation, seeds, hooks)
            self._progress.add(epoch)
            if epoch.val_loss < self._best_loss:
                self._best, self._best_loss = values_of(self._model.weights), epoch.val_loss
            hooks.epoch(epoch)
        return self._progress.epochs

    def _epoch(
        self,
        training: Examples,
        validation: Examples,
        seeds: Callable[[str, int], int],
        hooks: FitHooks,
    ) -> Epoch:
        import keras

        number = len(self._progress.epochs) + 1
        started = time.perf_counter()
        order = generator(seeds("shuffle", number), "order").permutation(len(training))
        _seed_dropout(self._model, seeds("dropout", number), 0)
        batch_size = self.training.batch_size

        class Tell(keras.callbacks.Callback):
            def on_train_batch_end(self, batch: int, logs: object = None) -> None:
                del logs
                hooks.batch(min(batch_size, len(order) - batch * batch_size))

        # Already shuffled, from the run's own seed: a resumed epoch sees the same order.
        x, y = training.x[order], training.y[order].astype("float32" if self.n_classes == 2 else "int32")
        read: dict[str, Any] = {"x": x, "y": y, "batch_size": batch_size}
        if is_sparse(x):
            read = {"x": _dense_batches(x, y, batch_size)}
        logs = self._model.fit(**read, shuffle=False, verbose=0, callbacks=[Tell()]).history
        measured = measure(self.predict_proba(validation.x), validation.y)
        loss = float(logs["loss"][0])
        if not math.isfinite(loss):
            raise WorkbenchError(
                f"Training broke down in epoch {number} (the loss is {loss}); try a smaller learning rate."
            )
        return Epoch(
            number=number,
            loss=loss,
            accuracy=float(logs["accuracy"][0]),
            val_loss=measured.loss,
            val_accuracy=measured.accuracy,
            seconds=time.perf_counter() - started,
        )

    def use_best(self) -> None:
        """Take the weights that had the lowest validation loss, if a fit has kept any."""
        if self._best:
            _assign(self._model.weights, self._best)

    def predict_proba(self, x: Any) -> npt.NDArray[np.float64]:
        """Return probabilities (n, C); a sigmoid's single column becomes two."""
        if x.shape[0] == 0:
            return np.empty((0, self.n_classes))
        return self._both_classes(in_batches(self._model, x, self.predict_batch))

    def embed(self, x: Any) -> npt.NDArray[np.float32]:
        """Return what the head reads of each text, without dropout: (n, d)."""
        import keras

        if self._inner is None:
            # Dropout before the head does nothing here.
            self._inner = keras.Model(self._model.inputs, self._model.layers[-1].input)
        if x.shape[0] == 0:
            return np.empty((0, self._inner.output_shape[-1]), np.float32)
        return in_batches(self._inner, x, self.predict_batch).astype(np.float32)

    def dropout_probabilities(self, x: Any, passes: int, seed: int) -> npt.NDArray[np.float64]:
        """Return probabilities (passes, n, C) with dropout left on.

        Every text gets a mask of its own in every pass. Other layers work as when predicting: batch
        normalisation neither uses nor updates a batch's own mean.
        """
        if self._blurred is None:
            self._blurred = _with_dropout_on(self._model)
        if x.shape[0] == 0:
            return np.empty((passes, 0, self.n_classes))
        samples = []
        for number in range(passes):
            _seed_dropout(self._blurred, seed, number * 2**16)
            samples.append(self._both_classes(in_batches(self._blurred, x, self.predict_batch)))
        return np.stack(samples)

    def _both_classes(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        raw = raw.astype(np.float64)
        return np.concatenate([1 - raw, raw], axis=1) if self.n_classes == 2 else raw

    def state(self) -> State:
        """Return weights, optimizer, best weights and the place in the fit, copied."""
        progress = asdict(self._progress) | {"best_loss": self._best_loss}
        state: State = {"progress": np.array(json.dumps(progress))}
        for group, values in (
            ("weights", values_of(self._model.weights)),
            ("optimizer", values_of(self._model.optimizer.variables)),
            ("best", self._best),
        ):
            state |= {f"{group}/{i:05d}": value for i, value in enumerate(values)}
        return state

    def restore(self, state: State) -> None:
        """Become what the state was taken from."""

        def group(name: str) -> Weights:
            return [state[key] for key in sorted(state) if key.startswith(f"{name}/")]

        _assign(self._model.weights, group("weights"))
        _assign(self._model.optimizer.variables, group("optimizer"))
        self._best = group("best")
        told = json.loads(str(state["progress"]))
        self._best_loss = told.pop("best_loss")
        told["epochs"] = tuple(Epoch(**epoch) for epoch in told["epochs"])
        self._progress = _Progress(**told)


def in_batches(model: Any, x: Any, size: int) -> npt.NDArray[Any]:
    """Return the model's output for each row of `x`, of which there is at least one.

    Every batch has the same shape, so that one traced graph serves validation, test and pool, and
    no input pipeline is built: that would cost more than predicting a small split.
    """
    parts = []
    for start in range(0, x.shape[0], size):
        batch = _dense(x[start : start + size])
        missing = size - len(batch)
        padded = np.pad(batch, ((0, missing), *[(0, 0)] * (batch.ndim - 1)))
        parts.append(model.predict_on_batch(padded)[: len(batch)])
    return np.concatenate(parts)


def _dense(rows: Any) -> npt.NDArray[Any]:
    return rows.toarray() if is_sparse(rows) else np.asarray(rows)


def _dense_batches(x: Any, y: npt.NDArray[Any], size: int) -> Any:
    """Return what Keras reads batch by batch, so that no more of a sparse matrix is ever dense."""
    import keras

    class Batches(keras.utils.PyDataset):
        def __len__(self) -> int:
            return -(-x.shape[0] // size)

        def __getitem__(self, index: int) -> Any:
            rows = slice(index * size, (index + 1) * size)
            return _dense(x[rows]), y[rows]

    return Batches()


def _with_dropout_on(model: Any) -> Any:
    """Return a network on the same weights whose dropout layers also work when it predicts."""
    import keras

    class DropoutOn(keras.layers.Dropout):
        # Without `training` among its arguments, nobody can switch it off.
        def call(self, inputs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
            return super().call(inputs, training=True)

    def shared(layer: Any) -> Any:
        if isinstance(layer, keras.layers.Dropout):
            return DropoutOn(layer.rate, seed=0, dtype=layer.dtype_policy)
        return layer

    return keras.models.clone_model(model, clone_function=shared)


def values_of(variables: list[Any]) -> Weights:
    """Return copies of what variables hold."""
    import keras

    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables: list[Any], values: Weights) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _seed_dropout(model: Any, seed: int, step: int) -> None:
    """Set where each layer's stream of masks goes on; no two layers share a stream.

    Counted from the head, whose dropout follows `seed` itself whatever stands before it: recurrent
    layers have a stream too, even without dropout.
    """
    streams = [variable for variable in model.variables if "seed_generator_state" in variable.path]
    for place, variable in enumerate(reversed(streams)):
        variable.assign([(seed + place * STREAMS_APART) % 2**31, step])
