"""Serving files: ranges, downloads, the preview page."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import StandIn

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def links(stand: StandIn) -> dict[str, str]:
    found: dict[str, str] = stand.project(stand.make_finished(file=CONTENT))
    return found


def test_direct_url_serves_ranges_without_a_key(stand: StandIn, links: dict[str, str]) -> None:
    nobody = stand.client_for(None)
    whole = nobody.get(links["directUrl"])
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    part = nobody.get(links["directUrl"], headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, CONTENT[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(CONTENT)}"
    tail = nobody.get(links["directUrl"], headers={"Range": "bytes=-16"})
    assert (tail.status_code, tail.content) == (206, CONTENT[-16:])
    outside = nobody.get(links["directUrl"], headers={"Range": "bytes=999999-"})
    assert outside.status_code == 416


def test_head_tells_the_length(stand: StandIn, links: dict[str, str]) -> None:
    answer = stand.client_for(None).head(links["directUrl"])
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(CONTENT))


def test_download_url_is_an_attachment_with_the_title(stand: StandIn, links: dict[str, str]) -> None:
    answer = stand.client_for(None).get(links["downloadUrl"])
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-disposition"] == 'attachment; filename="Finished talk.mp4"'


@pytest.mark.parametrize("path", ["", "x/y", "../../etc/passwd", "0" * 40 + "/0-download.mp4"])
def test_unknown_download_path_gets_404(stand: StandIn, path: str) -> None:
    answer = stand.get("/api/file/download", params={"path": path, "newFileName": "a.mp4"})
    assert (answer.status_code, answer.json()["error"]) == (404, "NOT_FOUND")


def test_preview_page_shows_the_video(stand: StandIn, links: dict[str, str]) -> None:
    page = stand.client_for(None).get(links["previewUrl"])
    assert page.status_code == 200
    assert f'src="{links["directUrl"]}"' in page.text and "Finished talk" in page.text
    assert stand.get("/view/nothing").status_code == 404


def test_title_in_the_preview_is_escaped(stand: StandIn) -> None:
    number = stand.make_finished()
    with stand.here.store.transaction() as db:
        stand.here.store.update(db, number, title="<script>alert(1)</script>")
    assert "<script>" not in stand.get(f"/view/{number}").text


def test_file_of_an_earlier_export_stays(stand: StandIn) -> None:
    number = stand.make_finished(file=b"first")
    earlier = stand.project(number)["directUrl"]
    path = stand.here.folder(number) / "second.mp4"
    path.write_bytes(b"second")
    with stand.here.store.transaction() as db:
        stand.here.store.add_file(db, "b" * 40, number, str(path.relative_to(stand.here.data)))
        stand.here.store.update(db, number, file_token="b" * 40)
    later = stand.project(number)["directUrl"]
    nobody = stand.client_for(None)
    assert (nobody.get(earlier).content, nobody.get(later).content) == (b"first", b"second")
