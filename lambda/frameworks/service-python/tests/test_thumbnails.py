import os
import random
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from thumbnail_service import thumbnails
from thumbnail_service.problems import Problem
from thumbnail_service.process import Process, request_id
from thumbnail_service.thumbnails import Order


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    noise = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1]))
    body = BytesIO()
    Image.merge("RGB", (noise, noise.rotate(180), noise)).convert(mode).save(body, kind, **options)
    return body.getvalue()


def made(body: bytes, **wanted: object) -> Image.Image:
    return Image.open(BytesIO(thumbnails.make(body, Order(**wanted)).body))


def refused(body: bytes) -> tuple[HTTPStatus, str]:
    with pytest.raises(Problem) as raised:
        thumbnails.make(body, Order())
    return raised.value.status, raised.value.name


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("output", list(thumbnails.FORMATS))
def test_every_input_becomes_every_output(kind: str, output: str) -> None:
    small = made(picture(kind), width=64, format=output)
    assert (small.format, small.size) == (output.upper(), (64, 48))


def test_a_narrow_picture_is_not_enlarged() -> None:
    assert made(picture(size=(40, 20)), width=320).size == (40, 20)


def test_a_strip_is_no_higher_than_any_encoder_writes() -> None:
    assert made(picture(size=(16, 20_000)), width=320).size == (3, 4096)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_comes_out_upright_whatever_its_orientation(orientation: int) -> None:
    upright = Image.new("RGB", (400, 200), "white")
    upright.paste("red", (0, 0, 200, 100))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Transpose members that lay a picture as the camera held it
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    body = BytesIO()
    stored.save(body, "JPEG", exif=exif, quality=95)
    small = made(body.getvalue(), width=100, format="png").convert("RGB")
    assert small.size == (100, 50)
    red, white = small.getpixel((20, 10)), small.getpixel((80, 40))
    assert red[0] > 200 and red[1] < 60 and min(white) > 200


def test_metadata_is_left_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    for output in thumbnails.FORMATS:
        body = thumbnails.make(picture("JPEG", exif=exif, comment=b"my name"), Order(format=output)).body
        assert b"where I live" not in body
        assert b"my name" not in body
        assert dict(Image.open(BytesIO(body)).getexif()) == {}


def test_a_png_with_texts_becomes_the_thumbnail_of_one_without() -> None:
    texts = PngInfo()
    texts.add_text("Title", "a" * 100_000, zip=True)
    texts.add_itxt("Title", "b" * 100_000, zip=True)
    with_texts = picture(pnginfo=texts)
    assert b"zTXt" in with_texts and b"iTXt" in with_texts
    assert thumbnails.make(with_texts, Order()).body == thumbnails.make(picture(), Order()).body


def test_transparency_is_kept_where_the_format_has_it_and_laid_on_white_where_not() -> None:
    body = BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(body, "PNG")
    assert made(body.getvalue(), format="webp").convert("RGBA").getpixel((50, 50))[3] == 0
    assert min(made(body.getvalue(), format="jpeg").getpixel((50, 50))) > 250


def test_sixteen_bit_samples_are_scaled_not_clipped() -> None:
    body = BytesIO()
    Image.new("I;16", (64, 64), 32768).save(body, "PNG")
    assert abs(made(body.getvalue(), format="png").convert("L").getpixel((5, 5)) - 127) <= 1


def test_the_first_frame_of_an_animation_is_taken() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    body = BytesIO()
    frames[0].save(body, "GIF", save_all=True, append_images=frames[1:])
    red, green, blue = made(body.getvalue(), format="png").convert("RGB").getpixel((9, 9))
    assert red > 250 and green == blue == 0


def test_no_body_is_refused() -> None:
    assert refused(b"") == (HTTPStatus.BAD_REQUEST, "empty-body")


