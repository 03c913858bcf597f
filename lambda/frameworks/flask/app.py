"""The thumbnail service in Flask."""

import logging
from http import HTTPStatus
from importlib.metadata import version

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from thumbnail_service import problems, thumbnails
from thumbnail_service.problems import Problem
from thumbnail_service.process import Process, request_id

logger = logging.getLogger("thumbnails")


def this_process() -> Process:
    """The facts of this process in Flask."""
    return Process(framework=f"Flask {version('flask')}")


def create_app(process: Process | None = None) -> Flask:
    """The application of one process, which counts its requests."""
    process = process or this_process()
    app = Flask(__name__, static_folder=None)
    # Werkzeug refuses a larger body before it is read whole.
    app.config["MAX_CONTENT_LENGTH"] = thumbnails.MAX_BODY_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.json.sort_keys = False

    @app.before_request
    def identify() -> None:
        g.request_id = request_id(request.headers.get("X-Request-Id"))
        if request.path != "/health":
            g.number = process.answer()

    @app.after_request
    def label(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @app.get("/health")
    def health() -> Response:
        return _fresh(jsonify(status="ok"))

    @app.get("/info")
    def info() -> Response:
        return _fresh(jsonify(process.info(g.number)))

    @app.get("/")
    def page() -> Response:
        return _fresh(Response(process.page(g.number), mimetype="text/html"))

    @app.post("/thumbnails")
    def make_thumbnail() -> Response:
        wanted = thumbnails.order(list(request.args.items(multi=True)))
        thumbnail = thumbnails.make(request.get_data(), wanted)
        if thumbnail.is_known_to(request.headers.get("If-None-Match")):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=thumbnail.headers)
        return Response(thumbnail.body, mimetype=thumbnail.media_type, headers=thumbnail.headers)

    @app.errorhandler(Problem)
    def answer_problem(problem: Problem) -> Response:
        response = jsonify(problem.details(g.request_id))
        response.status_code = problem.status
        response.mimetype = problems.MEDIA_TYPE
        response.headers.extend(problem.headers)
        return response

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> Response:
        return answer_problem(_problem(error))

    @app.errorhandler(Exception)
    def answer_failure(error: Exception) -> Response:
        logger.exception("request failed", exc_info=error, extra={"requestId": g.request_id})
        return answer_problem(problems.internal())

    return app


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(error: HTTPException) -> Problem:
    """What Flask itself refuses, said as the contract says it."""
    match error:
        case MethodNotAllowed():
            return problems.method_not_allowed(request.method, request.path, list(error.valid_methods or ()))
        case _ if error.code == HTTPStatus.NOT_FOUND:
            return problems.not_found(request.path)
        case _ if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return problems.too_large(thumbnails.MAX_BODY_BYTES)
        case _:
            status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
            return Problem(status, status.phrase.lower().replace(" ", "-"), error.description or status.phrase)
