import asyncio
import json
import os
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from handler import handler_of

app = FastAPI()


@app.post("/echo")
async def echo(request: Request) -> Response:
    response = Response(await request.body(), media_type="application/octet-stream")
    response.headers["X-Query"] = quote(json.dumps(request.query_params.multi_items()))
    response.headers["X-Cookies"] = json.dumps(list(request.cookies.items()))
    response.headers["X-Repeated-Seen"] = request.headers["X-Repeated"]
    response.headers["X-Process"] = str(os.getpid())
    response.set_cookie("left", "1", httponly=True)
    response.set_cookie("right", "2")
    response.headers.append("Link", '</a>; rel="a"')
    response.headers.append("Link", '</b>; rel="b"')
    return response


@app.get("/hang")
async def hang() -> None:
    await asyncio.sleep(3600)


@app.get("/exit")
async def leave() -> None:
    os._exit(1)


handler = handler_of(app)
