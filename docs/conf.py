"""The site: `python -m sphinx -W docs site`. It opens from the disk and fetches nothing.

The lessons are run by sphinx-gallery. The pages of the operations, the reference and the reports are written
when the build begins, from the register, the docstrings and `experiments/results/`.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import minigrad  # noqa: E402

project = "minigrad"
author = "The authors of minigrad"
version = release = minigrad.__version__
html_title = "minigrad"
language = "en"
html_last_updated_fmt = None
html_show_copyright = False

extensions = [
    "sphinx.ext.autodoc",
    "sphinx_gallery.gen_gallery",
    "myst_parser",
    "docs.extensions.mathematics",
    "docs.extensions.frames",
    "docs.extensions.prose",
    "docs.extensions.operations",
    "docs.extensions.reference",
    "docs.extensions.reports",
    "docs.extensions.lessons",
]
exclude_patterns = ["pictures", "extensions", "_templates", "built"]
# Reports come with headings of their own, and a table of numbers may follow the title.
# An exercise has the name of its lesson.
suppress_warnings = ["myst.header", "sphinx_gallery.duplicate_filename"]
highlight_language = "python"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

html_theme = "furo"
html_static_path = ["_static", "built"]
(ROOT / "docs" / "built").mkdir(exist_ok=True)
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_copy_source = False
# For a summary the search would fetch each page that it finds, which a browser refuses on the disk.
html_show_search_summary = False
html_theme_options = {"source_repository": "", "source_branch": "", "source_directory": ""}

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_type_aliases = {
    name: name for name in ("Array", "Cases", "DTypeLike", "Names", "Opens", "Shape", "Verdict")
}
autodoc_class_signature = "mixed"
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
add_module_names = False

sphinx_gallery_conf = {
    "examples_dirs": ["../tutorials"],
    "gallery_dirs": ["tutorials"],
    # All of them run, each time: what a lesson shows depends on the code of minigrad too. Those who write
    # one name it, as in MINIGRAD_LESSONS='04_|05_'.
    "filename_pattern": os.environ.get("MINIGRAD_LESSONS", r"/\d\d_"),
    "ignore_pattern": r"^(?!\d\d_)",
    "run_stale_examples": True,
    "abort_on_example_error": True,
    "within_subsection_order": "FileNameSortKey",
    # By name: a function's address would be in the site.
    "image_scrapers": ("docs.extensions.lessons.shown",),
    "reset_modules": ("docs.extensions.lessons.fresh",),
    "capture_repr": ("_repr_html_", "__repr__"),
    "ignore_repr_types": r"minigrad\.view|matplotlib|NoneType",
    "download_all_examples": False,
    "write_computation_times": False,
    "min_reported_time": float("inf"),
    "show_signature": False,
    "remove_config_comments": True,
    "nested_sections": False,
    "backreferences_dir": None,
}
