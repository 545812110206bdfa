"""The story as one HTML file that needs nothing but itself: five steps, charts that play, the prices used."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from plotly import offline

from al_core.corpus.base import SYNTHETIC
from al_core.figures import CONFIG
from al_core.figures.style import INK
from al_core.offline import folded, paragraph, points, text
from al_core.story.record import Story
from al_core.story.savings import Prices
from al_core.story.scenes import COUNT, Scene, caution, caveats, scenes

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#262a31;--soft:#5b616b;--line:#d9dce1}
@media (prefers-color-scheme:dark){:root{--page:#0e1117;--ink:#e8eaee;--soft:#a3a9b3;--line:#343a45}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:18px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:1040px;margin:0 auto;padding:40px 20px 64px}
h1{font-size:24px;margin:0}
h2{font-size:34px;line-height:1.2;margin:0 0 4px}
section{padding:56px 0 24px;border-bottom:1px solid var(--line)}
p{margin:6px 0;max-width:70ch}
.soft,.step{color:var(--soft);font-size:15px}
.caution{padding:4px 14px;border-left:4px solid #b8860b}
dl{display:flex;flex-wrap:wrap;gap:8px 56px;margin:20px 0 12px}
dl div{min-width:120px}
dt,.beside{color:var(--soft);font-size:15px}
dd{margin:0;font-size:44px;line-height:1.15;font-variant-numeric:tabular-nums}
.beside{font-size:15px;line-height:1.5}
figure{margin:0}
details{margin:32px 0}
summary{cursor:pointer}
@media (max-width:500px){h2{font-size:27px}dd{font-size:34px}dl{gap:8px 32px}section{padding-top:36px}}
@media print{section{break-inside:avoid}}
"""
_DRAW = """
(function () {
  const {config, figures} = JSON.parse(document.getElementById("figures").textContent);
  for (const {id, figure} of figures) {
    const {data, layout, frames} = figure;
    Plotly.newPlot(document.getElementById(id), {data, layout, config, frames: frames || []});
  }
  // Plotly rejects, with nothing, the promise of rounds that were playing when somebody pressed Pause.
  addEventListener("unhandledrejection", event => event.reason === undefined && event.preventDefault());
})();
"""


def html(story: Story, prices: Prices) -> str:
    """Return the page, about 5 MB, mostly plotly.js. No request leaves it; its charts play in it."""
    told, figures = scenes(story, prices), []
    body = [_section(place, scene, figures) for place, scene in enumerate(told, start=1)]
    title = f"Story: {story.corpus}"
    priced = (
        f"Prices: {prices.texts:,} texts, {prices.seconds:,g} seconds a label, "
        f"{prices.currency}{prices.wage:,g} an hour"
    )
    if prices.fn or prices.fp:
        priced += f", {prices.currency}{prices.fn:,g} a miss, {prices.currency}{prices.fp:,g} a false alarm"
    made = f"Made {story.made_at:%d %b %Y}, {story.seeds:,} seeds, by version {story.version}."
    data = json.dumps({"config": {**CONFIG, "responsive": True, "displayModeBar": False}, "figures": figures})
    for letter in "&<>":
        data = data.replace(letter, f"\\u{ord(letter):04x}")
    scripts = (offline.get_plotlyjs(), _DRAW)
    # Only these two run, whatever else may have found its way into the page.
    allowed = " ".join(f"'sha256-{_digest(each)}'" for each in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{text(title)}</h1>\n{paragraph(f'{priced}.', 'soft')}{paragraph(made, 'soft')}\n"
        + (paragraph(SYNTHETIC, "soft") if story.synthetic else "")
        + (paragraph(f"Caution. {warned}", "caution") if (warned := caution(story)) else "")
        + "\n".join(body)
        + folded("What to know", points(caveats(story)))
        + "\n<noscript><p>The charts need JavaScript; the words and numbers do not.</p></noscript>\n</main>\n"
        f'<script type="application/json" id="figures">{data}</script>\n'
        + "".join(f"<script>{each}</script>\n" for each in scripts)
        + "</body>\n</html>\n"
    )


def _section(place: int, scene: Scene, figures: list[dict[str, Any]]) -> str:
    """Return one step, and add its chart to the figures."""
    numbers = "".join(
        f"<div><dt>{text(each.title)}</dt><dd>{text(each.value)}</dd>"
        f'<span class="beside">{text(each.beside)}</span></div>'
        for each in scene.numbers
    )
    parts = [f'<p class="step">{place} of {COUNT}</p><h2>{text(scene.title)}</h2>', paragraph(scene.sentence)]
    if numbers:
        parts.append(f"<dl>{numbers}</dl>")
    if scene.draw is not None:
        chart, name = scene.draw(), f"chart-{place}"
        figure = chart.themed(None)
        # On no ground of its own a hover box would be as transparent as the chart.
        hover = {"bgcolor": "#FFFFFF", "bordercolor": "#7F848D", "font": {"color": INK}}
        figure.update_layout(autosize=True, hoverlabel=hover)
        figures.append({"id": name, "figure": json.loads(str(figure.to_json()))})
        height = figure["layout"]["height"]
        parts.append(
            f'<figure><div id="{name}" role="img" aria-label="{text(chart.alt)}" '
            f'style="height:{height}px"></div></figure>'
        )
    return f"<section>{''.join(parts)}</section>"


@lru_cache(maxsize=2)
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
