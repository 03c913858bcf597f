"""Pictures: what a request asks for, and how Pillow makes it."""

import hashlib
import os
import struct
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from io import BytesIO

# The plugins of the formats that are read or written, loaded while Lambda initialises the function; without them Pillow
# would load those of all its forty formats at the first thumbnail.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

from .memory import memory_mib
from .problems import Problem, too_large

MIN_WIDTH = 16
MAX_WIDTH = 2048
DEFAULT_WIDTH = 320
DEFAULT_FORMAT = "webp"
# Encoder settings of each output format; the defaults of the Node service's library, for like pictures of like size.
FORMATS: dict[str, dict[str, object]] = {
    "webp": {"quality": 80},
    "jpeg": {"quality": 80},
    "png": {"compress_level": 6},
    "avif": {"quality": 50, "speed": 6},
}
INPUTS = ("jpeg", "png", "webp", "avif", "gif")
MAX_BODY_BYTES = int(os.environ.get("SERVICE_MAX_BODY_BYTES", 4 * 2**20))
# No thumbnail is higher, in pixels: else a strip of 16 by 3,000,000 would come back as it is.
MAX_HEIGHT = 4096
# The largest answer, in bytes before base64: a response may have 6 MB of JSON (Lambda quotas; its own message says
# 6,291,556 bytes), of which 16 KiB are kept for headers.
MAX_ANSWER_BYTES = (6_291_556 - 16 * 1024) // 4 * 3
# What the process takes without a picture, in MiB, and the most that a pixel of one takes until the thumbnail is made,
# in bytes: measured with Pillow 13 on pictures of 50 million pixels (WebP 18, PNG with alpha 12, AVIF 11, GIF 6).
_IDLE_MIB = 160
_BYTES_A_PIXEL = 18
MAX_PIXELS = min(
    int(os.environ.get("SERVICE_MAX_PIXELS", 50_000_000)),
    max(1, memory_mib() - _IDLE_MIB) * 2**20 // _BYTES_A_PIXEL,
)

# Pillow's own bomb check counts one frame and warns where it should refuse: `_open` has a stricter one.
Image.MAX_IMAGE_PIXELS = None

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error)
_ORIENTATION = 0x0112
# What undoes each EXIF orientation (EXIF 2.3, tag 0x0112); 1 is upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}


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
        with _open(body, kind) as picture:
            small = _resize(picture, wanted.width)
    except _BROKEN as error:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "broken-image",
            f"The picture cannot be read as {kind.upper()}; send a whole one.",
        ) from error
    if wanted.format == "jpeg" and small.mode == "RGBA":
        white = Image.new("RGB", small.size, "white")
        white.paste(small, mask=small.getchannel("A"))
        small = white
    # Whatever Pillow carried over from the original (EXIF, ICC, comments, resolution) is metadata, and stays behind.
    small.info = {}
    thumbnail = BytesIO()
    small.save(thumbnail, wanted.format.upper(), **FORMATS[wanted.format])
    if thumbnail.tell() > MAX_ANSWER_BYTES:
        # Lambda itself would turn it into a bare 502.
        raise _bad_parameter(
            "width",
            f"The thumbnail has {thumbnail.tell()} bytes; Lambda returns at most {MAX_ANSWER_BYTES}. "
            "Ask for a smaller width, or for webp, jpeg or avif instead of png.",
            {"maxAnswerBytes": MAX_ANSWER_BYTES},
        )
    return Thumbnail(thumbnail.getvalue(), f"image/{wanted.format}")


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
    if body[4:8] == b"ftyp" and {b"avif", b"avis"} & _brands(body):
        return "avif"
    return None


def _brands(body: bytes) -> set[bytes]:
    """The brands in the file type box of an ISO base media file (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(body[:4]), 512)
    return {body[8:12], *(body[at : at + 4] for at in range(16, end, 4))}


def _open(body: bytes, kind: str) -> Image.Image:
    """The picture with its header read and no pixel decoded.

    Raises Problem 422 where it has more pixels than allowed, all frames counted.
    """
    picture = Image.open(BytesIO(body), formats=[kind.upper()])
    frames = getattr(picture, "n_frames", 1)
    pixels = picture.width * picture.height * frames
    if pixels > MAX_PIXELS:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "too-many-pixels",
            f"The picture has {picture.width} x {picture.height} pixels in {frames} frames, {pixels} in all; "
            f"{MAX_PIXELS} are allowed.",
        )
    return picture


def _resize(picture: Image.Image, width: int) -> Image.Image:
    """The first frame upright, in sRGB, no wider than `width` and no higher than `MAX_HEIGHT`."""
    orientation = picture.getexif().get(_ORIENTATION, 1)
    across, down = reversed(picture.size) if orientation in _SIDEWAYS else picture.size
    scale = min(1, width / across, MAX_HEIGHT / down)
    size = (max(1, round(across * scale)), max(1, round(down * scale)))
    stored = (size[1], size[0]) if orientation in _SIDEWAYS else size
    # A JPEG can be decoded at an eighth, a quarter or half of its size: a tenth of the time for a photograph.
    picture.draft(None, (stored[0] * 2, stored[1] * 2))
    picture.load()
    small = _srgb(picture).resize(stored, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else small


def _srgb(picture: Image.Image) -> Image.Image:
    """The picture as RGB, or RGBA where it has transparency, its colours moved from its own profile to sRGB."""
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in (mode, "CMYK"):
        try:
            return ImageCms.profileToProfile(
                picture, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode=mode
            )
        except (ImageCms.PyCMSError, OSError):
            pass  # A profile that is broken, or not for this mode, says nothing of the pixels: take them as they are.
    if picture.mode.startswith("I"):
        # 16 bits a sample: convert() would clip to 255 rather than scale.
        picture = picture.convert("I").point(lambda sample: sample / 257).convert("L")
    return picture.convert(mode)


def _allowed(name: str) -> object:
    return list(FORMATS) if name == "format" else {"minimum": MIN_WIDTH, "maximum": MAX_WIDTH}


def _bad_parameter(name: str, detail: str, allowed: object) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, "bad-parameter", detail, {"parameter": name, "allowed": allowed})
