"""A V curve as a small SVG of two kilobytes, whose colours are those of the page that it stands on."""

from __future__ import annotations

import html

import numpy as np

from minigrad.check.oracle import Sweep
from minigrad.typing import Array

WIDTH, HEIGHT = 340, 210
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 34


def svg(sweep: Sweep, says: str) -> str:
    """The residual against epsilon on log-log axes, the noise that was expected, the bound and the floor."""
    error = np.abs(sweep.residuals)
    seen = np.isfinite(error) & (error > 0)
    values = np.concatenate([error[seen], sweep.noise[sweep.noise > 0]])
    values = values[np.isfinite(values)]
    if not values.size:
        return "<p>The difference is exactly 0 at every epsilon.</p>"
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    plot = Plot(sweep.steps, float(low), float(max(high, low + 1)))
    parts = [*plot.axes()]
    if 0 < sweep.bound < np.inf:
        top = plot.y(sweep.bound)
        parts.append(f'<rect class="unseen" x="{LEFT}" y="{top:.1f}" width="{WIDTH - LEFT - RIGHT}" '
                     f'height="{HEIGHT - BOTTOM - top:.1f}"/>')  # fmt: skip
    expected = np.isfinite(sweep.noise) & (sweep.noise > 0)
    parts.append(
        f'<path class="noise" d="{plot.line(sweep.steps[expected], sweep.noise[expected])}"/>'
    )
    if sweep.verdict == "wrong":
        y = plot.y(abs(sweep.error))
        parts.append(f'<path class="floor" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
    parts.append(f'<path class="dots" d="{plot.dots(sweep.steps[seen], error[seen])}"/>')
    body = "".join(parts)
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(says)}">{body}</svg>'


class Plot:
    """Where values lie on the paper."""

    def __init__(self, steps: Array, low: float, high: float):
        self.left, self.right = np.log10(steps.min()) - 0.3, np.log10(steps.max()) + 0.3
        self.low, self.high = low, high

    def x(self, epsilon: float) -> float:
        share = (np.log10(epsilon) - self.left) / (self.right - self.left)
        return float(LEFT + share * (WIDTH - LEFT - RIGHT))

    def y(self, value: float) -> float:
        share = (np.log10(value) - self.low) / (self.high - self.low)
        return float(
            np.clip(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), TOP, HEIGHT - BOTTOM)
        )

    def line(self, steps: Array, values: Array) -> str:
        points = (f"{self.x(h):.1f} {self.y(v):.1f}" for h, v in zip(steps, values))
        return "M" + "L".join(points)

    def dots(self, steps: Array, values: Array) -> str:
        """Lines without length: their round ends are the dots."""
        return "".join(f"M{self.x(h):.1f} {self.y(v):.1f}h0" for h, v in zip(steps, values))

    def axes(self) -> list[str]:
        bottom = HEIGHT - BOTTOM
        parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{WIDTH - RIGHT}"/>']
        for decade in (-12, -8, -4, 0):
            if self.left <= decade <= self.right:
                x = self.x(10.0**decade)
                parts.append(f'<path class="axis" d="M{x:.1f} {bottom}v4"/>')
                parts.append(
                    f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{power(decade)}</text>'
                )
        middle = (LEFT + WIDTH - RIGHT) / 2
        parts.append(f'<text x="{middle}" y="{HEIGHT - 4}" text-anchor="middle">epsilon</text>')
        every = max(1, int(np.ceil((self.high - self.low) / 5)))
        for decade in range(int(self.low), int(self.high) + 1, every):
            y = self.y(10.0**decade)
            parts.append(f'<path class="axis" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(
                f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{power(decade)}</text>'
            )
        return parts


def power(decade: int) -> str:
    return "1" if decade == 0 else f"1e{decade}".replace("-", "−")
