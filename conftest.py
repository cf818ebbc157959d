"""Leave out doctests of modules whose optional group is not installed; their tests say why."""

import importlib.util

collect_ignore = (
    []
    if importlib.util.find_spec("starlette")
    else [f"scenarios/{name}.py" for name in ("app", "app_guard", "app_pages")]
)
