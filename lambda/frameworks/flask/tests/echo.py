import json
import os
import time
from urllib.parse import quote

from flask import Flask, Response, request
from handler import handler_of

app = Flask(__name__)


@app.post("/echo")
def echo() -> Response:
    response = Response(request.get_data(), mimetype="application/octet-stream")
    response.headers["X-Query"] = quote(json.dumps(list(request.args.items(multi=True))))
    response.headers["X-Cookies"] = json.dumps(list(request.cookies.items()))
    response.headers["X-Repeated-Seen"] = request.headers["X-Repeated"]
    response.headers["X-Process"] = str(os.getpid())
    response.set_cookie("left", "1", httponly=True)
    response.set_cookie("right", "2")
    response.headers.add("Link", '</a>; rel="a"')
    response.headers.add("Link", '</b>; rel="b"')
    return response


@app.get("/hang")
def hang() -> None:
    time.sleep(3600)


@app.get("/exit")
def leave() -> None:
    os._exit(1)


handler = handler_of(app)
