"""What the planner's page answers: scenarios, form, result, files and pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from scenarios.app.form import Form, empty_form, read_form
from scenarios.app.guard import HEADERS
from scenarios.app.runs import BusyError, Runs
from scenarios.files import list_library, load_scenario
from scenarios.numbers import day
from scenarios.problems import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from scenarios.schema import Scenario

LARGEST_FORM: Final = 200_000
MOST_INPUTS: Final = 2_000
SECONDS_TO_NEXT_LOOK: Final = 2
ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
    '<rect width="16" height="16" rx="3" fill="#004c7a"/>'
    '<path d="M3 11l4-5 3 3 3-5" fill="none" stroke="#fff" stroke-width="2"/></svg>'
)


class Library:
    """Scenarios the page offers: those of the library, and the file it was started with.

    Parameters
    ----------
    given : str or None
        Name in the library or path of a file.

    Raises
    ------
    ScenarioError
        If it cannot be used.

    """

    def __init__(self, given: str | None = None) -> None:
        self._references = {name: name for name in list_library()}
        self.first: str | None = None
        if given is not None:
            scenario = load_scenario(given)
            self.first = scenario.name
            if given not in self._references:
                self._references[scenario.name] = str(Path(given).resolve())

    def names(self) -> tuple[str, ...]:
        """Return the names, the one given first."""
        others = [name for name in self._references if name != self.first]
        return (self.first, *others) if self.first else tuple(others)

    def reference(self, name: str) -> str:
        """Return how a derived scenario names a scenario: its name, or the path of its file."""
        return self._references[name]

    def shown_reference(self, name: str) -> str:
        """Return the same without the folders of this computer."""
        return Path(self.reference(name)).name

    def load(self, name: str) -> Scenario:
        """Read a scenario, anew each time: its file may have been edited.

        Raises
        ------
        HTTPException
            If the page does not offer it.

        """
        if name not in self._references:
            raise HTTPException(404, f"This page offers no scenario called “{name[:80]}”.")
        return load_scenario(self._references[name])


class Pages:
    """Answers to requests.

    Parameters
    ----------
    library : Library
    runs : Runs
    replications : sequence of int
        Numbers offered.

    """

    def __init__(self, library: Library, runs: Runs, replications: Sequence[int]) -> None:
        self._library = library
        self._runs = runs
        self._replications = tuple(replications)
        self._templates = Environment(
            loader=PackageLoader("scenarios", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        names = ("report.css", "app.css")
        self._style = "\n".join(self._templates.get_template(name).render() for name in names)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            Route("/", self.scenarios),
            Route("/style.css", self.style),
            Route("/icon.svg", self.icon),
            Route("/scenarios/{name}", self.form),
            Route("/scenarios/{name}", self.submit, methods=["POST"]),
            Route("/results/{key}", self.result),
            Route("/results/{key}/files/{file}", self.file),
            Route("/results/{key}/pictures/{file}", self.picture),
        ]

    def style(self, _request: Request) -> Response:
        """Return the style sheet."""
        return Response(self._style, media_type="text/css")

    def icon(self, _request: Request) -> Response:
        """Return the picture for the browser's tab."""
        return Response(ICON, media_type="image/svg+xml")

    def scenarios(self, _request: Request) -> Response:
        """List the scenarios to begin with."""
        return self._page("app_scenarios.html.j2", scenarios=self._choices())

    def form(self, request: Request) -> Response:
        """Show the capacities of a scenario, or those of an earlier trial of it."""
        scenario = self._library.load(request.path_params["name"])
        run = self._runs.get(request.query_params.get("from", ""))
        trial = run.trial if run and run.trial.base.name == scenario.name else None
        return self._form(empty_form(scenario, self._replications, trial))

    async def submit(self, request: Request) -> Response:
        """Read the form; run the plans or say what to correct."""
        given = await _inputs(request)
        name = request.path_params["name"]
        return await run_in_threadpool(self._submitted, name, given)

    def _submitted(self, name: str, given: dict[str, str]) -> Response:
        scenario = self._library.load(name)
        reference = self._library.reference(name)
        form, trial = read_form(scenario, self._replications, given, reference)
        if trial is None:
            return self._form(form, 422)
        try:
            trial.cases()
            key = self._runs.submit(trial)
        except ScenarioError as error:
            form.errors.update(_beside(form, error))
            return self._form(form, 422)
        except BusyError as error:
            form.errors["form"] = str(error)
            return self._form(form, 503)
        return RedirectResponse(f"/results/{key}", 303)

    def result(self, request: Request) -> Response:
        """Show a result, or how far it is."""
        key = request.path_params["key"]
        run = self._runs.get(key)
        if run is None:
            raise HTTPException(404, "This result is not kept any more. Run the plan again.")
        name = run.trial.base.name
        if run.state in {"waiting", "running"}:
            page = self._page(
                "app_waiting.html.j2",
                run=run,
                ahead=self._runs.ahead_of(key),
                seconds=SECONDS_TO_NEXT_LOOK,
                scenario=run.trial.base,
            )
            page.headers["Cache-Control"] = "no-store"
            return page
        if run.state == "failed":
            return self._page(
                "app_problem.html.j2",
                500,
                title="The run did not succeed",
                message=run.message,
                back=f"/scenarios/{quote(name)}?from={key}",
            )
        reference = self._library.shown_reference(name)
        files = [reference, *(case.file_name for case in run.result.cases[1:])]
        return self._page(
            "app_result.html.j2",
            result=run.result,
            key=key,
            scenario=run.trial.base,
            command=run.trial.command(files),
            is_file=self._library.reference(name) != name,
            reference=reference,
        )

    def file(self, request: Request) -> Response:
        """Return a scenario file of a result, to be saved."""
        run = self._runs.get(request.path_params["key"])
        if run is None or run.result is None:
            raise HTTPException(404, "This result is not kept any more. Run the plan again.")
        for case in run.result.cases[1:]:
            if request.path_params["file"] == case.file_name:
                trial = run.trial
                text = trial.text(
                    stressed=case.scenario.name != trial.name,
                    reference=self._library.shown_reference(trial.base.name),
                )
                disposition = f"attachment; filename*=UTF-8''{quote(case.file_name)}"
                headers = {"Content-Disposition": disposition}
                return Response(text, media_type="text/yaml", headers=headers)
        raise HTTPException(404, "There is no such file.")

    def picture(self, request: Request) -> Response:
        """Return a picture of a result."""
        run = self._runs.get(request.path_params["key"])
        for drawing in run.result.pictures if run and run.result else ():
            for ending, svg in (("wide", drawing.wide), ("narrow", drawing.narrow)):
                if request.path_params["file"] == f"{drawing.name}-{ending}.svg":
                    return Response(svg, media_type="image/svg+xml")
        raise HTTPException(404, "There is no such picture.")

    def failed(self, _request: Request, error: Exception) -> Response:
        """Say what went wrong with a request."""
        status = error.status_code if isinstance(error, HTTPException) else 422
        message = error.detail if isinstance(error, HTTPException) else str(error)
        title = "Not found" if status == 404 else "This cannot be used"
        return self._page("app_problem.html.j2", status, title=title, message=message, back="/")

    def crashed(self, _request: Request, _error: Exception) -> Response:
        """Admit an error of the program, with the headers the guard would have set."""
        message = "The program made an error; the terminal it runs in says more. Try again."
        shown = {"title": "Something went wrong", "message": message, "back": "/"}
        page = self._page("app_problem.html.j2", 500, **shown)
        page.headers.update(HEADERS)
        return page

    def _form(self, form: Form, status: int = 200) -> Response:
        return self._page("app_form.html.j2", status, form=form, scenario=form.scenario)

    def _choices(self) -> list[tuple[str, str, str]]:
        choices = []
        for name in self._library.names():
            try:
                scenario = self._library.load(name)
                choices.append((name, scenario.title, scenario.question))
            except ScenarioError as error:
                choices.append((name, name, f"Cannot be used: {error}"))
        return choices

    def _page(self, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
        text = self._templates.get_template(template).render(quote=quote, day=day, **shown)
        return HTMLResponse(text, status)


async def _inputs(request: Request) -> dict[str, str]:
    """Read a form of limited size.

    Raises
    ------
    HTTPException
        If it is no form, too large, or not text.

    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "Send the form of this page.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise HTTPException(413, "The form is too large.")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MOST_INPUTS,
            errors="strict",
        )
    except ValueError:
        raise HTTPException(400, "The form cannot be read. Go back and send it again.") from None
    return dict(pairs)


def _beside(form: Form, error: ScenarioError) -> dict[str, str]:
    """Put the problems of a changed plan beside the inputs they belong to."""
    messages: dict[str, str] = {}
    for problem in error.problems:
        known = [one.path for one in form.fields if problem.path.startswith(one.path)]
        name = known[0] if known else "form"
        told = problem.message if known else f"{problem.path}: {problem.message}"
        messages[name] = f"{messages[name]} {told}" if name in messages else told
    return messages
