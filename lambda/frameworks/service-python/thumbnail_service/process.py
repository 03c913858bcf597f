"""The facts of this process, as `/info` and the page report them."""

import os
import platform
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from itertools import count
from pathlib import Path

from . import thumbnails
from .memory import memory_mib

VERSION = "1.0.0"

_PAGE = next(
    page for folder in Path(__file__).parents[:3] if (page := folder / "page.html").is_file()
).read_text("utf-8")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id(given: str | None) -> str:
    """The caller's request id where it is 1 to 128 of `A-Za-z0-9._-`, else a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


@dataclass
class Process:
    """One a process: it counts the requests."""

    framework: str
    """Name and version of the web framework, e.g. `Flask 3.1.3`."""
    option: str = field(default_factory=lambda: os.environ.get("SERVICE_OPTION", "local"))
    started: float = field(default_factory=time.time)
    # next() of an itertools.count is one step under the interpreter's lock, so that exactly one request gets 1.
    _requests: count = field(default_factory=lambda: count(1))

    def restart(self) -> None:
        """Begins now: a process that comes out of a snapshot (SnapStart) has the time when that was taken."""
        self.started = time.time()

    def answer(self) -> int:
        """Counts one more request; its number, the first being 1. Not for `/health`."""
        return next(self._requests)

    def info(self, request: int) -> dict[str, object]:
        """The body of `/info` for the request of that number."""
        started = datetime.fromtimestamp(self.started, UTC)
        return {
            "service": "thumbnails",
            "version": VERSION,
            "option": self.option,
            "start": "cold" if request == 1 else "warm",
            "startedAt": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "uptimeSeconds": round(max(0.0, time.time() - self.started), 3),
            "requests": request,
            "runtime": f"Python {platform.python_version()}",
            "framework": self.framework,
            "architecture": "arm64" if platform.machine() == "aarch64" else platform.machine(),
            "cpus": len(os.sched_getaffinity(0)),
            "memoryMiB": memory_mib(),
            "limits": thumbnails.limits(),
        }

    def page(self, request: int) -> str:
        """The page for people: the facts of `/info`, and a form to try a picture."""
        facts = self.info(request) | {"thumbnails": ""}
        return re.sub(r"\{\{(\w+)\}\}", lambda match: escape(str(facts[match[1]])), _PAGE)
