"""The common part of the service's contract (docs/contract.md) in Flask."""

import itertools
import json
import os
import platform
import re
import sys
import threading
import time
import uuid
from datetime import datetime, timezone
from importlib.metadata import version

from flask import Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

application = Flask(__name__)  # the name under which Elastic Beanstalk looks for it

VERSION = "1.0.0"
STARTED = datetime.now(timezone.utc)
STARTED_AT = time.monotonic()
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
MEMORY_MIB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20

counter = itertools.count(1)
counting = threading.Lock()


def facts():
    with counting:  # exactly one request is the first, also when eight threads ask at once
        requests = next(counter)
    return {
        "service": "thumbnails",
        "version": VERSION,
        "option": os.environ.get("SERVICE_OPTION", "local"),
        "start": "cold" if requests == 1 else "warm",
        "startedAt": STARTED.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "uptimeSeconds": round(time.monotonic() - STARTED_AT, 3),
        "requests": requests,
        "runtime": f"Python {platform.python_version()}",
        "framework": f"Flask {version('flask')}",
        "architecture": "arm64" if platform.machine() == "aarch64" else platform.machine(),
        "cpus": len(os.sched_getaffinity(0)),
        "memoryMiB": MEMORY_MIB,
    }


@application.before_request
def begin():
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
    g.began = time.monotonic()
    # /health is no request of a person's: it neither is counted nor uses up the cold start.
    g.facts = None if request.path == "/health" else facts()


@application.get("/")
def page():
    return render_template("page.html", facts=g.facts)


@application.get("/health")
def health():
    return jsonify(status="ok")


@application.get("/info")
def info():
    return jsonify(g.facts)


@application.errorhandler(HTTPException)
def problem(error):
    name = {404: "not-found", 405: "method-not-allowed", 500: "internal"}.get(error.code)
    body = {
        "type": f"urn:thumbnails:problem:{name}" if name else "about:blank",
        "title": error.name,
        "status": error.code,
        "detail": f"{request.method} {request.path}: {error.name.lower()}; there are GET /, GET /health and GET /info",
        "instance": g.request_id,
    }
    answer = Response(json.dumps(body), status=error.code, content_type="application/problem+json")
    if error.code == 405:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


@application.after_request
def finish(answer):
    answer.headers["X-Request-Id"] = g.request_id
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if answer.is_json:
        answer.headers["Cache-Control"] = "no-store"
    entry = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": "error" if answer.status_code >= 500 else "info",
        "message": "request",
        "requestId": g.request_id,
        "method": request.method,
        "path": request.path,
        "status": answer.status_code,
        "durationMs": round((time.monotonic() - g.began) * 1000, 1),
    }
    # One write a line, so that two threads' lines cannot mix.
    sys.stdout.write(json.dumps(entry) + "\n")
    sys.stdout.flush()
    return answer
