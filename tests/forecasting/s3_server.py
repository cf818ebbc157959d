"""A server on this computer that speaks the protocol of S3, well-behaved or with faults.

What answers is moto, a server that others keep for tests. With faults, requests are turned away or
their answer is lost after they were carried out, as happens with a service over a network.
"""

import os
import subprocess
import sys
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

BUCKET = "office"
ADDRESS = f"s3://{BUCKET}/forecasts"
SKIPPED = pytest.mark.skipif(
    find_spec("moto") is None or find_spec("obstore") is None,
    reason="needs a server that speaks S3: pip install 'moto[server]' and the extra object-store",
)


@contextmanager
def running(monkeypatch, faults=0.0):
    """Start a server with an empty bucket, and tell the environment where it is."""
    server = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.forecasting.s3_server", str(faults)],
        cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "somebody",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        with closing(HTTPConnection(endpoint.removeprefix("http://"), timeout=30)) as connection:
            connection.request("PUT", f"/{BUCKET}")
            assert connection.getresponse().status == 200
        yield endpoint
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


_REFUSALS = (
    ("503 Slow Down", "SlowDown"),
    ("500 Internal Server Error", "InternalError"),
    ("409 Conflict", "ConditionalRequestConflict"),
)


def faulty(app, share, seed=7):
    """Turn a share of the requests below the bucket away, or lose the answer to them."""
    chance = np.random.default_rng(seed)

    def answer(environ, start_response):
        inside = environ["PATH_INFO"].count("/") > 1
        if not inside or chance.random() >= share:
            return app(environ, start_response)
        status, code = _REFUSALS[chance.integers(len(_REFUSALS))]
        if code == "ConditionalRequestConflict" and "HTTP_IF_NONE_MATCH" not in environ:
            status, code = _REFUSALS[0]
        if code == "InternalError":  # carried out, but nobody is told so
            b"".join(app(environ, lambda *_: None))
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode()
        start_response(status, [("Content-Type", "application/xml"),
                                ("Content-Length", str(len(body)))])  # fmt: skip
        return [body]

    return answer


def main():
    """Serve on a free port, which is printed."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = faulty(DomainDispatcherApplication(create_backend_app), float(sys.argv[1]))
    # One request after the other: that moto looks and puts in two steps is no fault of ours.
    server = make_server("127.0.0.1", 0, app, threaded=False)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
