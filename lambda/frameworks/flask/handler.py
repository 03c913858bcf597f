"""Flask as a Lambda function behind a function URL, by apig-wsgi."""

from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from apig_wsgi import make_lambda_handler
from snapshot_restore_py import register_after_restore

from app import create_app, this_process


def handler_of(app: WSGIApplication) -> Callable:
    """The Lambda handler of a WSGI application."""
    return make_lambda_handler(join_repeated_headers(app), binary_support=True)


def join_repeated_headers(app: WSGIApplication) -> WSGIApplication:
    """`app`, with each header sent once, its values joined as RFC 9110 (5.3) has it.

    apig-wsgi keeps only the last of a repeated header (all but Set-Cookie, which payload format 2.0 has a list for).
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> Callable[[bytes], object]:
            joined: dict[str, str] = {}
            for name, value in headers:
                if name.lower() != "set-cookie":
                    joined[name.lower()] = f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
            cookies = [(name, value) for name, value in headers if name.lower() == "set-cookie"]
            return start_response(status, [*joined.items(), *cookies], *exc_info)

        return app(environ, start)

    return application


_process = this_process()
handler = handler_of(create_app(_process))
register_after_restore(_process.restart)
