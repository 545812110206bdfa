"""An HTML page that needs nothing but itself: no script, style, font or image from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from plotly import offline

from al_core.figures import Chart
from al_core.figures.style import INK

_STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#262a31;--soft:#5b616b;--line:#d9dce1;--panel:#f5f6f8}
@media (prefers-color-scheme:dark){
:root{--page:#0e1117;--ink:#e8eaee;--soft:#a3a9b3;--line:#343a45;--panel:#191e28}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 4px}
h2{font-size:21px;margin:40px 0 8px}
h3{font-size:17px;margin:20px 0 4px}
p,ul{margin:8px 0;max-width:80ch}
.soft,figcaption{color:var(--soft);font-size:14px}
.told{padding:4px 14px;border-left:4px solid #7a6ad8;background:var(--panel)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:24px}
figure{margin:40px 0 0;min-width:0}
.modebar-container{top:-28px!important}
.modebar-btn svg{width:34px!important;height:20px!important}
figcaption{max-width:none}
.wide{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;width:100%;min-width:640px;font-size:14px;font-variant-numeric:tabular-nums;
overflow-wrap:normal}
th,td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600}
.number{text-align:right}
details{margin:8px 0}
summary{cursor:pointer}
pre{padding:12px;background:var(--panel);font-size:13px;line-height:1.4;white-space:pre-wrap;margin:8px 0}
@media print{
@page{margin:15mm}
:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#f5f6f8}
main{max-width:none;padding:0}
body{font-size:11pt}
.charts{display:block}
.wide{overflow:visible}
.modebar{display:none!important}
table{min-width:0;font-size:9pt;overflow-wrap:break-word}
h2,h3{break-after:avoid}
figure,tr{break-inside:avoid}
}
"""
# A printed page is narrower than a window, and Plotly hears of no change of size: 180 mm are 680 pixels.
# A picture has a ground of its own: what is pasted into a dark or a light page must be readable there.
_DRAW = """
(function () {
  const save = (name, format, scale) => ({
    name: `Save as ${name}`,
    icon: {svg: `<svg viewBox="0 0 36 20" xmlns="http://www.w3.org/2000/svg">
      <rect x="1" y="2" width="34" height="16" rx="3" fill="none" stroke="#757B84" stroke-width="1.5"/>
      <text x="18" y="14" text-anchor="middle" font-family="sans-serif" font-size="11" font-weight="600"
      fill="#757B84">${name}</text></svg>`},
    click: place => {
      // Room for a legend on a phone is more than a picture of this width needs.
      const {margin, height, title} = place.layout, less = Math.max(0, margin.t - 112);
      const layout = {...place.layout, width: null, paper_bgcolor: "#ffffff", height: height - less,
        title: {...title, pad: {t: 10, l: 12}},
        margin: {...margin, t: margin.t - less, l: margin.l + 8, r: margin.r + 8, b: margin.b + 8}};
      return Plotly.downloadImage({data: place.data, layout},
        {format, scale, width: 900, height: height - less, filename: place.dataset.file});
    },
  });
  const config = {responsive: true, displaylogo: false, scrollZoom: false, displayModeBar: true,
    modeBarButtons: [[save("PNG", "png", 2), save("SVG", "svg", 1)]]};
  const drawn = [];
  for (const each of JSON.parse(document.getElementById("figures").textContent)) {
    const place = document.getElementById(each.id);
    Plotly.newPlot(place, each.figure.data, each.figure.layout, config);
    drawn.push(place);
  }
  addEventListener("beforeprint", () => drawn.forEach(place => Plotly.relayout(place, {width: 680})));
  addEventListener("afterprint", () => drawn.forEach(
    place => Plotly.relayout(place, {width: null, autosize: true})));
})();
"""


