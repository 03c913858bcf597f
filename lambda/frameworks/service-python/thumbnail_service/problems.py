"""Errors as RFC 9457 problem details."""

from http import HTTPStatus

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is an error.

    `name` is the last part of the problem's URN, `extra` any members beyond those of RFC 9457, and `headers` what the
    status needs (`Allow` for 405).
    """

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        detail: str,
        extra: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.extra = extra or {}
        self.headers = headers or {}

    def details(self, request_id: str) -> dict[str, object]:
        """The body of the answer to the request `request_id`."""
        return {
            "type": f"urn:thumbnails:problem:{self.name}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "instance": request_id,
            **self.extra,
        }


def not_found(path: str) -> Problem:
    return Problem(
        HTTPStatus.NOT_FOUND,
        "not-found",
        f"There is nothing at {path}; there is /, /health, /info and /thumbnails.",
    )


def method_not_allowed(method: str, path: str, allowed: list[str]) -> Problem:
    allow = ", ".join(sorted(allowed))
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method-not-allowed",
        f"{path} does not take {method}; it takes {allow}.",
        headers={"Allow": allow},
    )


def too_large(limit: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"The body is larger than the {limit} bytes that are allowed."
    )


def internal() -> Problem:
    """Says nothing of the cause: the log has it, under the request id."""
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "The request failed; the log has the cause.")
