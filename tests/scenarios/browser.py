"""A browser for tests of the planner's page, and a small plan to show."""

import asyncio
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx

PLACES = "sites.ceel-jaale.places"
BOATS = "rescue.river-rescue-beledweyne.units.boats-beledweyne.units"
TINY = """\
schema: 1
name: tiny
title: Three weeks of October <i>only</i>
question: Does it hold?
based_on: beledweyne-flood
changes:
  - {set: time.start, to: 2022-10-01, because: A short run for tests.}
  - {set: time.run_length, to: 21 days, because: A short run for tests.}
  - {set: forecast.samples, to: 40, because: A short run for tests.}
  - {set: experiment.replications, to: 40, because: A short run for tests.}
"""
VOID = {"meta", "img", "source", "br", "link", "input"}
PATIENCE = 120


class Markup(HTMLParser):
    """Collects tags and text, and refuses tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def every(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


class Browser:
    """Asks an application for pages, as a browser on the same computer does."""

    def __init__(self, app):
        self.app = app

    def ask(self, method, path, **options):
        async def once():
            transport = httpx.ASGITransport(app=self.app)
            base = "http://127.0.0.1:8765"
            async with httpx.AsyncClient(transport=transport, base_url=base) as client:
                return await client.request(method, path, **options)

        return asyncio.run(once())

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def send(self, headers=None, **inputs):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(inputs)
        return self.ask(
            "POST", "/scenarios/tiny", content=content, headers={**kind, **(headers or {})}
        )

    def run(self, **inputs):
        """Send the form, wait, and return the address of the result and its page."""
        answer = self.send(**{"replications": "2", **inputs})
        assert answer.status_code == 303, answer.text
        address = answer.headers["location"]
        run = self.app.state.runs.get(address.rpartition("/")[2])
        assert run.ready.wait(PATIENCE)
        page = self.get(address)
        assert page.status_code == 200, page.text
        return address, page


def plain(text):
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def words(page):
    return plain(" ".join(" ".join(Markup(page.text).text).split()))
