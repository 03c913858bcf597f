"""Pictures: what a request asks for, and how libvips makes it."""

import hashlib
import logging
import os
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

# One thread a picture and no cache of pictures, as in the Node.js service; read when the library is loaded.
os.environ.setdefault("VIPS_CONCURRENCY", "1")

import pyvips  # noqa: E402

from . import repair
from .memory import memory_mib
from .problems import Problem, too_large

MIN_WIDTH = 16
MAX_WIDTH = 2048
DEFAULT_WIDTH = 320
DEFAULT_FORMAT = "webp"
# Encoder settings of each output format: those of the Node.js service, which makes the same picture by the same library.
FORMATS: dict[str, dict[str, object]] = {
    "webp": {"Q": 80},
    "jpeg": {"Q": 80, "optimize_coding": True},
    "png": {"compression": 6},
    "avif": {"Q": 50, "effort": 1, "compression": "av1"},
}
INPUTS = ("jpeg", "png", "webp", "avif", "gif")
MAX_BODY_BYTES = int(os.environ.get("SERVICE_MAX_BODY_BYTES", 4 * 2**20))
# No thumbnail is higher, in pixels: otherwise a strip of 16 by 60,000 would come back as it is.
MAX_HEIGHT = 4096
# No side of a picture is longer, in pixels; of a PNG, a single line could take gigabytes.
MAX_SIDE = 65_535
# The largest answer, in bytes before base64: a response may have 6 MB of JSON (Lambda quotas; its own message says
# 6,291,556 bytes), of which 16 KiB are kept for headers.
MAX_ANSWER_BYTES = (6_291_556 - 16 * 1024) // 4 * 3
# What the process takes without a picture, in MiB, and what any picture takes whatever its size.
_IDLE_MIB = 128
_EACH_MIB = 32
# The most that a pixel of a picture takes until the thumbnail is made, in bytes: read line by line, or whole (a
# progressive JPEG, an interlaced PNG, an AVIF of more than 8 bits). As measured for service/thumbnail.ts.
_BYTES_A_PIXEL = {"jpeg": (2, 9), "png": (2, 11), "webp": (5, 5), "gif": (6, 6), "avif": (20, 26)}
# What the lines take that are held while a picture is shrunk: bytes a pixel, of so many lines by its height.
_HELD_LINES = (256, 512)
_BYTES_HELD = {"png": 20, "gif": 10}
MAX_PIXELS = int(os.environ.get("SERVICE_MAX_PIXELS", 50_000_000))

# A decoder's complaint of a picture that somebody sent is the answer's, not the log's.
logging.getLogger("pyvips").setLevel(logging.ERROR)
# libvips can open some thirty formats, SVG and PDF among them: all but these five loaders are switched off.
pyvips.operation_block_set("VipsForeignLoad", True)
for _loader in ("Jpeg", "Png", "Webp", "Heif", "Nsgif"):
    pyvips.operation_block_set(f"VipsForeignLoad{_loader}Buffer", False)
# No picture is seen twice, so that a cache would only take memory.
pyvips.cache_set_max(0)


@dataclass(frozen=True)
class Order:
    """What a request asks for."""

    width: int = DEFAULT_WIDTH
    format: str = DEFAULT_FORMAT


@dataclass(frozen=True)
class Thumbnail:
    body: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    @property
    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Cache-Control": "private, max-age=31536000, immutable"}

    def is_known_to(self, if_none_match: str | None) -> bool:
        """Whether the caller of a request with that `If-None-Match` has this thumbnail already."""
        known = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
        return not known.isdisjoint({self.etag, "*"})


def limits() -> dict[str, object]:
    """The `limits` of `/info`."""
    return {
        "maxBodyBytes": MAX_BODY_BYTES,
        "maxPixels": MAX_PIXELS,
        "minWidth": MIN_WIDTH,
        "maxWidth": MAX_WIDTH,
        "maxHeight": MAX_HEIGHT,
        "maxSide": MAX_SIDE,
        "inputs": list(INPUTS),
        "formats": list(FORMATS),
    }


