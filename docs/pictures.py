"""The pictures in the README and on the front page: `python docs/pictures.py` makes them all anew.

A graph, a V curve and a learning curve as SVG, light and dark; a step as two photographs of the page, taken
with Chromium, where it and Playwright are installed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from docs.extensions import svg  # noqa: E402
from docs.front import neuron  # noqa: E402
from minigrad import check, data, optim, train, view  # noqa: E402
from minigrad.check.plot import draw  # noqa: E402
from minigrad.train.plots import learning_curves  # noqa: E402
from models.lenet import LeNet5  # noqa: E402

PICTURES = Path(__file__).parent / "pictures"

STEP = 14
"""A contribution that is multiplied, and sent on."""


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with matplotlib.rc_context(svg.INKED):
        graph()
        v_curve()
        learning_curve()
    step()


def graph() -> None:
    trace = view.trace(neuron, 2.0, 1.5, -0.5)
    view.draw(trace, values=True, grads=True).save(PICTURES / "graph.svg")


def v_curve() -> None:
    """The same function with its derivative, and with one that is off by a hundredth of a percent."""
    x = np.random.default_rng(0).normal(size=3)

    def one_off(x):
        return 1.0001 * (1 - np.tanh(x) ** 2)

    figure = Figure(figsize=(9.6, 4.6), layout="constrained")
    reports = (
        check.derivative(np.tanh, lambda x: 1 - np.tanh(x) ** 2, x),
        check.derivative(np.tanh, one_off, x),
    )
    for axes, report, said in zip(
        figure.subplots(1, 2), reports, ("1 - tanh²", "1.0001 (1 - tanh²)")
    ):
        draw(axes, report.shown)
        axes.set_title(f"{said}: {report.verdict}", loc="left")
        axes.set_xlabel("epsilon")
        axes.set_ylim(1e-17, 1e0)
        axes.get_legend().remove()
    handles, labels = figure.axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
    figure.axes[0].set_ylabel("|centered difference - gradient|")
    save(
        figure,
        "v_curve",
        "V curves of the derivative of tanh: a correct one, and one that is off by 0.01 %",
    )


def learning_curve() -> None:
    """LeNet-5 on digits drawn from fonts, 3 epochs."""
    training, validation = data.load("glyphs")
    rng = np.random.default_rng(0)
    model = LeNet5(rng=rng)
    loader = data.DataLoader(training, batch_size=50, shuffle=True, rng=rng)
    optimizer = optim.Adam(model.parameters(), lr=1e-3)
    history = train.fit(model, loader, optimizer, train.Settings(epochs=3), validation=validation)
    figure = learning_curves(history, title="LeNet-5 on digits drawn from fonts")
    save(
        figure,
        "learning_curve",
        "Learning curves of LeNet-5: loss and accuracy, training and validation",
    )


def save(figure: Figure, name: str, says: str) -> None:
    (PICTURES / f"{name}.svg").write_text(svg.drawn(figure, says) + "\n", encoding="utf-8")


def step() -> None:
    from playwright.sync_api import sync_playwright

    steps = view.step(view.trace(neuron, 2.0, 1.5, -0.5))
    steps.check()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "steps.html"
        steps.html(page, title="One neuron, forwards and backwards")
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in ("light", "dark"):
            tab = browser.new_page(viewport={"width": 1080, "height": 760}, color_scheme=scheme)
            tab.goto(page.as_uri())
            tab.wait_for_selector(".ready")
            for _ in range(STEP):
                tab.keyboard.press("ArrowRight")
            tab.keyboard.press("0")  # the whole graph
            tab.screenshot(path=PICTURES / f"step-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
