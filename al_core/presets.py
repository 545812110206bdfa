"""Named configs to start from. A preset is a config like any other; a form may change it."""

from __future__ import annotations

from dataclasses import dataclass

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings
from al_core.errors import BadInput


@dataclass(frozen=True, slots=True)
class Preset:
    """A config with words for people."""

    name: str
    title: str
    help: str
    config: RunConfig
    asking: tuple[str, ...] = ()
    """The query strategies that its source compares, for a sweep to begin with; none: its own alone."""

    @property
    def strategies(self) -> tuple[str, ...]:
        """Return the query strategies that a sweep begins with."""
        return self.asking or (self.config.strategy.name,)


_IMDB = Component(name="tfds", params={"dataset": "imdb_reviews", "split": "train+test"})
_PUBLISHED_SPLIT = SplitSettings(
    unit="per_class",
    initial=7500,
    validation=2500,
    test=2500,
    order="source",
    group_duplicates=False,
)

_TUTORIAL = RunConfig(
    name="Keras example, as published",
    corpus=_IMDB,
    split=_PUBLISHED_SPLIT,
    features=Component(name="tokens"),
    classifier=Component(name="bilstm"),
    # Its losses are compared with published ones.
    calibration=Component(name="none"),
    strategy=Component(name="ratio_published"),
    cycle=CycleSettings(rounds=3, batch_size=5000, carry="published", baseline=True),
)

_LYRICS = RunConfig(
    name="Song lines, as in the blog",
    corpus=Component(
        name="csv",
        params={"path": "lyrics_pop_rap.csv", "text": "lyric", "label": "class", "positive": "1"},
    ),
    # train_test_split(test_size=0.3, random_state=17) of its 51,054 lines. The blog has no validation
    # set; a model that is fitted afresh and not calibrated only watches this one.
    split=SplitSettings(
        initial=200,
        validation=200,
        test=15_317,
        order="shuffled",
        seed=17,
        stratified=False,
        group_duplicates=False,
    ),
    features=Component(name="tfidf", params={"longest": 1, "rarest": 1, "stop_words": True}),
    classifier=Component(name="linear_svm"),
    calibration=Component(name="none"),
    strategy=Component(name="least_confidence"),
    starter=Component(name="balanced"),
    cycle=CycleSettings(rounds=30, batch_size=1000, carry="fresh", baseline=True),
)

_FEW = RunConfig(
    name="Few labels",
    corpus=_IMDB,
    split=_PUBLISHED_SPLIT.model_copy(update={"initial": 10}),
    features=Component(name="words_and_topics"),
    classifier=Component(name="logistic"),
    strategy=Component(name="auto"),
    starter=Component(name="kmeans"),
    cycle=CycleSettings(rounds=24, batch_size=20, carry="fresh", baseline=True),
)

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "demo",
            "Demo",
            "Synthetic reviews, a small network: done in under a minute, no network needed.",
            RunConfig(
                name="Demo: least confidence",
                corpus=Component(name="demo"),
                split=SplitSettings(initial=100, validation=400, test=600),
                features=Component(name="tokens", params={"length": 40, "fit_on": "initial and pool"}),
                classifier=Component(
                    name="bilstm",
                    params={
                        "embedding": 32,
                        "units": 16,
                        "batch_size": 64,
                        "learning_rate": 0.005,
                        "epochs": 12,
                        "patience": 3,
                    },
                ),
                strategy=Component(name="least_confidence"),
                cycle=CycleSettings(rounds=6, batch_size=100, carry="best", baseline=True),
            ),
        ),
        Preset(
            "tutorial-imdb",
            "Keras example, as published",
            "50,000 film reviews, 15,000 labels to start, three rounds of 5,000. Steers on the test "
            "split, as its code does.",
            _TUTORIAL,
            asking=("ratio_published", "ratio_corrected"),
        ),
        Preset(
            "tutorial-imdb-corrected",
            "Keras example, corrected",
            "The same sizes and network. Validation steers, the pool is drawn by predicted class and "
            "uncertainty, batches are exact, copies of a text stay together.",
            _TUTORIAL.model_copy(
                update={
                    "name": "Keras example, corrected",
                    "split": _PUBLISHED_SPLIT.model_copy(
                        update={"order": "seeded", "group_duplicates": True}
                    ),
                    "calibration": Component(name="temperature"),
                    "strategy": Component(name="ratio_corrected"),
                    "cycle": CycleSettings(rounds=3, batch_size=5000, carry="best", baseline=True),
                }
            ),
        ),
        Preset(
            "blog-lyrics",
            "Song lines, as in the blog",
            "Pop or rap, from 51,054 lines: words, a linear SVM, 100 + 100 labels, 30 rounds of 1,000. Its "
            "split leaves copies of a line on both sides. The blog compares random, least confidence, "
            "entropy and discriminative: a sweep begins with them.",
            _LYRICS,
            asking=("random", "least_confidence", "entropy", "discriminative"),
        ),
        Preset(
            "few-labels",
            "As good with a hundredth of the labels",
            "The Keras example's reviews and its test split, but words and topics of the unlabelled pool, a "
            "linear model and 500 labels. Validation's 5,000 come on top, to calibrate and to steer.",
            _FEW,
        ),
        Preset(
            "own-texts",
            "Few labels on my own texts",
            "Words and topics, a linear model that fits in a moment, auto, and a small validation set. "
            "Choose your corpus in step 1.",
            _FEW.model_copy(
                update={
                    "name": "Few labels on my own texts",
                    "corpus": Component(name="demo"),
                    "split": SplitSettings(initial=20, validation=200, test=600),
                }
            ),
        ),
    )
}


def small_split(labelled: int, initial: float) -> SplitSettings:
    """Return the split to begin with on a person's own corpus of so many labelled texts.

    `initial`: what the preset begins with, of which a tenth of the corpus and 100 are taken at most.
    Validation labels are labels too: 200, or a tenth where that is fewer, are enough to steer and to
    calibrate. Test texts cost labels only in a simulation, where they are there anyhow.
    """
    tenth = max(1, labelled // 10)
    return SplitSettings(
        initial=min(100, initial, tenth), validation=min(200, tenth), test=min(1000, 2 * tenth)
    )


def preset(name: str) -> Preset:
    """Return a preset by name; raises `BadInput` for an unknown one."""
    if name not in PRESETS:
        raise BadInput(f"There is no preset named {name!r}; there are: {', '.join(PRESETS)}.")
    return PRESETS[name]
