"""The lessons: the results that sphinx-gallery shows below a cell, and the text around a lesson.

A cell that ends with a picture or with steps shows them: the SVG inline, the stepper in a frame. A matplotlib
figure is shown inline too, in light and dark, and its titles are its alternative text.
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from docs.extensions import frames, svg
from docs.extensions.written import raw
from minigrad.view import Picture, Steps

NOTE = re.compile(r"\.\. only:: html\n\n(    .*\n|\n)+?(?=\.\. rst-class::)")
ZIP = re.compile(r"\n    \.\. container:: sphx-glr-download sphx-glr-download-zip\n\n.*?\n")
"""Text that sphinx-gallery puts around a lesson: the page has its own."""

ROOT = Path(__file__).resolve().parent.parent.parent
TUTORIALS = ROOT / "tutorials"


def fresh(gallery_conf: dict[str, Any], lesson: str, when: str | None = None) -> None:
    """Before each lesson: matplotlib draws for a page."""
    import matplotlib
    import matplotlib.pyplot as plt

    plt.close("all")
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(svg.INKED)


def shown(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """The results of a cell, as reStructuredText. sphinx-gallery calls this after each cell."""
    import matplotlib.pyplot as plt

    lesson = Path(block_vars["src_file"]).stem
    paths = block_vars["image_path_iterator"]
    found: list[tuple[str, str]] = []
    # The value of the last expression stays there after the cell that it ends.
    ended = ast.parse(block[1]).body[-1:]
    last = (
        block_vars["example_globals"].get("___")
        if ended and isinstance(ended[0], ast.Expr)
        else None
    )
    if isinstance(last, Picture):
        found.append((last.svg, ""))
    for number in plt.get_fignums():
        figure = plt.figure(number)
        says = svg.titles(figure)
        if not says:
            raise ValueError(f"{lesson}: figure {number} has no title, and needs one to be told by")
        found.append((svg.drawn(figure, says), says))
    plt.close("all")
    html = []
    for text, _ in found:
        path = Path(next(paths)).with_suffix(".svg")
        path.write_text(text, encoding="utf-8")
        html.append(svg.inline(text, path.stem))
    if isinstance(last, Steps):
        name = f"{lesson}-{len(list((frames.BUILT / 'steps').glob(f'{lesson}-*.html'))) + 1}"
        title = heading(block_vars["src_file"])
        html.append(frames.framed(frames.kept(last, name, title), title, "../"))
    return "\n".join(["", *raw("\n".join(html))]) if html else ""


def heading(path: str | Path) -> str:
    return (ast.get_docstring(ast.parse(Path(path).read_text(encoding="utf-8"))) or "").split("\n")[
        0
    ]


def question(path: Path) -> str:
    """The first paragraph of a lesson."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    parts = text.split("\n\n")
    return " ".join(parts[1].split()) if len(parts) > 1 else ""


def lessons() -> list[Path]:
    return sorted(TUTORIALS.glob("[0-9][0-9]_*.py"))


def forgotten(app: Sphinx) -> None:
    """Remove the files of an earlier build."""
    shutil.rmtree(frames.BUILT, ignore_errors=True)
    shutil.rmtree(Path(app.srcdir) / "tutorials", ignore_errors=True)
    frames.BUILT.mkdir()


def around(app: Sphinx, docname: str, source: list[str]) -> None:
    """Add the exercise, its check and its solution to a lesson; make the index a list."""
    if docname == "tutorials/index":
        source[0] = index(source[0], Path(app.srcdir) / "tutorials")
    elif docname.startswith("tutorials/"):
        name = docname.partition("/")[2]
        source[0] = ZIP.sub("\n", NOTE.sub(top(name), source[0], count=1)) + exercise(name)


def top(name: str) -> str:
    links = f":download:`script <{name}.py>`, :download:`notebook <{name}.ipynb>`"
    return f".. rst-class:: as-files\n\nLesson {name[:2]}, as a {links}\n\n"


def exercise(name: str) -> str:
    parts = [(part, TUTORIALS / part / f"{name}.py") for part in ("exercises", "solutions")]
    if not all(path.is_file() for _, path in parts):
        return ""
    lines = ["", ".. container:: exercise", "", "   **The exercise**", ""]
    lines += [f"   - :download:`{said} <../../tutorials/{part}/{name}.py>`" for said, (part, _) in
              zip(("the file to complete", "the same file, solved"), parts)]  # fmt: skip
    lines += ["", "   Complete it, and ask whether it is right:", "", "   .. code-block:: sh", "",
              f"      minigrad tutorials {int(name[:2])} --exercise    # writes it into your folder",
              f"      minigrad check {int(name[:2])}", ""]  # fmt: skip
    return "\n".join(lines)


def index(text: str, folder: Path) -> str:
    """The intro in tutorials/GALLERY_HEADER.rst, and below it each lesson with its question."""
    head = text.partition(".. raw:: html")[0].replace(":orphan:\n", "")
    lines = [".. list-table::", "   :class: lessons", "   :widths: 8 92", ""]
    found = [path for path in lessons() if (folder / f"{path.stem}.rst").is_file()]
    for path in found:
        lines += [f"   * - {path.stem[:2]}", f"     - :doc:`{path.stem}`", "",
                  f"       {question(path)}", ""]  # fmt: skip
    toc = [".. toctree::", "   :hidden:", "",
           *(f"   {path.stem[:2]}  {heading(path)} <{path.stem}>" for path in found)]  # fmt: skip
    return "\n".join([head, *(lines if found else []), *toc]) + "\n"


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", forgotten, priority=50)
    app.connect("source-read", around)
    return {"parallel_read_safe": False}
