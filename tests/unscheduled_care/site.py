"""The real web server on a database of the tests, and people who post forms to it."""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from cpts_portal import demo
from cpts_portal.embedded import folders, processes
from cpts_portal.embedded.ports import free_port
from members.models import Membership

PATIENCE = 120.0
TOKEN = "a" * 32
"""What the CSRF cookie and the form both say."""


@dataclass(frozen=True)
class Answer:
    status: int
    location: str = ""


@dataclass(frozen=True)
class Post:
    """One form, as one person sends it."""

    path: str
    session: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def sent_over(self, link: http.client.HTTPConnection) -> Answer:
        body = urlencode({**self.form, "csrfmiddlewaretoken": TOKEN})
        given = {settings.SESSION_COOKIE_NAME: self.session, "csrftoken": TOKEN, **self.cookies}
        cookies = "; ".join(f"{name}={value}" for name, value in given.items() if value)
        kind = "application/x-www-form-urlencoded"
        told = {"Content-Type": kind, "Cookie": cookies, **self.headers}
        link.request("POST", self.path, body, told)
        response = link.getresponse()
        response.read()
        return Answer(response.status, response.getheader("Location", ""))


def session_of(member: Membership) -> str:
    """A session of that person's, as the log-in makes it."""
    client = Client()
    client.force_login(member.user)
    return client.session.session_key or ""


@contextlib.contextmanager
def site_running(folder: Path, **env: str) -> Iterator[int]:
    """Granian as the demonstration starts it; `env` tells it which database. Yields its port."""
    port = free_port()
    own = {"ALLOWED_HOSTS": "localhost,127.0.0.1", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    command, log = demo.commands(folder, port)["web"], folder / "web.log"
    process = processes.spawn(
        command, log=log, env={**os.environ, **own, **env}, cwd=folders.PROJECT
    )
    try:
        _wait_until_it_answers(port, process, log)
        yield port
    finally:
        processes.stop(process)


def _wait_until_it_answers(port: int, process: Popen[bytes], log: Path) -> None:
    """`/healthz`, since `/readyz` also asks for a worker's clock."""
    deadline = time.monotonic() + PATIENCE
    while True:
        link = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
        with contextlib.closing(link), contextlib.suppress(OSError):
            link.request("GET", "/healthz")
            if link.getresponse().status == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(processes.last_lines(log))
        time.sleep(0.05)


def send_all(
    port: int, posts: list[Post], *, people: int, started: Callable[[], object] = lambda: None
) -> list[Answer]:
    """What is answered to `posts`, sent by so many people at once, each over one connection.

    `started` is called as they are let go; one whose connection breaks gets the status 0.
    """
    ready = threading.Barrier(people + 1)

    def send(own: list[Post]) -> list[Answer]:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        with contextlib.suppress(OSError):
            link.connect()
        ready.wait(timeout=PATIENCE)
        answers = [_answered(link, post) for post in own]
        link.close()
        return answers

    answers: list[Answer] = [Answer(0)] * len(posts)
    with ThreadPoolExecutor(people) as pool:
        shares = [pool.submit(send, posts[rank::people]) for rank in range(people)]
        ready.wait(timeout=PATIENCE)
        started()
        for rank, share in enumerate(shares):
            answers[rank::people] = share.result(timeout=PATIENCE)
    return answers


def _answered(link: http.client.HTTPConnection, post: Post) -> Answer:
    try:
        return post.sent_over(link)
    except (OSError, http.client.HTTPException):
        link.close()
        return Answer(0)
