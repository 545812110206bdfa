"""What every wrapper has in common: it needs what the strategy inside needs, and is as exact."""

from __future__ import annotations

from al_core.strategies.base import Strategy


class Around(Strategy):
    """A strategy around another one."""

    def __init__(self, inner: Strategy) -> None:
        self.inner = inner
        self.needs, self.members, self.dense = inner.needs, inner.members, inner.dense
        self.steers_on_test, self.reads_pool_labels = inner.steers_on_test, inner.reads_pool_labels
        self.exact, self.two_classes_only = inner.exact, inner.two_classes_only

    def askable(self, pool: int) -> int:
        """Return the inner strategy's."""
        return self.inner.askable(pool)

    def fits(self, n: int, n_classes: int) -> int:
        """Return the inner strategy's."""
        return self.inner.fits(n, n_classes)
