"""Typed errors. The message of each is one sentence for people; the traceback is for the log."""


class WorkbenchError(Exception):
    """Base of every error whose message may be shown to a person as it is."""


class BadInput(WorkbenchError, ValueError):
    """What the user gave cannot be used. Says what, where, and what to do; nothing was changed."""


class Unavailable(WorkbenchError):
    """Something outside the program is missing: a download, a package, a file."""


class EmptyPool(WorkbenchError):
    """A strategy was asked to choose from a pool without texts."""


class PoolExhausted(WorkbenchError):
    """A strategy was asked for more texts than the pool holds."""


class Interrupted(Exception):
    """Raised inside a fit when a person asked the run to pause or to stop. Not an error."""
