"""Photos by their bytes, styles, tunes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import av
import cv2
import numpy as np
import pytest

from providers import errors
from tests.sandbox.picovico.conftest import BASE, GREEN, RED, Desk, photo, upload


@pytest.mark.parametrize(("suffix", "kind"), [(".jpg", "image/jpeg"), (".png", "image/png")])
def test_photo_is_kept_as_it_came(desk: Desk, suffix: str, kind: str) -> None:
    content = photo(RED, (900, 600), suffix)
    # What the file calls itself does not count.
    made = desk.ann.upload_photo(upload(content, "application/octet-stream"))
    assert made.url is not None and made.thumbnail_url is not None
    served = desk.nobody.get(made.url)
    assert (served.status_code, served.content, served.headers["content-type"]) == (200, content, kind)
    small = cv2.imdecode(np.frombuffer(desk.nobody.get(made.thumbnail_url).content, np.uint8), cv2.IMREAD_COLOR)
    assert small.shape == (160, 240, 3) and abs(int(small[80, 120, 2]) - RED[0]) < 12
    [listed] = desk.ann.photos()
    assert (listed.id, listed.url, listed.album) == (made.id, made.url, "Picovico Library")
    [entry] = desk.applied()
    assert entry["file"] == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert entry["photoId"] == made.id


def huge() -> bytes:
    """A PNG that claims 60,000 by 60,000 pixels in a few bytes."""
    return photo(RED, suffix=".png")[:16] + (60_000).to_bytes(4) * 2 + photo(RED, suffix=".png")[24:]


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"GIF89a" + bytes(200),
        lambda: b"<html>" + b"a" * 200,
        lambda: b"\xff\xd8\xff" + bytes(200),
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(200),
        lambda: photo(RED, suffix=".png")[:60] + bytes(100),
        lambda: photo(RED)[:200],
        huge,
    ],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(desk: Desk, make: Callable[[], bytes]) -> None:
    with pytest.raises(errors.UnsupportedMedia) as caught:
        desk.ann.upload_photo(upload(make()))
    assert "JPEG or PNG" in caught.value.advice
    assert desk.ann.photos() == [] and desk.applied() == []
    assert not [path for path in desk.here.data.rglob("*") if path.is_file()]


def test_too_large_a_photo_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.picovico.library.LARGEST", 1000)
    with pytest.raises(errors.TooLarge):
        desk.ann.upload_photo(upload(photo(RED) + bytes(2000)))
    assert desk.ann.photos() == []


def test_only_own_addresses_are_imported(desk: Desk) -> None:
    mine = desk.ann.upload_photo(upload(photo(GREEN)))
    assert mine.url is not None
    copied = desk.ann.external_photo(mine.url, service="flickr")
    assert copied.id != mine.id and copied.url is not None
    assert desk.nobody.get(copied.url).content == desk.nobody.get(mine.url).content
    hills = desk.ann.external_photo(f"{BASE}/v2.1/samples/hills.png")
    assert hills.url is not None and desk.nobody.get(hills.url).content.startswith(b"\x89PNG")
    assert {each.album for each in desk.ann.photos()} == {
        "Picovico Library",
        "Imported from flickr",
        "Imported from url",
    }
    for elsewhere in ("https://example.com/a.jpg", f"{BASE}/v2.1/p/none.jpg", "file:///etc/passwd", ""):
        with pytest.raises(errors.Invalid, match="nothing from elsewhere"):
            desk.ann.external_photo(elsewhere)


def test_deleted_photo_is_gone(desk: Desk) -> None:
    mine = desk.ann.upload_photo(upload(photo(GREEN)))
    assert mine.url is not None
    answer = desk.http.delete(f"/v2.1/me/photos/{mine.id}")
    assert answer.json() == {"status": 200, "message": "Photo deleted successfully"}
    assert desk.nobody.get(mine.url).status_code == 404 and desk.ann.photos() == []
    with pytest.raises(errors.NotFound):
        desk.ann.delete_photo(mine.id)


@pytest.mark.parametrize("own", [False, True])
def test_styles_with_their_limits_and_a_picture(desk: Desk, own: bool) -> None:
    styles = desk.ann.styles(own=own)
    names = ["vanilla", "vanilla_frameless", "focus", "party_default"]
    assert [style.machine_name for style in styles] == names
    assert {(style.title_length, style.text_length) for style in styles} == {(50, 100)}
    assert all(style.credits == {360: 40, 480: 50, 720: 70} for style in styles)
    pictures = [desk.nobody.get(style.thumbnail or "").content for style in styles]
    assert len(set(pictures)) == 4 and all(picture.startswith(b"\xff\xd8\xff") for picture in pictures)
    assert desk.nobody.get("/v2.1/styles/none.jpg").status_code == 404


def test_tunes_are_real_music(desk: Desk) -> None:
    tunes = desk.ann.musics()
    assert len(tunes) == 4 and len({tune.title for tune in tunes}) == 4 and desk.ann.musics(own=True) == []
    tune = next(each for each in tunes if each.id == "boats")
    served = desk.nobody.get(tune.preview_url or "")
    assert served.status_code == 200
    path = desk.here.data / "musics" / "boats.mp3"
    assert path.read_bytes() == served.content
    with av.open(str(path)) as container:
        heard = [frame.to_ndarray() for frame in container.decode(audio=0)]
        assert container.duration is not None and tune.duration is not None
        assert container.duration / av.time_base == pytest.approx(tune.duration, abs=1)
    loud = np.abs(np.concatenate(heard, axis=1))
    assert float(loud.max()) > 0.2 and float(loud.mean()) > 0.01
    assert desk.nobody.get("/v2.1/musics/none.mp3").status_code == 404
