"""The config of a run that takes a second, and leaves models that can be decided on and promoted."""

from al_core.config import Component, CycleSettings, RunConfig, SplitSettings

SMALL = RunConfig(
    name="Film reviews, small",
    corpus=Component(name="demo", params={"rows": 600}),
    split=SplitSettings(initial=40, validation=100, test=120),
    features=Component(name="tfidf"),
    classifier=Component(name="logistic"),
    strategy=Component(name="margin"),
    cycle=CycleSettings(rounds=2, batch_size=20, carry="fresh", baseline=False),
)
