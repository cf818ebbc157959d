"""What the keys of a scenario file mean: the texts under the fields of the contract.

They are read from the source only when somebody asks. Read at every start, they would take longer
than all other work of a short command.
"""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


@functools.cache
def meanings_of(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the text under every field of a model, its own before those it inherits.

    Parameters
    ----------
    model : type
        A model of the contract.

    Returns
    -------
    mapping of str to str
        By name of the field; fields without a text are left out.

    Examples
    --------
    >>> from scenarios.services import Site
    >>> meanings_of(Site)["places"]
    'Places for persons.'

    """
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        found |= _documented(base.__module__).get(base.__qualname__, {})
    return {name: found[name] for name in model.model_fields if name in found}


@functools.cache
def _documented(module: str) -> dict[str, dict[str, str]]:
    """Texts under the annotated names of every class of a module of ours."""
    if not module.startswith(f"{__package__}."):
        return {}
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        node.name: {
            name.target.id: inspect.cleandoc(text.value.value)
            for name, text in zip(node.body, node.body[1:], strict=False)
            if isinstance(name, ast.AnnAssign)
            and isinstance(name.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }
