"""The reports: what `python -m experiments` has left in experiments/results/, if it has been run.

A report's README.md is a page of the site, with its figures; its report.html is kept as it is, to be opened
alone.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from docs.extensions.frames import BUILT
from docs.extensions.written import clear, write

NONE = """# Reports

Five course reports are redone with minigrad on the real data. No results are in this copy of the repository:

```sh
python -m experiments --list
python -m experiments all --data-dir data --quick     # a small slice of the data, in minutes
```

Build the site again, and they are shown here.
"""


def generate(app: Sphinx) -> None:
    experiments = Path(app.srcdir).parent / "experiments"
    folder = Path(app.srcdir) / "reports"
    found = sorted(path.parent for path in (experiments / "results").glob("*/README.md"))
    written = {folder / "index.md"}
    for result in found:
        text = (result / "README.md").read_text(encoding="utf-8")
        if (result / "report.html").is_file():
            (BUILT / "reports").mkdir(parents=True, exist_ok=True)
            shutil.copy(result / "report.html", BUILT / "reports" / f"{result.name}.html")
            link = f'<a href="../_static/reports/{result.name}.html">one page, with all figures</a>'
            text = text.replace("\n\n", f"\n\nThis report as {link}.\n\n", 1)
        for figure in sorted(result.glob("figures/*")):
            there = folder / result.name / figure.name
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(figure, there)
            written.add(there)
        text = re.sub(r"\]\((?:\./)?figures/", f"]({result.name}/", text)
        write(folder / f"{result.name}.md", text)
        written.add(folder / f"{result.name}.md")
    index = (experiments / "README.md").read_text(encoding="utf-8") if found else NONE
    index = re.sub(r"\]\(results/([\w-]+)/README\.md\)", r"](\1.md)", index)
    names = "\n".join(path.name for path in found)
    index = index.replace("# Experiments\n", "# Reports\n", 1)
    write(folder / "index.md", f"{index}\n```{{toctree}}\n:hidden:\n\n{names}\n```\n")
    clear(folder, written)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", generate, priority=100)
    return {"parallel_read_safe": True}
