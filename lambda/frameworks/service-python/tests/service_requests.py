"""Tests of the service in a framework of Python, by requests: the framework's own tests say how one is sent."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from json import loads
from typing import Any

import pytest
from PIL import Image


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return loads(self.body)


type Send = Callable[[str, str, Mapping[str, str], bytes], Answer]
"""Sends a request: method, path, headers, body."""


def picture() -> bytes:
    body = BytesIO()
    Image.new("RGB", (640, 480), "red").save(body, "PNG")
    return body.getvalue()


class ServiceRequests(ABC):
    @abstractmethod
    def start(self) -> Send:
        """The service, new and not asked yet."""

    def test_health_is_not_counted(self) -> None:
        send = self.start()
        assert send("GET", "/health", {}, b"").json == {"status": "ok"}
        assert send("GET", "/info", {}, b"").json["start"] == "cold"
        info = send("GET", "/info", {}, b"").json
        assert info == info | {"start": "warm", "requests": 2, "uptimeSeconds": pytest.approx(0, abs=60)}

    def test_exactly_one_of_many_concurrent_first_requests_is_cold(self) -> None:
        send = self.start()
        with ThreadPoolExecutor(16) as pool:
            starts = list(pool.map(lambda _: send("GET", "/info", {}, b"").json["start"], range(64)))
        assert starts.count("cold") == 1

    def test_a_thumbnail_is_made_and_not_sent_again(self) -> None:
        send = self.start()
        made = send("POST", "/thumbnails?width=64&format=jpeg", {}, picture())
        assert (made.status, made.headers["Content-Type"]) == (200, "image/jpeg")
        assert Image.open(BytesIO(made.body)).size == (64, 48)
        known = {"If-None-Match": made.headers["ETag"]}
        again = send("POST", "/thumbnails?width=64&format=jpeg", known, picture())
        assert (again.status, again.body) == (304, b"")

    @pytest.mark.parametrize(
        ("method", "path", "status", "name"),
        [
            ("GET", "/nowhere", 404, "not-found"),
            ("DELETE", "/info", 405, "method-not-allowed"),
            ("OPTIONS", "/thumbnails", 405, "method-not-allowed"),
            ("POST", "/thumbnails", 400, "empty-body"),
            ("POST", "/thumbnails?width=1&width=2", 400, "bad-parameter"),
        ],
    )
    def test_an_error_is_problem_details(self, method: str, path: str, status: int, name: str) -> None:
        answer = self.start()(method, path, {"X-Request-Id": "mine"}, b"")
        assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
        assert answer.json["type"] == f"urn:thumbnails:problem:{name}"
        assert answer.json["instance"] == answer.headers["X-Request-Id"] == "mine"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert ("Allow" in answer.headers) == (status == 405)

    def test_a_failure_is_answered_without_its_cause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        send = self.start()
        monkeypatch.setattr("thumbnail_service.process.memory_mib", lambda: 1 / 0)
        answer = send("GET", "/info", {}, b"")
        assert (answer.status, answer.headers["Content-Type"]) == (500, "application/problem+json")
        assert b"division" not in answer.body
