import time
import tracemalloc

import pytest

from thumbnail_service import repair

_BYTES = 4 * 2**20


def jpeg(segments: int, content: bytes) -> bytes:
    """Segments without content, and one fault, so that there is something to mend."""
    return b"\xff\xd8" + content * segments + b"\0\0\xff\xd9"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(jpeg(_BYTES // 4, b"\xff\xfe\0\2"), id="comments"),
        pytest.param(jpeg(_BYTES // 4, b"\xff\xda\0\2"), id="scan headers"),
        pytest.param(
            jpeg(1, b"\xff\xda\0\x08\1\1\0\0\x3f\0" + b"\xff\0" * (_BYTES // 2)), id="escaped bytes in one scan"
        ),
        pytest.param(jpeg(1, b"\xff\xfe\0\2" + bytes(_BYTES)), id="bytes between two segments"),
        pytest.param(jpeg(1, b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(_BYTES)), id="zeros in one scan"),
    ],
)
def test_a_jpeg_of_4_mb_of_nothing_but_one_thing_takes_no_time_and_a_copy_at_most(body: bytes) -> None:
    began = time.process_time()
    repair.mend_jpeg(body)
    # It was 6 s for the comments.
    assert time.process_time() - began < 2
    tracemalloc.start()
    repair.mend_jpeg(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * len(body) + 2**20


def test_a_jpeg_of_a_thousand_segments_is_mended_and_one_of_more_is_not() -> None:
    assert repair.mend_jpeg(jpeg(1000, b"\xff\xfe\0\2")) == b"\xff\xd8" + b"\xff\xfe\0\2" * 1000 + b"\xff\xff\xff\xd9"
    assert repair.mend_jpeg(jpeg(1001, b"\xff\xfe\0\2")) is None


@pytest.mark.parametrize(
    ("data", "mended"),
    [
        (b"\x12\x34\0\0", b"\x12\x34\xff\xff"),
        (b"\x12\xff\0\0\0", b"\x12\xff\0\xff\xff"),
        (b"\x12\x34\0", None),
        (b"\x12\xff\0", None),
        (b"\x12\xff\0\0", None),
    ],
)
def test_zeros_behind_the_data_of_a_scan_are_mended_and_those_of_the_data_are_left(
    data: bytes, mended: bytes | None
) -> None:
    scan = b"\xff\xd8\xff\xda\0\x08\1\1\0\0\x3f\0"
    wanted = None if mended is None else scan + mended + b"\xff\xd9"
    assert repair.mend_jpeg(scan + data + b"\xff\xd9") == wanted


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG whose checksum is left out: nothing here looks at it."""
    return len(content).to_bytes(4) + kind + content + bytes(4)


_PNG = b"\x89PNG\r\n\x1a\n"


def test_the_compressed_texts_of_a_png_are_skipped_before_its_pixels_and_behind_them() -> None:
    others = chunk(b"IHDR", bytes(13)) + chunk(b"iCCP", b"zTXt") + chunk(b"IDAT", b"iTXt") + chunk(b"tEXt", b"Title")
    body = _PNG + chunk(b"zTXt", b"a") + others + chunk(b"iTXt", b"b")
    assert repair.without_texts(body) == _PNG + chunk(b"skIp", b"a") + others + chunk(b"skIp", b"b")


@pytest.mark.parametrize(
    "body",
    [
        _PNG,
        _PNG + chunk(b"IHDR", b"") + chunk(b"zTXt", b"")[:11],
        _PNG + b"\xff\xff\xff\xffIDAT" + chunk(b"zTXt", b"a"),
    ],
    ids=["nothing but a signature", "a chunk that is cut in its head", "a chunk that is longer than the file"],
)
def test_a_png_without_a_whole_compressed_text_is_not_copied(body: bytes) -> None:
    assert repair.without_texts(body) is body


def test_a_png_of_4_mb_of_nothing_but_empty_texts_takes_no_time() -> None:
    body = _PNG + chunk(b"zTXt", b"") * (_BYTES // 12)
    began = time.process_time()
    assert b"zTXt" not in repair.without_texts(body)
    assert time.process_time() - began < 2
