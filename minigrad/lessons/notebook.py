"""A lesson as a notebook: the conversion is that of sphinx-gallery, which makes the pages as well."""

from __future__ import annotations

import copy
import json
from pathlib import Path

from minigrad.errors import DataError, MissingPackageError


def notebook(script: Path, folder: Path) -> Path:
    """Write NN_name.ipynb into the folder; return where.

    Raises `DataError` where there is one already, since somebody may have worked in it, and
    `MissingPackageError` without sphinx-gallery.
    """
    path = folder / f"{script.stem}.ipynb"
    text = converted(script)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise DataError(
            f"{path} is there already, and may hold your work: open it, or move it away for a fresh one"
        ) from error
    return path


def converted(script: Path) -> str:
    try:
        from sphinx_gallery import gen_gallery, py_source_parser
        from sphinx_gallery.notebook import jupyter_notebook
    except ImportError as error:
        raise MissingPackageError(
            "a notebook is made by sphinx-gallery, which is not installed: pip install 'minigrad-edu[docs]'"
        ) from error
    settings = {**copy.deepcopy(gen_gallery.DEFAULT_GALLERY_CONF), "pypandoc": False}
    _, blocks = py_source_parser.split_code_and_text_blocks(str(script))
    made = jupyter_notebook(blocks, settings, str(script.parent))
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"