def file_name(words: str) -> str:
    """Return words as a file name, of letters that every file system and every shell takes as they are."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower())[:60].strip("-")


def text(value: object) -> str:
    """Return a value as HTML shows it literally: no markup, one line, nothing that turns its direction."""
    line = "".join(each if each.isprintable() else " " for each in str(value))
    return html.escape(" ".join(line.split()))


def code(value: str) -> str:
    """Return lines as they are, escaped, in a block of their own."""
    return f"<pre>{html.escape(value)}</pre>"


def paragraph(value: object, kind: str = "") -> str:
    """Return a paragraph of plain text."""
    return f'<p class="{kind}">{text(value)}</p>' if kind else f"<p>{text(value)}</p>"


def points(values: Iterable[object]) -> str:
    """Return a list of plain texts."""
    return f"<ul>{''.join(f'<li>{text(each)}</li>' for each in values)}</ul>"


def folded(title: object, inside: str) -> str:
    """Return HTML behind a title that opens it."""
    return f"<details><summary>{text(title)}</summary>{inside}</details>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: int, what: str) -> str:
    """Return a table of plain texts, its last columns, as many as `numbers`, to the right.

    what: what it holds, for who cannot see it.
    """
    first = len(heads) - numbers

    def line(cells: Sequence[str], tag: str) -> str:
        told = []
        for place, cell in enumerate(cells):
            right = ' class="number"' if place >= first else ""
            head = f' scope="{"col" if tag == "th" else "row"}"' if tag == "th" or not place else ""
            name = "th" if head else "td"
            told.append(f"<{name}{right}{head}>{text(cell)}</{name}>")
        return f"<tr>{''.join(told)}</tr>"

    body = "".join(line(row, "td") for row in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{text(what)}"><table>'
        f"<thead>{line(heads, 'th')}</thead><tbody>{body}</tbody></table></div>"
    )


class Page:
    """A page that grows from top to bottom."""

    def __init__(self, title: str) -> None:
        """Begin a page; the title is its name and its first line."""
        self._title = text(title)
        self._file = file_name(title) or "page"
        self._body: list[str] = []
        self._figures: list[str] = []
        self.drawn: dict[str, Chart] = {}
        """Every chart by its name."""

    def add(self, *parts: str) -> None:
        """Add HTML, as the functions of this module return it."""
        self._body.extend(parts)

    def heading(self, title: object) -> None:
        """Begin a part of the page."""
        self._body.append(f"<h2>{text(title)}</h2>")

    def charts(self, charts: Mapping[str, Chart]) -> None:
        """Add charts beside each other where there is room, each with what it shows in words.

        By the name that its picture is saved under, after the page's; one that is taken gets a number.
        """
        self._body.append('<div class="charts">')
        for name, chart in charts.items():
            self._chart(name, chart)
        self._body.append("</div>")

    def _chart(self, name: str, chart: Chart) -> None:
        figure = chart.themed(None)
        # On no ground of its own a hover box would be as transparent as the chart.
        hover = {"bgcolor": "#FFFFFF", "bordercolor": "#7F848D", "font": {"color": INK}}
        figure.update_layout(autosize=True, hoverlabel=hover)
        name = file_name(name) or "chart"
        if name in self.drawn:
            name = next(
                f"{name}-{n}" for n in range(2, len(self.drawn) + 3) if f"{name}-{n}" not in self.drawn
            )
        self.drawn[name] = chart
        place = f"chart-{len(self.drawn)}"
        self._figures.append(f'{{"id":{json.dumps(place)},"figure":{figure.to_json()}}}')
        self._body.append(
            f'<figure><div id="{place}" data-file="{text(f"{self._file}-{name}")}" role="group" '
            f'aria-labelledby="{place}-said" style="height:{figure["layout"]["height"]}px"></div>'
            f'<figcaption id="{place}-said">{text(chart.alt)}</figcaption></figure>'
        )

    def html(self) -> str:
        """Return the whole page."""
        # Only these two scripts run, whatever else may have found its way into the page.
        scripts = [_plotly(), _DRAW] if self._figures else []
        allowed = " ".join(f"'sha256-{_digest(each)}'" for each in scripts) or "'none'"
        policy = (
            f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
            "base-uri 'none'; form-action 'none'"
        )
        figures = ""
        if self._figures:
            data = f"[{','.join(self._figures)}]".replace("&", "\\u0026")
            data = data.replace("<", "\\u003c").replace(">", "\\u003e")
            run = "".join(f"<script>{each}</script>\n" for each in scripts)
            figures = f'<script type="application/json" id="figures">{data}</script>\n{run}'
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            '<meta name="referrer" content="no-referrer">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{self._title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
            f"<h1>{self._title}</h1>\n"
            + "\n".join(self._body)
            + "\n<noscript><p>The charts need JavaScript; the tables and the words below the charts do not."
            f"</p></noscript>\n</main>\n{figures}</body>\n</html>\n"
        )


@lru_cache(maxsize=1)
def _plotly() -> str:
    return offline.get_plotlyjs()


@lru_cache(maxsize=2)
def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