def order(parameters: list[tuple[str, str]]) -> Order:
    """What the query parameters ask for, each pair in the order of the query.

    Raises Problem 400 for a wrong, unknown or repeated one.
    """
    values: dict[str, str] = {}
    for name, value in parameters:
        if name not in ("width", "format"):
            detail = f"There is no parameter {name!r}; there is width and format."
            raise _bad_parameter(name, detail, ["width", "format"])
        if name in values:
            raise _bad_parameter(name, f"{name} was given more than once; give it once.", _allowed(name))
        values[name] = value
    width = values.get("width", str(DEFAULT_WIDTH))
    if not (width.isascii() and width.isdigit() and len(width) < 6 and MIN_WIDTH <= int(width) <= MAX_WIDTH):
        raise _bad_parameter(
            "width",
            f"width is {width!r}; a whole number from {MIN_WIDTH} to {MAX_WIDTH} is allowed.",
            _allowed("width"),
        )
    output = values.get("format", DEFAULT_FORMAT)
    if output not in FORMATS:
        raise _bad_parameter("format", f"format is {output!r}; {', '.join(FORMATS)} are allowed.", _allowed("format"))
    return Order(int(width), output)


def make(body: bytes, wanted: Order) -> Thumbnail:
    """The thumbnail of the picture in `body`.

    Raises Problem: 400 for no body, or a thumbnail too large for Lambda to return, 413 for one over `MAX_BODY_BYTES`,
    415 for bytes of no supported format, 422 for a broken picture or one of more than `MAX_PIXELS`.
    """
    if len(body) > MAX_BODY_BYTES:
        raise too_large(MAX_BODY_BYTES)
    if not body:
        raise Problem(HTTPStatus.BAD_REQUEST, "empty-body", "The body is empty; send a picture's bytes.")
    kind = _kind(body)
    if kind is None:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-image",
            f"The body is no picture of a supported format; {', '.join(INPUTS)} are.",
        )
    try:
        thumbnail = _make(body, kind, wanted)
    except pyvips.Error as error:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "broken-image",
            f"The body begins as {kind.upper()}, but can't be decoded: a part is missing or damaged. Send all its bytes; "
            "where these are all, save the picture anew.",
        ) from error
    if len(thumbnail) > MAX_ANSWER_BYTES:
        # Lambda itself would turn it into a bare 502.
        raise _bad_parameter(
            "width",
            f"The thumbnail has {len(thumbnail)} bytes; Lambda returns at most {MAX_ANSWER_BYTES}. "
            "Ask for a smaller width, or for webp, jpeg or avif instead of png.",
            {"maxAnswerBytes": MAX_ANSWER_BYTES},
        )
    return Thumbnail(thumbnail, f"image/{wanted.format}")


def _kind(body: bytes) -> str | None:
    """The format that the bytes begin like, of those that are supported."""
    if body.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    if body[4:8] == b"ftyp" and b"avif" in _brands(body):
        return "avif"
    return None


def _brands(body: bytes) -> set[bytes]:
    """The brands in the file type box of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(body[:4]), 512)
    return {body[8:12], *(body[at : at + 4] for at in range(16, end, 4))}


def _make(body: bytes, kind: str, wanted: Order) -> bytes:
    """The thumbnail's bytes. Raises pyvips.Error for a broken picture, Problem as `make` does."""
    picture = _picture(body, kind)
    try:
        # Of a GIF, all frames that can be read are counted, but the first alone has to be whole.
        header = _header(body if kind == "gif" else picture)
    except pyvips.Error:
        if picture is body:
            raise
        header = _header(picture)
    _check_size(header, kind, len(body))
    while True:
        try:
            return _encode(_shrink(picture, header, kind, wanted.width), wanted.format)
        except pyvips.Error:
            mended = repair.mend_jpeg(picture) if kind == "jpeg" else None
            if mended is None:
                raise
            picture = mended


