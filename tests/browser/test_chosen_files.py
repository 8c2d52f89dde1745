"""The files that are chosen for new projects: looked at in the browser, before anything is sent."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.models import ApiKey
from projects_app.models import Project
from providers.submagic.limits import LONGEST_VIDEO
from tests.browser.here import open_page
from tests.projects_app.movies import box, ftyp, moov, mp4

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]

TOO_LONG = LONGEST_VIDEO + 61
GIGABYTE = 10**9


@pytest.fixture
def form(bobs: Page, live_server: Any, api_key: ApiKey, sandbox: Any) -> Locator:
    open_page(bobs, live_server, "/t/harbour/projects/new/")
    found = bobs.locator("#new-project")
    expect(found).to_have_attribute("data-block-seconds", str(LONGEST_VIDEO))
    return found


def choose(form: Locator, folder: Path, **files: bytes) -> None:
    paths = []
    for name, data in files.items():
        path = folder / f"{name}.mp4"
        path.write_bytes(data)
        paths.append(path)
    form.locator("input[type=file]").set_input_files(paths)


def problem(form: Locator, name: str) -> Locator:
    return form.locator("[data-chosen] li").filter(has_text=f"{name}.mp4").locator("[data-part=problem]")


def test_a_video_that_is_too_long_is_told_at_once(form: Locator, tmp_path: Path) -> None:
    # Its index lies behind five gigabytes, where nobody reads on the way.
    path = tmp_path / "lecture.mp4"
    with path.open("wb") as file:
        file.write(ftyp() + struct.pack(">I4sQ", 1, b"mdat", 5 * GIGABYTE))
        file.seek(5 * GIGABYTE - 16, 1)
        file.write(moov(TOO_LONG, version=1))
    form.locator("input[type=file]").set_input_files(path)
    error = form.locator("#file-error")
    expect(error).to_contain_text("This video is 121 minutes long. Submagic takes up to 120 minutes")
    form.get_by_role("button", name="Start", exact=True).click()
    expect(error).to_be_visible()
    assert not Project.objects.exists()


def test_each_of_many_files_is_looked_at(form: Locator, tmp_path: Path) -> None:
    whole = mp4(4000, seconds=TOO_LONG)
    index = moov(TOO_LONG)
    choose(
        form,
        tmp_path,
        long_front=whole,
        long_back=mp4(4000, seconds=TOO_LONG, moov_first=False),
        long_to_the_end=ftyp() + box(b"free", bytes(9)) + struct.pack(">I4s", 0, b"moov") + index[8:],
        just_right=mp4(4000, seconds=LONGEST_VIDEO),
        no_length=mp4(4000, seconds=0),
        cut_pictures=mp4(4000)[:3000],
        cut_index=mp4(4000, moov_first=False)[:-30],
        no_index=ftyp() + box(b"mdat", bytes(2000)),
        odd_end=mp4(4000) + b"\0" * 100,
        odd_all=ftyp() + bytes(500),
        odd_index=ftyp() + box(b"moov", box(b"trak") + struct.pack(">I4s", 4000, b"mvhd")) + box(b"mdat"),
        too_many=ftyp() + box(b"free") * 5000 + index,
    )
    for name in ("long_front", "long_back", "long_to_the_end"):
        expect(problem(form, name)).to_contain_text("121 minutes long")
    for name in ("cut_pictures", "cut_index", "no_index"):
        expect(problem(form, name)).to_contain_text("damaged or was cut short")
    for name in ("just_right", "no_length", "odd_end", "odd_all", "odd_index", "too_many"):
        expect(problem(form, name)).to_be_hidden()


WATCHED_READS = """() => {
    const { slice } = Blob.prototype;
    window.reads = {};
    Blob.prototype.slice = function (...range) {
        window.reads[this.name] = (window.reads[this.name] ?? 0) + 1;
        const part = slice.apply(this, range);
        if (this.name === "slow.mp4") part.arrayBuffer = () => new Promise(() => undefined);
        return part;
    };
}"""


def test_a_file_that_takes_its_time_keeps_no_other_waiting(form: Locator, tmp_path: Path) -> None:
    form.page.evaluate(WATCHED_READS)
    many = ftyp() + box(b"free") * 4000 + moov(TOO_LONG)
    choose(form, tmp_path, slow=mp4(4000), many_boxes=many, notes=b"no video at all")
    lines = form.locator("[data-chosen] li")
    expect(lines).to_have_count(3)
    expect(problem(form, "many_boxes")).to_contain_text("121 minutes long")
    expect(problem(form, "notes")).to_be_visible()
    expect(problem(form, "slow")).to_be_hidden()
    assert form.page.evaluate("window.reads['many_boxes.mp4']") < 10, "small boxes are read together"


def test_files_are_dropped_on_the_form(form: Locator) -> None:
    """Anywhere on it: the door that takes files opens by itself."""
    form.get_by_role("radio", name="Link").check()
    good = list(mp4(2000))
    form.locator("#field-source").evaluate(
        """(place, good) => {
            const files = new DataTransfer();
            const film = (name) => new File([new Uint8Array(good)], name, { type: "video/mp4" });
            for (const name of ["one.mp4", "two.mov"]) files.items.add(film(name));
            files.items.add(new File(["no video"], "notes.txt", { type: "text/plain" }));
            const drag = (type) => {
                const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: files });
                place.dispatchEvent(event);
                return event.defaultPrevented;
            };
            if (!drag("dragover") || !drag("drop")) throw new Error("the page would leave for the file");
        }""",
        good,
    )
    lines = form.locator("[data-chosen] li")
    expect(lines).to_have_count(3)
    expect(form.get_by_role("radio", name="MP4 or MOV from this computer")).to_be_checked()
    expect(lines.filter(has_text="notes.txt")).to_contain_text("not an MP4 or MOV file")
    for name in ("one.mp4", "two.mov"):
        expect(lines.filter(has_text=name).locator("[data-part=problem]")).to_be_hidden()
    expect(form.get_by_text("Each becomes a project of its own")).to_be_visible()
    assert form.locator("input[type=file]").evaluate("input => input.files.length") == 3
