"""The language a document is written in: English, or a translator's table over it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left (Unicode CLDR), by the first part of their code."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what it says for each English label.

    Parameters
    ----------
    code : str
        As in the ``lang`` attribute of a page (BCP 47), such as ``so`` or ``pt-BR``.
    translations : mapping of str to str
        English label and translation; what is not in it stays English.

    """

    code: str
    translations: Mapping[str, str] = field(default_factory=dict)

    @property
    def direction(self) -> str:
        """``rtl`` for a language written from right to left, else ``ltr``."""
        return "rtl" if self.code.split("-")[0].casefold() in RIGHT_TO_LEFT else "ltr"


ENGLISH: Final = Language("en")

_spoken: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def spoken() -> Language:
    """Return the language in which labels are said now."""
    return _spoken.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say every label within in a language.

    Examples
    --------
    >>> with speaking(Language("so", {"Facility": "Xarun"})):
    ...     say("Facility"), say("Capacity")
    ('Xarun', 'Capacity')

    """
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def say(label: str, /, **values: object) -> str:
    """Return a label in the language spoken now, its placeholders filled.

    Parameters
    ----------
    label : str
        In English, as a literal, so that :func:`scenarios.translations.every_label` finds it.
    **values : object
        One for each placeholder.

    Returns
    -------
    str

    Examples
    --------
    >>> say("{low} to {high}", low=3, high=5)
    '3 to 5'

    """
    text = spoken().translations.get(label, label)
    return text.format(**values) if values else text


def say_marked_up(label: str, /, **values: object) -> Markup:
    """Return a label for a page: all is escaped except values that are markup already.

    Examples
    --------
    >>> say_marked_up("<{name}>", name=Markup("<b>x</b>"))
    Markup('&lt;<b>x</b>&gt;')

    """
    text = Markup(escape(spoken().translations.get(label, label)))  # noqa: S704 - just escaped
    return text.format(**values) if values else text
