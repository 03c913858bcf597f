from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from app import create_app
from flask.testing import FlaskClient
from PIL import Image


@pytest.fixture
def client() -> FlaskClient:
    return create_app().test_client()


def picture() -> bytes:
    body = BytesIO()
    Image.new("RGB", (640, 480), "red").save(body, "PNG")
    return body.getvalue()


def test_health_is_not_counted(client: FlaskClient) -> None:
    assert client.get("/health").json == {"status": "ok"}
    assert client.get("/info").json["start"] == "cold"
    changed = {"start": "warm", "requests": 2, "uptimeSeconds": pytest.approx(0, abs=60)}
    assert client.get("/info").json == client.get("/info").json | changed


def test_exactly_one_of_many_concurrent_first_requests_is_cold() -> None:
    app = create_app()
    with ThreadPoolExecutor(16) as pool:
        starts = list(pool.map(lambda _: app.test_client().get("/info").json["start"], range(64)))
    assert starts.count("cold") == 1


def test_a_thumbnail_is_made_and_not_sent_again(client: FlaskClient) -> None:
    made = client.post("/thumbnails?width=64&format=jpeg", data=picture())
    assert (made.status_code, made.mimetype) == (200, "image/jpeg")
    assert Image.open(BytesIO(made.data)).size == (64, 48)
    known = {"If-None-Match": made.headers["ETag"]}
    again = client.post("/thumbnails?width=64&format=jpeg", data=picture(), headers=known)
    assert (again.status_code, again.data) == (304, b"")


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
def test_an_error_is_problem_details(client: FlaskClient, method: str, path: str, status: int, name: str) -> None:
    answer = client.open(path, method=method, headers={"X-Request-Id": "mine"})
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert answer.json["type"] == f"urn:thumbnails:problem:{name}"
    assert answer.json["instance"] == answer.headers["X-Request-Id"] == "mine"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_failure_tells_nothing_of_its_cause(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("thumbnail_service.process.memory_mib", lambda: 1 / 0)
    answer = client.get("/info")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert b"division" not in answer.data
