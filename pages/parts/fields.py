"""Form fields from registry entries: a new entry needs no change here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from al_core.config import Component
from al_core.registry import Entry, Parameter, Value
from pages.parts.words import plain


def field(parameter: Parameter, value: Value, key: str) -> Value:
    """Draw the field of one parameter and return what it holds."""
    words: dict[str, Any] = {
        "label": parameter.title,
        "help": parameter.help,
        "key": key,
        "persist_state": "session",
    }
    if parameter.kind == "bool":
        return st.toggle(value=bool(value), **words)
    if parameter.kind == "choice":
        index = parameter.choices.index(str(value))
        return st.selectbox(options=parameter.choices, index=index, **words)
    if parameter.kind == "text":
        return st.text_input(value=str(value), **words)
    cast = int if parameter.kind == "int" else float
    return st.number_input(
        value=cast(value),
        min_value=None if parameter.minimum is None else cast(parameter.minimum),
        max_value=None if parameter.maximum is None else cast(parameter.maximum),
        step=1 if cast is int else None,
        format="%d" if cast is int else "%g",
        **words,
    )


def fields(
    entry: Entry[Any], given: Mapping[str, Value], key: str, *, advanced: bool | None = None
) -> dict[str, Value]:
    """Draw the plain, the advanced or all fields of an entry, and return their values.

    Three in a row, then the switches, each in a row of its own: its words stand beside it.
    """
    values = entry.settings(given)
    shown = [parameter for parameter in entry.parameters if advanced in (None, parameter.advanced)]
    boxes = [parameter for parameter in shown if parameter.kind != "bool"]
    found: dict[str, Value] = {}

    def draw(parameter: Parameter) -> None:
        found[parameter.name] = field(parameter, values[parameter.name], f"{key}-{parameter.name}")

    for start in range(0, len(boxes), 3):
        row = boxes[start : start + 3]
        for column, parameter in zip(st.columns(3, vertical_alignment="bottom"), row, strict=False):
            with column:
                draw(parameter)
    for parameter in shown:
        if parameter.kind == "bool":
            draw(parameter)
    return found


def about(entry: Entry[Any], *, named: bool = False) -> None:
    """Draw what an entry does, where it comes from, what it costs, and what to beware of."""
    title = f"**{plain(entry.title)}.** " if named else ""
    source = f" [{plain(entry.paper or 'Source')}]({entry.link})" if entry.link else ""
    st.caption(f"{title}{plain(entry.help)}{source}", help=f"Cost: {entry.cost}" if entry.cost else None)
    if entry.caution:
        st.warning(entry.caution, icon=":material/warning:")


def choose(
    label: str, entries: Mapping[str, Entry[Any]], given: Component, key: str, *, fold: bool = True
) -> Component:
    """Draw a choice among entries with its fields, and return the component.

    `fold`: the advanced fields fold away; off where the choice itself is folded away.
    """
    names = list(entries)
    name = st.selectbox(
        label,
        names,
        index=names.index(given.name),
        format_func=lambda each: entries[each].title,
        key=key,
        persist_state="session",
    )
    entry = entries[name]
    about(entry)
    start = given.params if name == given.name else {}
    params = fields(entry, start, f"{key}-{name}", advanced=False if fold else None)
    if fold and any(parameter.advanced for parameter in entry.parameters):
        with st.expander(f"More about {label.lower()}"):
            params |= fields(entry, start, f"{key}-{name}", advanced=True)
    return Component(name=name, params=params)


def choose_several(
    label: str,
    entries: Mapping[str, Entry[Any]],
    given: tuple[Component, ...],
    key: str,
    *,
    placeholder: str,
    words: str,
) -> tuple[Component, ...]:
    """Draw a choice of any number of entries, each with all its fields, and return the components."""
    before = {each.name: each.params for each in given}
    chosen = st.multiselect(
        label,
        list(entries),
        list(before),
        format_func=lambda name: entries[name].title,
        key=key,
        persist_state="session",
        placeholder=placeholder,
        help=words,
    )
    found = []
    for name in chosen:
        about(entries[name], named=True)
        params = fields(entries[name], before.get(name, {}), f"{key}-{name}")
        found.append(Component(name=name, params=params))
    return tuple(found)