@pytest.mark.parametrize(
    "body", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"hello", b"BM" + bytes(60)]
)
def test_what_is_no_supported_picture_is_refused(body: bytes) -> None:
    assert refused(body) == (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported-image")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.9])
def test_half_a_picture_is_refused(kind: str, part: float) -> None:
    whole = picture(kind)
    assert refused(whole[: max(16, int(len(whole) * part))]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "broken-image")


def test_a_thumbnail_that_lambda_cannot_return_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MAX_ANSWER_BYTES", 100)
    assert refused(picture()) == (HTTPStatus.BAD_REQUEST, "bad-parameter")


def test_more_pixels_than_allowed_are_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MAX_PIXELS", 640 * 480 - 1)
    whole = picture()
    assert refused(whole[: len(whole) // 2]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-pixels")


@pytest.mark.parametrize("size", [(65_536, 1), (1, 65_536)])
def test_a_picture_with_a_side_that_is_too_long_is_refused(size: tuple[int, int]) -> None:
    body = BytesIO()
    Image.new("RGB", size).save(body, "PNG")
    assert refused(body.getvalue()) == (HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-pixels")


def test_a_picture_whose_lines_take_more_than_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    body = BytesIO()
    Image.new("RGB", (65_535, 20)).save(body, "PNG")
    assert Image.open(BytesIO(thumbnails.make(body.getvalue(), Order()).body)).size == (320, 1)
    monkeypatch.setattr(thumbnails, "memory_mib", lambda: 256)
    assert refused(body.getvalue()) == (HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-pixels")


def test_the_pixels_of_all_frames_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thumbnails, "MAX_PIXELS", 64 * 64 * 2)
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    body = BytesIO()
    frames[0].save(body, "GIF", save_all=True, append_images=frames[1:])
    assert refused(body.getvalue()) == (HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-pixels")


def test_arbitrary_bytes_behind_a_picture_s_beginning_are_refused_never_a_crash() -> None:
    generator = random.Random(7)
    beginnings = [picture(kind)[:40] for kind in ("JPEG", "PNG", "WEBP", "AVIF", "GIF")]
    for index in range(200):
        assert refused(beginnings[index % 5] + generator.randbytes(200))[0] == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        ([("width", "15")], "width"),
        ([("width", "2049")], "width"),
        ([("width", "")], "width"),
        ([("width", "1e2")], "width"),
        ([("width", "٣٢٠")], "width"),
        ([("width", "100"), ("width", "100")], "width"),
        ([("format", "bmp")], "format"),
        ([("format", "png"), ("format", "webp")], "format"),
        ([("height", "100")], "height"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: list[tuple[str, str]], name: str) -> None:
    with pytest.raises(Problem) as raised:
        thumbnails.order(parameters)
    assert (raised.value.status, raised.value.extra["parameter"]) == (HTTPStatus.BAD_REQUEST, name)


def test_a_caller_knows_a_thumbnail_by_any_of_its_etags() -> None:
    thumbnail = thumbnails.Thumbnail(b"thumbnail", "image/webp")
    for known in (thumbnail.etag, f'"other", W/{thumbnail.etag}', "*"):
        assert thumbnail.is_known_to(known)
    for unknown in (None, "", '"other"', thumbnail.etag.strip('"')):
        assert not thumbnail.is_known_to(unknown)


def test_exactly_one_of_many_concurrent_first_requests_is_cold() -> None:
    process = Process(framework="none")
    with ThreadPoolExecutor(32) as pool:
        numbers = list(pool.map(lambda _: process.answer(), range(2000)))
    assert sorted(numbers) == list(range(1, 2001))
    assert [process.info(number)["start"] for number in numbers].count("cold") == 1


def test_the_page_has_every_fact_and_no_placeholder() -> None:
    process = Process(framework="<none>")
    page = process.page(1)
    assert "{{" not in page and "&lt;none&gt;" in page and "cold" in page


def test_memory_is_the_function_s_on_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")
    assert Process(framework="none").info(1)["memoryMiB"] == 1769


def test_only_a_well_formed_request_id_is_taken_over() -> None:
    assert request_id("a.b-C_9") == "a.b-C_9"
    for given in (None, "", "a b", "a\n", "a" * 129, "é"):
        assert request_id(given) != given
