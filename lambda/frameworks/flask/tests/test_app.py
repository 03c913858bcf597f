from collections.abc import Mapping

from app import create_app
from service_requests import Answer, Send, ServiceRequests


class TestFlask(ServiceRequests):
    def start(self) -> Send:
        app = create_app()

        def send(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            answer = app.test_client().open(path, method=method, headers=dict(headers), data=body)
            return Answer(answer.status_code, answer.headers, answer.data)

        return send
