"""An HTTP server on this machine that gives fixed answers, and forgets its manners when asked to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Answer:
    """`missing` bytes are announced but not sent; after `wait` is set the answer comes, if ever."""

    body: bytes
    status: int = 200
    missing: int = 0
    wait: threading.Event | None = None


@dataclass
class Loopback:
    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, path: str, body: str | bytes, **manners) -> None:
        self.answers[path] = Answer(body.encode() if isinstance(body, str) else body, **manners)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    site = Loopback()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            site.asked.append(self.path)
            answer = site.answers.get(self.path, Answer(b"<html><br>Not found</html>", status=404))
            if answer.wait is not None:
                answer.wait.wait(10)
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body) + answer.missing))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda request, client_address: None  # a client that hung up is part of the test
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
