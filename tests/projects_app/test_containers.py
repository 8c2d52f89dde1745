from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects_app import containers
from tests.projects_app.movies import box, ftyp, moov, mp4

PICTURES = box(b"mdat", b"x" * 100)


def reader(data: bytes) -> containers.ReadAt:
    return lambda at, length: data[at : at + length]


def look(data: bytes, available: int | None = None) -> containers.Look:
    here = len(data) if available is None else available
    return containers.look(reader(data[:here]), here, len(data))


@pytest.mark.parametrize("brand", [b"isom", b"mp42", b"avc1", b"M4V ", b"iso6", b"dash"])
def test_mp4_brands_are_mp4(brand: bytes) -> None:
    assert containers.sniff(ftyp(brand)) == "mp4"


def test_quicktime_brand_is_mov() -> None:
    assert containers.sniff(ftyp(b"qt  ")) == "mov"


@pytest.mark.parametrize("kind", [b"moov", b"mdat", b"wide", b"free", b"skip"])
def test_quicktime_from_before_ftyp_is_mov(kind: bytes) -> None:
    assert containers.sniff(box(kind, b"\0" * 16)) == "mov"


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"\x1a\x45\xdf\xa3" + b"\0" * 20, id="matroska"),
        pytest.param(b"G@\0\x10" + b"\xff" * 20, id="transport stream"),
        pytest.param(ftyp(b"M4A ", b"M4A ", b"mp42", b"isom"), id="m4a"),
        pytest.param(ftyp(b"heic", b"mif1", b"heic"), id="heic"),
        pytest.param(ftyp(b"avif", b"mif1", b"isom"), id="avif"),
        pytest.param(b"PK\3\4" + b"\0" * 20, id="zip"),
        pytest.param(b"<!doctype html><html>", id="html"),
        pytest.param(b"\0\0\0\x07free" + b"\0" * 16, id="box smaller than its head"),
        pytest.param(struct.pack(">I4s", 4096, b"ftyp") + b"isom" + b"\0" * 8, id="endless ftyp"),
    ],
)
def test_anything_else_is_neither(head: bytes) -> None:
    assert containers.sniff(head) == ""


def test_too_few_bytes_say_nothing() -> None:
    assert containers.sniff(ftyp()[: containers.SNIFF_BYTES - 1]) is None
    assert containers.sniff(ftyp()[: containers.SNIFF_BYTES]) == "mp4"


def test_3gpp_brand_is_decided_by_its_list_of_brands() -> None:
    good = ftyp(b"3gp4", b"3gp4", b"isom")
    assert containers.sniff(good[:16]) is None
    assert containers.sniff(good) == "mp4"
    assert containers.sniff(ftyp(b"3gp4", b"3gp4", b"3gp5")) == ""


@pytest.mark.parametrize("version", [0, 1])
def test_length_is_read_from_either_version_of_mvhd(version: int) -> None:
    assert look(ftyp() + moov(7201.5, version=version) + PICTURES) == containers.Look(True, 7201.5)


def test_length_at_the_front_is_known_before_the_rest_is_here() -> None:
    data = mp4(100_000, seconds=60)
    assert look(data, 400) == containers.Look(True, 60.0)


def test_moov_at_the_end_is_awaited_at_the_right_byte() -> None:
    data = mp4(100_000, seconds=60, moov_first=False)
    first = look(data, 5_000)
    assert not first.found
    assert 90_000 < first.needs < len(data)
    assert not look(data, first.needs - 1).found
    assert look(data) == containers.Look(True, 60.0)


def test_each_look_that_is_awaited_gets_further() -> None:
    data = mp4(5_000, moov_first=False)
    available, steps = 16, 0
    while not (seen := look(data, available)).found:
        assert seen.needs > available
        available, steps = seen.needs, steps + 1
    assert steps < 10


def test_compressed_quicktime_index_is_taken_without_a_length() -> None:
    assert look(ftyp(b"qt  ") + box(b"moov", box(b"cmov", b"x" * 50)) + PICTURES) == containers.Look(True, None)


def test_64_bit_sizes_are_understood() -> None:
    wide = struct.pack(">I4sQ", 1, b"mdat", 16 + 40) + b"x" * 40
    assert look(ftyp() + wide + moov(5)).duration == 5.0


@pytest.mark.parametrize("seconds", [0.0])
def test_fragmented_file_has_no_known_length(seconds: float) -> None:
    assert look(ftyp() + moov(seconds) + PICTURES) == containers.Look(True, None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(ftyp() + PICTURES, id="no moov"),
        pytest.param(ftyp() + moov(5) + bytes(20), id="no pictures"),
        pytest.param(ftyp() + box(b"moov", box(b"udta")) + PICTURES, id="no mvhd"),
        pytest.param(mp4(2000)[:-10], id="cut short"),
        pytest.param(ftyp() + struct.pack(">I4s", 4, b"free") + b"x" * 50, id="box smaller than its head"),
        pytest.param(ftyp() + box(b"moov", box(b"mvhd", b"\0" * 8)), id="mvhd too short"),
        pytest.param(ftyp() + struct.pack(">I4sQ", 1, b"mdat", 1 << 62), id="box larger than the file"),
        pytest.param(ftyp() + b"\0\0\0", id="half a head"),
        pytest.param(box(b"free") * (containers.MOST_BOXES + 1), id="endless row of boxes"),
    ],
)
def test_file_that_cannot_be_played_is_found_out(data: bytes) -> None:
    with pytest.raises(containers.Unreadable):
        look(data)


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=300))
def test_no_bytes_break_the_reader(tail: bytes, available: int) -> None:
    data = ftyp() + tail
    here = min(available, len(data))
    containers.sniff(data[:here])
    try:
        seen = look(data, here)
    except containers.Unreadable:
        return
    assert seen.found or here < seen.needs <= len(data)
