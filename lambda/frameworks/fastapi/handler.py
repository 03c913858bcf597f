"""FastAPI as a Lambda function behind a function URL, by Mangum."""

from fastapi import FastAPI
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from snapshot_restore_py import register_after_restore

from app import create_app, this_process
from thumbnail_service import problems


def handler_of(app: FastAPI) -> Mangum:
    """The Lambda handler of an ASGI application."""
    # Without a lifespan to run there is no need for a task beside each request.
    return Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, problems.MEDIA_TYPE])


_process = this_process()
handler = handler_of(create_app(_process))
register_after_restore(_process.restart)
