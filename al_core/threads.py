"""Small linear algebra on one thread: faster on a busy machine, and the same on every one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Keep BLAS and OpenMP to one thread inside a `with` block.

    Threads wait for each other after every small step. With two cores busy, two threads took 10
    times as long for logistic regression and 40 times for an SVD of 5,000 texts. Besides, sums
    would depend on how many threads there are, and a history on the machine.
    """
    return _controller().limit(limits=1)


@cache
def _controller() -> ThreadpoolController:
    import sklearn.cluster  # noqa: F401  (the controller knows the libraries that are loaded by now)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
