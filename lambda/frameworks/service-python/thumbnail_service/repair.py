"""What the decoders of libvips have to be helped with: the same as in service/jpeg.ts, png.ts, gif.ts and avif.ts.

Each takes the bytes of a picture and returns other ones, or None where there are none.
"""

import re
from collections.abc import Iterator

# Marker codes of JPEG (ITU-T T.81, table B.1): the byte after 0xFF.
_EOI, _SOS, _APP0, _APP14 = 0xD9, 0xDA, 0xE0, 0xEE
_PROGRESSIVE_FRAMES = (0xC2, 0xC6, 0xCA, 0xCE)
# SOF0 to SOF15, between which are DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# The next marker of a segment, and the one that ends a scan's data: of the latter, restart markers are a part.
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# A camera's picture has some twenty; a JPEG of more than that is not mended, which would take time for each.
_MOST_SEGMENTS = 1000


def mend_jpeg(body: bytes | bytearray) -> bytearray | None:
    """A JPEG without the faults that many files have and that touch no pixel.

    A scan header that does not end with 0, 63, 0 in a picture that is not progressive, bytes between two segments that
    belong to neither, two or more zeros behind the data of a scan, a version of JFIF or a colour transform of Adobe
    that is not defined. None where it has none of them, does not go on to its end (EOI), or has more than 1,000
    segments. The data of one colour may end with zeros that belong to it: zeros are mended where there is no other
    fault.
    """
    changes = _changes_of(body)
    if not changes:
        return None
    mended = bytearray(body)
    for at, new in changes:
        mended[at : at + len(new)] = new
    return mended


def _changes_of(body: bytes | bytearray) -> list[tuple[int, bytes]]:
    """What mends a JPEG, each with its place: nothing where it can't be mended."""
    changes: list[tuple[int, bytes]] = []
    zeros: list[tuple[int, bytes]] = []

    def put(at: int, new: bytes) -> None:
        if not body.startswith(new, at):
            changes.append((at, new))

    progressive = False
    components = 0
    transforms: list[int] = []  # the places of Adobe's colour transforms
    start = 2
    for _ in range(_MOST_SEGMENTS + 1):
        marker = _MARKER.search(body, start)
        if marker is None:
            return []
        at = marker.start()
        # What belongs to no segment becomes bytes that fill up, which are allowed before a marker.
        if body[start:at].strip(b"\xff"):
            changes.append((start, b"\xff" * (at - start)))
        code = body[at + 1]
        if code == _EOI:
            for place in transforms:
                put(place, bytes([_defined_transform(components, body[place])]))
            return changes or zeros
        end = at + 2 + int.from_bytes(body[at + 2 : at + 4])
        if end < at + 4 or end > len(body):
            return []
        progressive |= code in _PROGRESSIVE_FRAMES
        if code in _FRAMES and end > at + 9:
            components = body[at + 9]
        if code == _APP0 and end > at + 9 and body.startswith(b"JFIF\0", at + 4):
            put(at + 9, b"\x01")
        if code == _APP14 and end > at + 15 and body.startswith(b"Adobe", at + 4):
            transforms.append(at + 15)
        start = end
        if code == _SOS:
            if end < at + 7:
                return []
            if not progressive:
                put(end - 3, b"\x00\x3f\x00")
            following = _END_OF_SCAN.search(body, end)
            if following is None:
                return []
            start = following.start()
            data = body[end:start].rstrip(b"\0")
            # The zero that follows 0xFF is a part of the data, and the last byte of data may be a single zero.
            data_end = end + len(data) + data.endswith(b"\xff")
            if start - data_end > 1:
                zeros.append((data_end, b"\xff" * (start - data_end)))
    return []


def _defined_transform(components: int, value: int) -> int:
    """Adobe's colour transform (1 is YCbCr, 2 YCCK, 0 neither); for a value that is not defined, what is assumed."""
    if components == 3:
        return min(value, 1)
    if components == 4:
        return value and 2
    return value


