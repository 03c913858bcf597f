"""The thumbnail service in FastAPI."""

import logging
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from thumbnail_service import problems, thumbnails
from thumbnail_service.problems import Problem
from thumbnail_service.process import Process, request_id

logger = logging.getLogger("thumbnails")
FRESH = {"Cache-Control": "no-store"}
READ = ["GET", "HEAD"]


def this_process() -> Process:
    """The facts of this process in FastAPI."""
    return Process(framework=f"FastAPI {version('fastapi')}")


def create_app(process: Process | None = None) -> FastAPI:
    """The application of one process, which counts its requests."""
    process = process or this_process()
    app = FastAPI(openapi_url=None, redirect_slashes=False)

    @app.middleware("http")
    async def label(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.id = request_id(request.headers.get("X-Request-Id"))
        if request.url.path != "/health":
            request.state.number = process.answer()
        try:
            response = await proceed(request)
        except Exception:
            logger.exception("request failed", extra={"requestId": request.state.id})
            response = _answer(problems.internal(), request)
        if request.method == "HEAD":
            # A web server drops the body of an answer to HEAD; on Lambda there is none.
            bare = Response(status_code=response.status_code)
            bare.raw_headers = response.raw_headers
            response = bare
        response.headers["X-Request-Id"] = request.state.id
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.api_route("/health", methods=READ)
    async def health() -> Response:
        return JSONResponse({"status": "ok"}, headers=FRESH)

    @app.api_route("/info", methods=READ)
    async def info(request: Request) -> Response:
        return JSONResponse(process.info(request.state.number), headers=FRESH)

    @app.api_route("/", methods=READ)
    async def page(request: Request) -> Response:
        return HTMLResponse(process.page(request.state.number), headers=FRESH)

    @app.post("/thumbnails")
    async def make_thumbnail(
        request: Request,
        wanted: Annotated[thumbnails.Order, Depends(_order)],
        body: Annotated[bytes, Depends(_body)],
    ) -> Response:
        # Making a picture takes a whole CPU: off the event loop, or /health would wait for it.
        thumbnail = await run_in_threadpool(thumbnails.make, body, wanted)
        if thumbnail.is_known_to(request.headers.get("If-None-Match")):
            return Response(status_code=304, headers=thumbnail.headers)
        return Response(thumbnail.body, media_type=thumbnail.media_type, headers=thumbnail.headers)

    @app.exception_handler(Problem)
    async def answer_problem(request: Request, problem: Problem) -> Response:
        return _answer(problem, request)

    @app.exception_handler(HTTPException)
    async def answer_http_error(request: Request, error: HTTPException) -> Response:
        path = request.url.path
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "").split(", ")
            return _answer(problems.method_not_allowed(request.method, path, allowed), request)
        return _answer(problems.not_found(path), request)

    return app


def _answer(problem: Problem, request: Request) -> Response:
    return JSONResponse(
        problem.details(request.state.id), problem.status, problem.headers, media_type=problems.MEDIA_TYPE
    )


def _order(request: Request) -> thumbnails.Order:
    return thumbnails.order(request.query_params.multi_items())


async def _body(request: Request) -> bytes:
    """The body, refused before it is read whole where it is larger than allowed."""
    body = bytearray()
    if int(request.headers.get("Content-Length", 0)) > thumbnails.MAX_BODY_BYTES:
        raise problems.too_large(thumbnails.MAX_BODY_BYTES)
    async for chunk in request.stream():
        body += chunk
        if len(body) > thumbnails.MAX_BODY_BYTES:
            raise problems.too_large(thumbnails.MAX_BODY_BYTES)
    return bytes(body)