def _picture(body: bytes, kind: str) -> bytes | bytearray:
    """What of the body is decoded."""
    if kind == "gif":
        return repair.first_frame(body) or body
    if kind == "png":
        return repair.without_texts(body)
    if kind != "avif":
        return body
    still = repair.still(body)
    if still is None:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "unsupported-image",
            f"The body is an AVIF of moving pictures without a still one; {', '.join(INPUTS)} are supported.",
        )
    return still


def _header(body: bytes) -> pyvips.Image:
    """The picture with its header read and no pixel decoded."""
    # Any warning of a decoder is an error: a JPEG that ends early would otherwise come back with a grey bottom.
    return pyvips.Image.new_from_buffer(body, "", access="sequential", fail_on="warning")


def _fact(header: pyvips.Image, name: str, fallback: int) -> int:
    return header.get(name) if header.get_typeof(name) != 0 else fallback


def _check_size(header: pyvips.Image, kind: str, copied: int) -> None:
    """Raises Problem 422 where the picture has more pixels than allowed, all frames counted, or than memory is for.

    `copied` is what a copy without its faults takes, in bytes.
    """
    frames = _fact(header, "n-pages", 1)
    pixels = header.width * header.height * frames
    # Loaders tell of a picture that must be decoded whole by this; of the depth of an AVIF by the other.
    is_whole = _fact(header, "interlaced", 0) == 1 or (kind == "avif" and _fact(header, "bits-per-sample", 8) > 8)
    if max(header.width, header.height) > MAX_SIDE:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "too-many-pixels",
            f"The picture has {header.width} x {header.height} pixels; at most {MAX_SIDE} a side are allowed.",
            {"allowed": {"maxSide": MAX_SIDE}},
        )
    free = max((memory_mib() - _IDLE_MIB - _EACH_MIB) * 2**20 - copied, _EACH_MIB * 2**20)
    held = header.width * min(max(header.height, _HELD_LINES[0]), _HELD_LINES[1]) * _BYTES_HELD.get(kind, 0)
    needed = pixels * _BYTES_A_PIXEL[kind][is_whole] + held
    allowed = min(MAX_PIXELS, pixels * free // max(needed, free))
    if pixels > allowed:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "too-many-pixels",
            f"The picture has {header.width} x {header.height} pixels in {frames} frames, {pixels} in all; "
            f"{allowed} are allowed for {kind.upper()} here.",
            {"allowed": {"maxPixels": allowed}},
        )


def _shrink(body: bytes | bytearray, header: pyvips.Image, kind: str, width: int) -> pyvips.Image:
    """The first frame upright, in sRGB, no wider than `width` and no higher than `MAX_HEIGHT`."""
    # Its own `fail_on` does not reach the decoder.
    # The intent, and the inks of a picture in CMYK that has no profile, are those of the Node.js service.
    inks = {"import_profile": "cmyk"} if header.interpretation == "cmyk" else {}
    small = pyvips.Image.thumbnail_buffer(
        body,
        width,
        height=MAX_HEIGHT,
        size="down",
        output_profile="srgb",
        intent="perceptual",
        option_string="[fail_on=warning]",
        **inks,
    )
    if small.interpretation != "srgb" or small.format != "uchar":
        small = small.colourspace("srgb").cast("uchar")
    if kind == "avif" and repair.is_limited_grey(body):
        alpha = small[small.bands - 1] if small.hasalpha() else None
        colour = small[: small.bands - 1] if alpha is not None else small
        colour = colour.linear(255 / 219, -16 * 255 / 219, uchar=True)
        small = colour if alpha is None else colour.bandjoin(alpha)
    return small


def _encode(picture: pyvips.Image, output: str) -> bytes:
    if output == "jpeg" and picture.hasalpha():
        picture = picture.flatten(background=255)
    return picture.write_to_buffer(f".{output}", keep="none", **FORMATS[output])


def _allowed(name: str) -> object:
    return list(FORMATS) if name == "format" else {"minimum": MIN_WIDTH, "maximum": MAX_WIDTH}


def _bad_parameter(name: str, detail: str, allowed: object) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad-parameter", detail, {"parameter": name, "allowed": allowed})
