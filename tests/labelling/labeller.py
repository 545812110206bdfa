"""A person in a process of their own: labels until there is nothing left, and tells what is saved.

    python labeller.py URL SESSION ANNOTATOR AHEAD

One line per acknowledged label: its uuid and its item.
"""

from __future__ import annotations

import sys
import uuid

from al_core.labelling import claims, events
from al_core.labelling.records import Answer
from al_core.store import open_store


def main(url: str, session_id: str, annotator: str, ahead: str) -> None:
    store = open_store(url)
    print("ready", flush=True)
    sys.stdin.readline()  # all begin together
    while held := claims.take(store, session_id, annotator, int(ahead)):
        answer = Answer(str(uuid.uuid4()), session_id, held[0].item, annotator, "label", held[0].item % 2)
        events.append(store, answer)
        print(answer.uuid, answer.item, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
