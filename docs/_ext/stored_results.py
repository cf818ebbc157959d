"""Results of benchmarks that come with a version, or how to make them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contract_tables import table

from scenarios.labels import measure_label

if TYPE_CHECKING:
    from collections.abc import Callable

SCORES = Path("benchmarks") / "results" / "forecasting.json"
DISTRICT_SCORES = Path("benchmarks") / "results" / "forecasting-districts.json"
"""Districts by cause, run by itself because it has as many series as all other panels."""
KINDS = {
    "bursty": "Displacement in bursts, by month",
    "regular": "Arrivals with a regular season, by month",
    "daily": "Arrivals by day",
}
MISSING = "No stored result comes with this version. Make one with:"


def stored(file: Path) -> dict[str, Any] | None:
    """Return a result that a benchmark has written; None when there is none."""
    result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return result or None


def _told(root: Path, file: Path, program: str, tell: Callable[[dict[str, Any], str], str]) -> str:
    """Tell of a stored result and the command that makes it, or only how to make it."""
    command = f"```console\n$ python {program} --out {file.as_posix()}\n```"
    result = stored(root / file)
    return f"{MISSING}\n\n{command}" if result is None else tell(result, command)


def forecast_scores(root: Path) -> str:
    """Return the latest scores of the forecasts, or say how to make them."""

    def tell(result: dict[str, Any], command: str) -> str:
        return _forecast_scores(root, result, command)

    return _told(root, SCORES, "benchmarks/forecasting.py", tell)


def _forecast_scores(root: Path, result: dict[str, Any], command: str) -> str:
    parts = [
        f"CRPS of the *{result['ours']}* over that of another model, geometric mean over all "
        f"series; below 1 is better. {result['samples']} samples per forecast, cutoffs in the last "
        "24 months of every panel, on which no choice was made. The 90 % interval takes series as "
        "independent, so it is too narrow. Panels that do not ship with the package are read from "
        "a folder of public files (`--data FOLDER`); without it they are left out. Made with:\n\n"
        f"{command}"
    ]
    for kind, title in KINDS.items():
        rows = [
            (
                one["model"],
                f"{one['ours_over_it']:.2f}",
                f"{one['low']:.2f} to {one['high']:.2f}",
                one["series"],
                one["panels"],
            )
            for one in result["overall"]
            if one["kind"] == kind
        ]
        if rows:
            head = ("Compared with", "Ratio", "90 % interval", "Series", "Panels")
            parts.append(f"### {title}\n\n{table(head, rows)}")
    rows = list(result["panels"])
    more = stored(root / DISTRICT_SCORES)
    if more is not None:
        rows += more["panels"]
        result["left_out"] |= more["left_out"]
        result["coverage"] = [*result.get("coverage", []), *more.get("coverage", [])]
    parts.append("### Panel by panel\n\n" + panel_scores(rows, result["ours"]))
    if result.get("coverage"):
        parts.append("### Does the 90 % interval hold 90 %?\n\n" + coverage(result["coverage"]))
    left_out = [f"- {what}: {why}" for what, why in result["left_out"].items()]
    if left_out:
        parts.append("Left out:\n\n" + "\n".join(left_out))
    return "\n\n".join(parts)


OVERLOAD = Path("benchmarks") / "results" / "overload.json"


def overload(root: Path) -> str:
    """Return the stored times per person in an overloaded run."""
    return _told(root, OVERLOAD, "-m benchmarks.overload", _overload)


def _overload(result: dict[str, Any], command: str) -> str:
    cells = (
        (row["waiting_at"], f"{row['persons']:,}", f"{row['microseconds_per_person']:.0f}")
        for row in result["rows"]
    )
    head = ("Too few", "Persons waiting", "Microseconds per person")
    return f"{table(head, cells)}\n\nMade with:\n\n{command}"


def overload_plot(root: Path) -> str:
    """Return a drawing of the stored times per person over the number who wait."""
    result = stored(root / OVERLOAD)
    if result is None:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>\n'
    rows = result["rows"]
    left, bottom, width, height = 60, 260, 520, 230
    most = max(40.0, max(row["microseconds_per_person"] for row in rows) * 1.1)
    first, last = math.log10(5_000), math.log10(200_000)

    def at(persons: float, time: float) -> tuple[float, float]:
        along = (math.log10(persons) - first) / (last - first)
        return left + width * along, bottom - height * time / most

    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 320" font-family="sans-serif" '
        'font-size="12" role="img"><title>Microseconds per person, flat from 5,000 to 200,000 '
        "people waiting</title>"
        '<rect width="640" height="320" fill="#ffffff"/>'
    ]
    for persons in (5_000, 10_000, 20_000, 50_000, 100_000, 200_000):
        x, _ = at(persons, 0)
        parts.append(f'<text x="{x:.0f}" y="278" text-anchor="middle">{persons:,}</text>')
    for time in range(0, int(most) + 1, 10):
        _, y = at(5_000, time)
        parts.append(
            f'<line x1="{left}" x2="{left + width}" y1="{y:.0f}" y2="{y:.0f}" stroke="#dddddd"/>'
            f'<text x="{left - 8}" y="{y + 4:.0f}" text-anchor="end">{time}</text>'
        )
    for where, color, label in (
        ("desks", "#0072b2", "too few desks"),
        ("places", "#d55e00", "too few places"),
    ):
        points = [
            at(row["persons"], row["microseconds_per_person"])
            for row in rows
            if row["waiting_at"] == where
        ]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        x, y = points[-1]
        parts.append(
            f'<text x="{x:.0f}" y="{y - 10:.0f}" text-anchor="end" fill="{color}">{label}</text>'
        )
    parts.append(
        '<text x="320" y="304" text-anchor="middle">persons waiting (logarithmic)</text>'
        '<text x="14" y="16">microseconds per person</text></svg>\n'
    )
    return "".join(parts)


PAIRED_PLANS = Path("benchmarks") / "results" / "paired-plans.json"


def paired_plans(root: Path) -> str:
    """Return how much narrower the intervals of a comparison are on the same futures."""
    return _told(root, PAIRED_PLANS, "-m benchmarks.paired_plans", _paired_plans)


def _paired_plans(result: dict[str, Any], command: str) -> str:
    rows = []
    for row in result["rows"]:
        label = measure_label(row["measure"])
        wider = row["times_as_wide"]
        rows.append(
            (
                f"{label.label} ({row['unit']})",
                f"{row['difference']:+.1f} ({row['low']:+.1f} to {row['high']:+.1f})",
                f"{wider['other_people']:.1f} times",
                f"{wider['other_futures']:.1f} times",
            )
        )
    head = (
        "Outcome",
        "Mean difference (paired 95 % interval)",
        "With other people: interval",
        "With other futures: interval",
    )
    return (
        f"{result['replications']} replications.\n\n{table(head, rows)}\n\nMade with:\n\n{command}"
    )


THEORY = Path("benchmarks") / "results" / "theory.json"


def simulated_against_theory(root: Path) -> str:
    """Return the stored means of the engine beside the closed forms."""
    return _told(root, THEORY, "-m benchmarks.theory", _theory)


def _theory(result: dict[str, Any], command: str) -> str:
    cells = (
        (
            row["what"],
            row["unit"],
            f"{row['theory']:.4g}",
            f"{row['simulated']:.4g}",
            f"{row['low']:.4g} to {row['high']:.4g}",
        )
        for row in result["rows"]
    )
    head = ("What", "Unit", "Theory", "Simulated", "99 % interval")
    made = f"Means of {result['replications']} replications. Made with:"
    return f"{table(head, cells)}\n\n{made}\n\n{command}"


COMPARED = ("AutoARIMA (log1p, capped)", "AutoETS (log1p, capped)", "seasonal climatology")
"""Models every panel is compared with, beside the last two years (daily: 60 days)."""


def panel_scores(rows: list[dict[str, Any]], ours: str) -> str:
    """Return one line per panel: ratios to the most telling models, coverage, early warning."""
    lines = []
    for panel in dict.fromkeys(row["panel"] for row in rows):
        models = {row["model"]: row for row in rows if row["panel"] == panel}
        own = models[ours]
        recent = next(name for name in models if name in ("last 24 months", "last 60 days"))
        others = [row for name, row in models.items() if name != ours]
        best = min(others, key=lambda row: row["crps_log1p"])
        warned = min(others, key=lambda row: row["brier"])
        lines.append(
            (
                f"{panel} ({own['series']} series, {own['cutoffs']} cutoffs)",
                *(_ratio_of(models.get(name)) for name in (*COMPARED, recent)),
                f"{own['crps_log1p']:.3f} / {best['crps_log1p']:.3f} ({best['model']})",
                f"{own['coverage_90']:.0%} / {_share_of(own['coverage_90_sum'])}",
                f"{own['brier']:.3f} / {warned['brier']:.3f} ({warned['model']})",
            )
        )
    head = (
        "Panel",
        "over AutoARIMA",
        "over AutoETS",
        "over seasonal climatology",
        "over its own last two years (daily: 60 days)",
        "log CRPS: ours / best other",
        "90 % interval held: series / sum",
        "Brier score: ours / best other",
    )
    return table(head, lines)


LEVELS = {
    "series": "each series",
    "cause": "sums over places, by cause",
    "location": "sums over causes, by place",
    "total": "sum over all",
}
"""Levels of the scores in words; others keep their name."""
GOAL = (0.86, 0.95)
"""Share of observations that a 90 % interval is to hold."""


def coverage(rows: list[dict[str, Any]]) -> str:
    """Return the share of observations the 90 % intervals held, by panel and level."""
    lines = []
    by_panel: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        by_panel.setdefault(one["panel"], []).append(one)
    for panel, own in by_panel.items():
        shown = own
        if len({(one["covered"], one["cases"]) for one in own}) == 1:
            shown = own[:1]  # one series, which is the sum
        for one in shown:
            low, high, share = one["low"], one["high"], one["covered"]
            goal = "yes" if GOAL[0] <= share <= GOAL[1] else "no"
            told = "cannot be told apart" if low <= 0.9 <= high else "differs"
            lines.append(
                (
                    panel,
                    LEVELS.get(one["level"], one["level"]),
                    f"{one['cases']:,.0f}",
                    f"{one['independent']:.0f}",
                    f"{share:.1%}",
                    f"{low:.0%} to {high:.0%}",
                    goal,
                    told,
                )
            )
    head = (
        "Panel",
        "Level",
        "Observed",
        "Worth",
        "Held",
        "90 % interval of it",
        "86 to 95 %",
        "From 90 %",
    )
    return (
        "Share of what was observed that our 90 % interval held. Months that overlap and places "
        "that are hit together share their luck: *worth* is the number of independent "
        "observations with the same scatter ({func}`~forecasting.comparison.coverage_interval`), "
        "and the interval is for that number. Where it has 90 % in it, what was seen does not "
        f"tell whether the forecast's interval is right.\n\n{table(head, lines)}"
    )


def _ratio_of(row: dict[str, Any] | None) -> str:
    if row is None:
        return "not run"
    return f"{row['ours_over_it']:.2f} ({row['low']:.2f} to {row['high']:.2f})"


def _share_of(value: float | None) -> str:
    return "not observed" if value is None else f"{value:.0%}"


ISSUED_SCORES = Path("benchmarks") / "results" / "issued-forecasts.json"


def issued_scores(root: Path) -> str:
    """Return how ours did beside forecasts that were really issued, or how to find out."""
    program = "benchmarks/issued_forecasts.py --data FOLDER"
    return _told(root, ISSUED_SCORES, program, _issued_scores)


def _issued_scores(result: dict[str, Any], command: str) -> str:
    head = ("Forecast", "Mean error (persons)", "Median error (persons)", "Cases")
    rows = (
        (one["forecast"], f"{one['mean']:,.0f}", f"{one['median']:,.0f}", one["cases"])
        for one in result["errors"]
    )
    nearer = ", ".join(f"{name} in {share:.0%}" for name, share in result["nearer"].items())
    return (
        "Jetson, a project of UNHCR, issued forecasts of arrivals by region of Somalia one month "
        "ahead, as single numbers by three algorithms. Ours were fitted on earlier months only. "
        "The error is the absolute error of the single number or the median, and the CRPS of "
        f"samples.\n\n{table(head, rows)}\n\nThe median of the adaptive pool was nearer than "
        f"{nearer} of the cases. The median of the last 12 months is nearer than ours, and its "
        "samples score as well: one month ahead we have nothing to add to it.\n\n"
        f"{command}"
    )


ENGINES = Path("benchmarks") / "results" / "engines.json"


def engines(root: Path) -> str:
    """Return the stored processor times of both engines."""
    return _told(
        root, ENGINES, "-m benchmarks.engines --times 2 --replications 3 --cimba PYTHON", _engines
    )


def _engines(result: dict[str, Any], command: str) -> str:
    cells = (
        (
            f"{row['persons']:,}",
            f"{row['steps']:,}",
            f"{row['simpy_seconds']:.2f} s",
            f"{row['compiled_seconds']:.3f} s",
            f"{row['ratio']:.0f}",
        )
        for row in result["rows"]
    )
    beside = result["beside"]
    people = beside["persons"]
    rows = [("SimPy engine", beside["simpy_seconds"]), ("cimba", beside.get("cimba_seconds"))]
    rows += [("Compiled engine, with draws and tables", beside["compiled_seconds"])]
    rows += [("Compiled engine, the events alone", beside["events_seconds"])]
    rows += [("A C program of this chain, the events alone", beside.get("c_seconds"))]
    others = table(
        ("The chain of one size, by", "Processor time", "Persons per second"),
        ((name, f"{s:.3f} s", f"{people / s:,.0f}") for name, s in rows if s is not None),
    )
    missing = [beside[name] for name in ("c_skipped", "cimba_skipped") if name in beside]
    others += "".join(f"\n\nNot measured: {reason}." for reason in missing)
    plans = {row["plan"]: row for row in result["library"]}
    slow, fast = (
        sum(row[f"{engine}_seconds"] for row in plans.values()) for engine in ("simpy", "compiled")
    )
    ratios = [row["ratio"] for row in plans.values()]
    head = ("Persons", "Steps recorded", "SimPy", "Compiled", "Ratio")
    return (
        f"{table(head, cells)}\n\n{people:,} persons of the chain in the same run, with the same "
        f"draws; all count the same people and the same waits:\n\n{others}\n\n{len(plans)} plans "
        f"of the library, {result['replications']} replications each: {slow / fast:.0f} times less "
        f"processor time in sum, {min(ratios):.0f} to {max(ratios):.0f} times by plan. Compiling "
        f"with an empty cache took {result['seconds_to_compile']:.0f} s.\n\nThe shortest of "
        f"{result['times']} runs of each engine, on two processors with nothing beside. Made "
        f"with:\n\n{command}"
    )


SIMULATION = Path("benchmarks") / "results" / "simulation.json"


def simulation(root: Path) -> str:
    """Return what the simulation promises beside its goals."""
    return _told(root, SIMULATION, "-m benchmarks.simulation --cimba PYTHON", _simulation)


def _simulation(result: dict[str, Any], command: str) -> str:
    rows = [row for part in result["parts"].values() for row in part]
    cells = (
        (
            row["what"],
            f"{row['measured']:.3g} {row['unit']}",
            row["goal"] or "-",
            ("yes" if row["met"] else "**no**") if row["goal"] else "-",
        )
        for row in rows
    )
    missed = [row for row in rows if not row["met"]]
    verdict = f"Goals missed: {len(missed)}." if missed else "All goals are met."
    return (
        f"{table(('What', 'Measured', 'Goal', 'Met'), cells)}\n\n{verdict} On {result['cores']} "
        f"processors ({result['machine']}) with nothing beside; ratios are of processor time, of "
        f"the shortest of {result['times']} runs. Made with:\n\n{command}"
    )


LIBRARY = Path("benchmarks") / "results" / "library.json"


def library(root: Path) -> str:
    """Return the stored times of whole runs of the plans of the library."""
    return _told(root, LIBRARY, "-m benchmarks.library", _library)


def _library(result: dict[str, Any], command: str) -> str:
    cells = (
        (
            row["plan"],
            row["engine"].partition(":")[0],
            f"{row['cpu_seconds']:.0f} s",
            f"{row['seconds']:.0f} s",
            f"{row['megabytes'] / 1000:.1f} GB",
        )
        for row in result["rows"]
    )
    head = ("Plan", "Engine", "Processor time", "Elapsed", "Memory, all processes")
    workers, goal = result["workers"], result["goal_seconds"]
    over = [row["plan"] for row in result["rows"] if row["cpu_seconds"] > workers * goal]
    verdict = (
        f"Above what {workers} processors give in {goal:.0f} s: {', '.join(over)}."
        if over
        else f"No plan needs more than {workers} processors give in {goal:.0f} s."
    )
    return (
        f"{table(head, cells)}\n\n{result['replications']} replications with {workers} workers, "
        f"forecast, its test on the past, tables, figures and report included. {verdict} "
        "Scores of past forecasts were not kept from an earlier run, and nothing else ran; memory "
        f"that processes share counts once. Made with:\n\n{command}"
    )
