"""What the scores of a model say, in plain words that can be translated.

A statement is a list of sentences: a template of :data:`TEMPLATES` and what fills it in. It is kept
in this form beside its English text, and :func:`told` tells it in any language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from forecasting.comparison import skill
from forecasting.evaluation import score_table
from forecasting.flows import FlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import xarray as xr

Sentence = dict[str, Any]
"""``says``: a template; ``with``: by placeholder a text, or a list of sentences."""

WHERE: Final = {
    "series": "Place by place",
    "location": "Place by place, all causes together",
    "cause": "Cause by cause, all places together",
    "origin": "Origin by origin",
    "destination": "Destination by destination",
    "total": "All together",
    "focus": "For the places of the plan together",
}
"""How a statement begins, by level."""
_PERSONS: Final = {
    "better": "{where}, {model} is {size} better than {benchmark} in persons, where the largest "
    "crises weigh most (90% interval {low} to {high}).",
    "worse": "{where}, {model} is {size} worse than {benchmark}; use {benchmark} instead in "
    "persons, where the largest crises weigh most (90% interval {low} to {high}).",
    "perhaps better": "{where}, {model} cannot be told apart from {benchmark} ({size} better so "
    "far) in persons, where the largest crises weigh most (90% interval {low} to {high}).",
    "perhaps worse": "{where}, {model} cannot be told apart from {benchmark} ({size} worse so "
    "far) in persons, where the largest crises weigh most (90% interval {low} to {high}).",
}
_LOG: Final = {
    "better": "{model} is {size} better than {benchmark} on the log scale, where small numbers "
    "weigh as much as large ones (90% interval {low} to {high}).",
    "worse": "{model} is {size} worse than {benchmark}; use {benchmark} instead on the log "
    "scale, where small numbers weigh as much as large ones (90% interval {low} to {high}).",
    "perhaps better": "{model} cannot be told apart from {benchmark} ({size} better so far) on "
    "the log scale, where small numbers weigh as much as large ones (90% interval {low} to "
    "{high}).",
    "perhaps worse": "{model} cannot be told apart from {benchmark} ({size} worse so far) on "
    "the log scale, where small numbers weigh as much as large ones (90% interval {low} to "
    "{high}).",
}
_HELD: Final = "Its 90% interval held {share} of what was observed, over {cutoffs} cutoffs."
_ITSELF: Final = "{model} is itself the benchmark, so there is no skill to tell."
_SUMMARY: Final = "{where}, on the log scale, {model} {verdicts}, over {cutoffs} cutoffs."
_VERDICTS: Final = {
    "better": "is better than {others}",
    "alike": "cannot be told apart from {others}",
    "worse": "is worse than {others}",
}
_OTHER: Final = "{benchmark} ({skill})"
_NOTHING: Final = "Nothing shows that {model} beats any benchmark: use the simplest."
_RATHER: Final = "Use {benchmark} rather than {model}."
_JOINED: Final = {"verdicts": "; ", "others": ", "}

TEMPLATES: Final = (
    *_PERSONS.values(), *_LOG.values(), _HELD, _ITSELF, _SUMMARY, *_VERDICTS.values(), _OTHER,
    _NOTHING, _RATHER,
)  # fmt: skip
"""Everything a statement may say."""


def told(sentences: Sequence[Sentence], say: Callable[[str], str] = str) -> str:
    """Tell a statement.

    Parameters
    ----------
    sentences : sequence of dict
        From :func:`skill_sentences` or :func:`summary_sentences`.
    say : callable
        From an English label, which is a template or what fills one in, to the words of another
        language.

    Returns
    -------
    str

    Raises
    ------
    FlowError
        If something is no sentence of a statement.

    Examples
    --------
    >>> held = {"says": TEMPLATES[8], "with": {"share": "85%", "cutoffs": "24"}}
    >>> told([held])
    'Its 90% interval held 85% of what was observed, over 24 cutoffs.'

    """
    return " ".join(_said(sentence, say) for sentence in sentences)


def _said(sentence: Sentence, say: Callable[[str], str]) -> str:
    try:
        template, parts = sentence["says"], sentence["with"]
        if template not in TEMPLATES:
            msg = f"a statement says {template!r}, which no statement of this version says."
            raise FlowError(msg)
        filled = {
            name: say(part)
            if isinstance(part, str)
            else _JOINED[name].join(_said(one, say) for one in part)
            for name, part in parts.items()
        }
        return say(template).format(**filled)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, FlowError):
            raise
        msg = f"{str(sentence)[:200]!r} is no sentence of a statement."
        raise FlowError(msg) from error


def skill_sentences(
    scores: xr.Dataset, model: str, benchmark: str, *, level: str = "series", seed: int = 0
) -> list[Sentence]:
    """Say whether a model beats a benchmark; :func:`told` makes a text of it.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`.
    model, benchmark : str
        Names of models that were scored.
    level : str
        See :func:`at_level`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of dict
        One sentence per measure with the interval, and one on the spread.

    Raises
    ------
    FlowError
        If the model was not scored.

    """
    table = score_table(scores, level)
    if model not in table.index:
        msg = f"model is {model!r}; models scored: {', '.join(map(str, table.index))}."
        raise FlowError(msg)
    share = float(table.loc[model, "covered_90"])
    held = _sentence(_HELD, share=f"{share:.0%}", cutoffs=str(scores.sizes["cutoff"]))
    if model == benchmark:
        return [_sentence(_ITSELF, model=model), held]
    sentences = []
    for measure, words in (("crps", _PERSONS), ("crps_log1p", _LOG)):
        row = skill(scores, benchmark, measure=measure, level=level, seed=seed).loc[model]
        if row["low"] > 0:
            verdict = "better"
        elif row["high"] < 0:
            verdict = "worse"
        else:
            verdict = "perhaps better" if row["skill"] >= 0 else "perhaps worse"
        where = {"where": WHERE[level]} if words is _PERSONS else {}
        sentences.append(
            _sentence(
                words[verdict],
                **where,
                model=model,
                size=f"{abs(row['skill']):.0%}",
                benchmark=benchmark,
                low=f"{row['low']:+.0%}",
                high=f"{row['high']:+.0%}",
            )
        )
    return [*sentences, held]


def _sentence(template: str, /, **parts: str | list[Sentence]) -> Sentence:
    return {"says": template, "with": parts}


def skill_statement(
    scores: xr.Dataset, model: str, benchmark: str, *, level: str = "series", seed: int = 0
) -> str:
    """Say in plain words whether a model beats a benchmark.

    Parameters
    ----------
    scores, model, benchmark, level, seed
        As for :func:`skill_sentences`.

    Returns
    -------
    str
        One sentence per measure with the interval, and one on the spread.

    """
    return told(skill_sentences(scores, model, benchmark, level=level, seed=seed))


def summary_sentences(
    scores: xr.Dataset, model: str, *, level: str = "series", seed: int = 0
) -> list[Sentence]:
    """Say which of all benchmarks a model beats, and which not; :func:`told` makes a text of it.

    Goes with a released forecast: scores of the model and of
    :func:`forecasting.models.benchmarks.standard_benchmarks`.

    Parameters
    ----------
    scores : xarray.Dataset
        From :func:`backtest`, with the model and all benchmarks.
    model : str
        Name of the model released.
    level : str
        See :func:`at_level`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of dict
        The judgment is on CRPS of log1p of persons, where every place weighs the same; better or
        worse means that the 90 percent interval of the skill excludes zero.

    Raises
    ------
    FlowError
        If the model was not scored or nothing else was.

    """
    others = [str(name) for name in scores["model"].to_numpy() if str(name) != model]
    if len(others) == scores.sizes["model"] or not others:
        msg = f"model is {model!r}; models scored: {', '.join(map(str, scores['model'].values))}."
        raise FlowError(msg)
    groups: dict[str, list[Sentence]] = {key: [] for key in _VERDICTS}
    for name in others:
        row = skill(scores, name, measure="crps_log1p", level=level, seed=seed).loc[model]
        key = "better" if row["low"] > 0 else "worse" if row["high"] < 0 else "alike"
        groups[key].append(_sentence(_OTHER, benchmark=name, skill=f"{row['skill']:+.0%}"))
    made = [
        _sentence(
            _SUMMARY,
            where=WHERE[level],
            model=model,
            verdicts=[_sentence(_VERDICTS[k], others=said) for k, said in groups.items() if said],
            cutoffs=str(scores.sizes["cutoff"]),
        )
    ]
    if not groups["better"]:
        made.append(_sentence(_NOTHING, model=model))
    elif groups["worse"]:
        worst = groups["worse"][0]["with"]["benchmark"]
        made.append(_sentence(_RATHER, benchmark=worst, model=model))
    return made


def skill_summary(scores: xr.Dataset, model: str, *, level: str = "series", seed: int = 0) -> str:
    """Say in plain words which of all benchmarks a model beats, and which it does not.

    Parameters
    ----------
    scores, model, level, seed
        As for :func:`summary_sentences`.

    Returns
    -------
    str

    """
    return told(summary_sentences(scores, model, level=level, seed=seed))