# One pixel that is transparent: an image of colour 0, and before it that this is the colour of no colour.
_TRANSPARENT_PIXEL = bytes.fromhex("21f90401000000002c00000000010001000002024401003b")


def first_frame(body: bytes) -> bytes | None:
    """The first frame of a GIF as a GIF of its own, so that no fault of a later one is one of the thumbnail.

    Where that frame leaves a part of the canvas free, a second one of a transparent pixel follows, by which the decoder
    knows that there is transparency: otherwise it shows the free part as black. None where there is no whole frame.
    """
    if len(body) < 13:
        return None
    at = 13 + _colour_table(body[10])
    transparent = False
    try:
        while True:
            if body[at] == 0x21:
                if body[at + 1] == 0xF9:
                    transparent = body[at + 3] & 1 == 1
                at = _behind_blocks(body, at + 2)
            elif body[at] == 0x2C:
                left, top, across, down = (int.from_bytes(body[at + i : at + i + 2], "little") for i in (1, 3, 5, 7))
                canvas = (int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little"))
                filled = left == top == 0 and across >= canvas[0] and down >= canvas[1]
                end = _behind_blocks(body, at + 10 + _colour_table(body[at + 9]) + 1)
                return body[:end] + (b"\x3b" if filled or transparent else _TRANSPARENT_PIXEL)
            else:
                return None
    except IndexError:
        return None


def _colour_table(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(body: bytes, at: int) -> int:
    """Raises IndexError where the sub-blocks do not end."""
    while body[at] != 0:
        at += 1 + body[at]
    return at + 1


def without_texts(body: bytes) -> bytes:
    """A PNG whose decoder skips its texts, which it would unpack to up to 8 MB each, though no thumbnail has one.

    Their type becomes one that no decoder knows; in a chunk that is skipped, nothing depends on the checksum.
    """
    texts = []
    at = 8
    while at + 12 <= len(body):
        if body[at + 4 : at + 8] in (b"zTXt", b"iTXt"):
            texts.append(at + 4)
        at += 12 + int.from_bytes(body[at : at + 4])
    if not texts:
        return body
    skipped = bytearray(body)
    for text in texts:
        skipped[text : text + 4] = b"skIp"
    return bytes(skipped)


def still(body: bytes) -> bytes | None:
    """An AVIF as one still picture, which the decoder takes by its first brand; None where it is a sequence only."""
    if body[8:12] == b"avif":
        return body
    if body[8:12] == b"avis" and _find(body, b"meta") is None:
        return None
    return body[:8] + b"avif" + body[12:]


def is_limited_grey(body: bytes) -> bool:
    """Whether an AVIF has no colour, and its grey goes from 16 to 235 of 255.

    The decoder gives it as it is: https://github.com/strukturag/libheif/issues/580.
    """
    meta = _find(body, b"meta") or b""
    properties = list(_boxes(_find(_find(meta[4:], b"iprp") or b"", b"ipco") or b""))
    configurations = [content for kind, content in properties if kind == b"av1C"]
    is_grey = bool(configurations) and all(len(one) > 2 and one[2] & 0x10 for one in configurations)
    ranges = [content for kind, content in properties if kind == b"colr" and content[:4] == b"nclx"]
    return is_grey and any(len(one) > 10 and not one[10] & 0x80 for one in ranges)


def _boxes(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes that follow each other (ISO/IEC 14496-12, 4.2), each its type and its content."""
    at = 0
    while at + 8 <= len(body):
        size, head = int.from_bytes(body[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(body[at + 8 : at + 16]), 16
        length = size or len(body) - at
        if length < head:
            return
        yield body[at + 4 : at + 8], body[at + head : at + length]
        at += length


def _find(body: bytes, kind: bytes) -> bytes | None:
    return next((content for each, content in _boxes(body) if each == kind), None)
