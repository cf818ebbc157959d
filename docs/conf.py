"""Sphinx configuration; builds offline, warnings are errors (make docs)."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

from scenarios import __version__  # noqa: E402

project = "safepassage"
author = "The safepassage developers"
copyright = "The safepassage developers, Apache-2.0"
version = release = __version__
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated_tables",
]
exclude_patterns = ["_build", "_generated/tables"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# SAFEPASSAGE_DOCS_EXECUTE=off skips running the notebooks while writing prose.
nb_execution_mode = os.environ.get("SAFEPASSAGE_DOCS_EXECUTE", "auto")
nb_execution_timeout = 600
nb_execution_raise_on_error = True
# Notebooks that were run before, as by .ci/run, are shown with the outputs they hold.
if "SAFEPASSAGE_DOCS_NOTEBOOKS" in os.environ:
    nb_execution_excludepatterns = ["_generated/notebooks/*.ipynb"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # types with units stand in the docstrings
autodoc_default_options = {"members": True}
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# No network while building, so names of other packages cannot become links. Ours must resolve.
nitpick_ignore_regex = [
    (
        r"py:.*",
        r"(?!forecasting\b|simulation\b|scenarios\b).*",
    ),
    (r"py:.*", r".*\[.*"),  # generic classes with their parameters filled in
    (r"py:.*", r".*\._.*"),  # private names stand in signatures and have no page
]

# Words such as `persons` in the types of docstrings are units and not the names of attributes.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_title = f"safepassage {__version__}"
html_copy_source = False
html_show_sphinx = False
