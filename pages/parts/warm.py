"""What the first visitor would otherwise wait for, done while the server starts."""

from __future__ import annotations

import logging
from threading import Thread

from al_core import paths
from al_core.errors import WorkbenchError
from al_core.story import Prices, scene
from al_core.story.making import shipped
from al_core.workbench import Workbench

logger = logging.getLogger(__name__)


MOST_SECONDS = 5.0
"""A store that takes longer keeps nobody from the pages, which say so."""


def begin() -> None:
    """Warm up; at most a moment of it is waited for."""
    thread = Thread(target=warm, name="warm-up", daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)


def warm() -> None:
    """Bring the store up, and load the parts of Plotly that a chart needs."""
    try:
        Workbench(paths.store_url()).store.close()
    except WorkbenchError as error:
        logger.warning("%s", error)  # the pages say it too
    told = shipped()
    if draw := scene(told, Prices(told.texts), 1).draw:
        draw().themed(dark=False)
