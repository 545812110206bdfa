"""A disk that is full, or will be soon, in one sentence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from al_core import paths
from al_core.errors import Unavailable

LOW = 2 * 10**9
"""Free bytes below which people should hear of it: one run with its features may take as much."""
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_NUMPY = ("requested and", "Not enough free space")
"""In NumPy's own words, which come without a number: what `np.save` says of a write that was cut short."""


def is_full(error: OSError) -> bool:
    """Tell whether a write failed because the disk, or a quota, has no room left."""
    if error.errno is None:
        return any(words in str(error) for words in _NUMPY)
    return error.errno in _FULL


@contextmanager
def told(then: str) -> Iterator[None]:
    """Turn a full disk into one sentence, which ends with what to do `then`; raises `Unavailable`.

    Every other error passes as it is.
    """
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
        raise Unavailable(
            f"There is no room left on the disk of {paths.home()}; make some (python -m al_core clean "
            f"helps), then {then}."
        ) from error


def warning(free: int) -> str:
    """Return one sentence if so few bytes are free that runs may soon stop; else nothing."""
    if free >= LOW:
        return ""
    return (
        f"Only {free / 1e9:.1f} GB are free on the disk of {paths.home()}; "
        "python -m al_core clean --dry-run lists what can go."
    )
