"""The page that `minigrad check --report` writes: a table, and the V curve of everything that was checked.

One file without scripts, fonts or anything else to be fetched; light or dark as the reader has it, and
as narrow as a telephone.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from string import Template
from typing import get_args

import numpy as np

from minigrad.check import curve
from minigrad.check.table import Row, Verdict

STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5d6677; --line: #d9dde5; --paper: #ffffff;
  --card: #f7f8fa; --correct: #007a57; --wrong: #b84300; --undecided: #86620a;
  --dots: #0072b2; --noise: #c25700; --unseen: #8a93a533; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #a3acbd; --line: #363d4b;
  --paper: #14171d; --card: #1c2029; --correct: #3ecf9c; --wrong: #ff8a4c; --undecided: #e3b341;
  --dots: #5bb8f0; --noise: #ff9d5c; --unseen: #8a93a540; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { max-width: 46rem; }
a { color: inherit; }
.soft { color: var(--soft); }
.correct { color: var(--correct); } .wrong { color: var(--wrong); font-weight: 700; }
.undecided, .not { color: var(--undecided); font-weight: 700; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th { text-align: right; color: var(--soft); font-weight: 600; }
th, td { padding: .15rem .75rem .15rem 0; text-align: right; border-bottom: 1px solid var(--line); }
th:nth-child(-n + 2), td:nth-child(-n + 2) { text-align: left; }
@media (max-width: 34rem) { .wide { display: none; } body { padding: .75rem; } }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
figure { margin: 0; padding: .75rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; min-width: 0; }
figcaption { display: flex; justify-content: space-between; gap: .5rem; font-weight: 600;
  overflow-wrap: anywhere; }
figure p { margin: .25rem 0 0; font-size: .85rem; color: var(--soft); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
.axis { stroke: var(--line); fill: none; }
.dots { stroke: var(--dots); stroke-width: 5; stroke-linecap: round; fill: none; }
.noise { stroke: var(--noise); stroke-width: 1.6; stroke-dasharray: 5 4; fill: none; }
.floor { stroke: var(--wrong); stroke-width: 1.6; }
.unseen { fill: var(--unseen); }
pre { overflow-x: auto; padding: .75rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; font-size: .8rem; line-height: 1.4; }
"""

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>minigrad check: $said</title>
<style>$style</style>
</head>
<body>
<h1>minigrad check</h1>
<p class="soft">$said, at $cases random cases (seed $seed).</p>
$wrong
<h2>The table</h2>
<div class="scroll"><table>
<tr><th>name</th><th>verdict</th><th>cases</th><th>digits</th><th class="wide">truncation</th>\
<th class="wide">round-off</th><th class="wide">kinks</th></tr>
$rows
</table></div>
<h2>The V curves</h2>
<p>Dots are the difference between the gradient and the centered difference at each epsilon. From the
correct it falls with epsilon squared, slope +2, as long as truncation rules; then round-off, the dashed
line, grows as 1 / epsilon, slope &minus;1. A linear or quadratic function has no right arm. A wrong gradient
levels off at its own error, the solid line. What lies in the shaded band could not be seen.</p>
<div class="cards">
$cards
</div>
</body>
</html>
""")


def page(rows: Sequence[Row], seed: int) -> str:
    counts = {v: sum(r.verdict == v for r in rows) for v in get_args(Verdict)}
    return PAGE.substitute(
        style=STYLE,
        said=", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n),
        cases=sum(r.cases for r in rows),
        seed=seed,
        wrong="".join(complaint(r) for r in rows if r.verdict != "correct"),
        rows="\n".join(line(r) for r in rows),
        cards="\n".join(card(r) for r in rows),
    )


def line(r: Row) -> str:
    name = html.escape(r.name)
    cells = [
        f'<a href="#{name}">{name}</a>',
        verdict(r),
        str(r.cases),
        digits(r),
    ]
    more = [slope(r.truncation_slope), slope(r.roundoff_slope), str(r.kinks or "")]
    wide = "".join(f'<td class="wide">{cell}</td>' for cell in more)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}{wide}</tr>"


def card(r: Row) -> str:
    drawn = "" if r.shown is None else curve.svg(r.shown, f"V curve of {r.name}, {r.verdict}")
    said = f"{digits(r)} digits; slopes {slope(r.truncation_slope)} and {slope(r.roundoff_slope)}"
    said = "not written yet" if r.unwritten else said
    name = html.escape(r.name)
    head = f"<figcaption><span>{name}</span>{verdict(r)}</figcaption>"
    return f'<figure id="{name}">{head}{drawn}<p>{said}</p></figure>'


def complaint(r: Row) -> str:
    why = (
        f"{r.broken}: {r.why}\n\n"
        if r.broken
        else r.unwritten and f"not written yet: {r.unwritten}"
    )
    return (
        f'<h2 class="wrong">{html.escape(r.name)}</h2>'
        f"<pre>{html.escape(why + ('' if r.report is None else str(r.report)))}</pre>"
    )


def digits(r: Row) -> str:
    return "" if not r.ran else "zero" if np.isnan(r.digits) else f"{r.digits:.1f}"


def slope(value: float | None) -> str:
    return "none" if value is None else f"{value:+.2f}".replace("-", "&minus;")


def verdict(r: Row) -> str:
    return f'<span class="{r.verdict}">{r.verdict}</span>'
