"""The compose file, the image and the documentation, held against one another."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from cpts_portal import demo

PROJECT = Path(__file__).resolve().parent.parent
DOCS = (PROJECT / "docs" / "deployment.md").read_text()
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
REQUIRED = re.compile(r"\$\{(\w+):\?")


def _image_command() -> list[str]:
    lines = (PROJECT / "Dockerfile").read_text().replace("\\\n", "").splitlines()
    return json.loads(next(line for line in lines if line.startswith("CMD")).removeprefix("CMD "))


def test_only_the_proxy_is_reachable_from_outside() -> None:
    published = [name for name, service in SERVICES.items() if "ports" in service]

    assert published == ["proxy"]
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["data"]


def test_every_service_restarts_and_says_how_it_is() -> None:
    silent = [name for name, service in SERVICES.items() if "test" not in service["healthcheck"]]

    assert silent == ["migrate"]
    assert {service["restart"] for service in SERVICES.values()} == {
        "unless-stopped",
        "on-failure:3",
    }


def test_no_secret_is_written_in_the_compose_file() -> None:
    named = re.compile("SECRET|PASSWORD|KEY|_URL|_AUTH")
    for service in SERVICES.values():
        for name, value in service["environment"].items():
            if named.search(name) and name != "PUBLIC_URL":
                assert value is None or REQUIRED.search(value), name


def test_the_example_names_every_variable_that_compose_requires() -> None:
    required = set(REQUIRED.findall((PROJECT / "docker-compose.yml").read_text()))
    example = (PROJECT / "deploy" / "env.example").read_text()

    assert required - set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set()


def test_every_variable_that_the_settings_read_is_documented() -> None:
    settings = (PROJECT / "cpts_portal" / "settings.py").read_text()
    read = set(re.findall(r"(?:env\.\w+|required)\(\s*[\"'](\w+)[\"']", settings))
    read -= {"DEMO_OUTBOX_DIR"}  # of the demo alone

    assert len(read) > 20
    assert {name for name in read if f"`{name}`" not in DOCS} == set()


def test_every_variable_that_compose_sets_is_read() -> None:
    settings = (PROJECT / "cpts_portal" / "settings.py").read_text()

    unread = [name for name in SERVICES["web"]["environment"] if f'"{name}"' not in settings]

    assert unread == []


def test_image_and_demo_run_the_same_web_server() -> None:
    same = {"--interface", "--http", "--workers", "--blocking-threads"}
    image, here = _image_command(), demo.commands(Path(), 8000)["web"]

    assert {flag: image[image.index(flag) + 1] for flag in same} == {
        flag: here[here.index(flag) + 1] for flag in same
    }
    assert image[-1] == here[-1]


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_compose_and_demo_run_the_same_celery(tmp_path: Path, name: str) -> None:
    here = demo.commands(tmp_path, 8000)[name]

    schedule = str(tmp_path / "beat-schedule")
    here = ["/tmp/beat-schedule" if part == schedule else part for part in here]  # noqa: S108
    assert sorted(SERVICES[name]["command"]) == sorted(["celery", *here[here.index("-q") :]])


class Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.headers["Host"] == "portail.example"
        is_health = self.path == "/healthz"
        body = json.dumps({"checks": {"beat": {"ok": True}, "messages": {"ok": False}}}).encode()
        self.send_response(400 if not known else 200 if is_health else 503)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Tests have nothing to say to the terminal."""


@pytest.fixture
def portal() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Portal) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("arguments", "hosts", "status"),
    [
        (["/healthz"], "portail.example,autre.example", 0),
        (["/healthz"], "autre.example", 1),
        (["/readyz"], "portail.example", 1),
        (["/readyz", "beat"], "portail.example", 0),
        (["/readyz", "messages"], "portail.example", 1),
    ],
)
def test_probe_asks_as_a_visitor_would(
    portal: str, arguments: list[str], hosts: str, status: int
) -> None:
    assert _probe([portal + arguments[0], *arguments[1:]], hosts) == status


def test_probe_of_a_portal_that_is_away_fails() -> None:
    assert _probe(["http://127.0.0.1:1/healthz"], "portail.example") == 1


def _probe(arguments: list[str], hosts: str) -> int:
    return subprocess.run(
        [sys.executable, "deploy/probe.py", *arguments],
        cwd=PROJECT,
        env=os.environ | {"ALLOWED_HOSTS": hosts},
        check=False,
    ).returncode
