from collections.abc import Mapping

from app import create_app
from fastapi.testclient import TestClient
from service_requests import Answer, Send, ServiceRequests


class TestFastApi(ServiceRequests):
    def start(self) -> Send:
        app = create_app()

        def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = TestClient(app).request(method, path, headers=dict(headers), content=body)
            return Answer(answer.status_code, answer.headers, answer.content)

        return send
