"""The command is pasted into a real shell, with a curl that writes down what it was given."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from projects_app import curl
from providers.submagic import UploadProject

BASE = "https://api.submagic.co"
# Everything that a shell or curl could take for something else.
NASTY = 'It\'s `id` $(id) ${HOME} "two" \\ back; rm & | <x> *? !! ünï 😀'
BODY: dict[str, Any] = {
    "title": NASTY,
    "language": "en",
    "dictionary": ["a;b", "it's", '"q"', "@home"],
    "hookTitle": {"text": NASTY, "top": 45},
    "magicZooms": True,
    "removeBadTakes": False,
    "magicBrolls": True,
    "magicBrollsPercentage": 75,
}


@pytest.fixture
def pasted(tmp_path: Path) -> Any:
    """Runs a command as typed into sh; gives back what curl got."""
    fake = tmp_path / "bin" / "curl"
    fake.parent.mkdir()
    fake.write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\0" "$each"; done\n')
    fake.chmod(0o755)

    def run(command: str) -> list[str]:
        env = {"PATH": f"{fake.parent}:{os.environ['PATH']}", "HOME": "/nowhere"}
        done = subprocess.run(["sh", "-c", command], env=env, cwd=tmp_path, capture_output=True, check=True)
        assert not done.stderr
        return done.stdout.decode().split("\0")[:-1]

    return run


def fields_of(arguments: list[str]) -> list[tuple[str, str]]:
    pairs = zip(arguments, arguments[1:], strict=False)
    return [(flag, value) for flag, value in pairs if flag in ("-F", "--form-string")]


@pytest.mark.parametrize(
    ("operation", "address", "path"),
    [
        ("create_project", {"videoUrl": "https://files.harbour.example.com/a b.mp4?x=1&y='2'"}, "/v1/projects"),
        (
            "create_magic_clips",
            {"youtubeUrl": "https://www.youtube.com/watch?v=sandbox0001"},
            "/v1/projects/magic-clips",
        ),
    ],
)
def test_json_arrives_as_it_is_sent(pasted: Any, operation: str, address: dict[str, str], path: str) -> None:
    body = {**(BODY if operation == "create_project" else {"title": NASTY, "language": "en"}), **address}
    got = pasted(curl.command(operation, body, base_url=BASE, last4="abcd"))
    assert got[:3] == ["-X", "POST", BASE + path]
    assert got[3:7] == ["-H", "x-api-key: sk-…abcd", "-H", "Content-Type: application/json"]
    assert got[7] == "-d"
    assert json.loads(got[8]) == body
    assert len(got) == 9


@pytest.mark.parametrize(
    ("operation", "body", "path"),
    [
        ("export", {"fps": 30, "width": 720, "height": 1280, "webhookUrl": "https://a.example.com/h/…"}, "/export"),
        ("export", {}, "/export"),
        (
            "publish",
            {
                "scheduledFor": "2026-05-01T15:00:00Z",
                "platforms": {
                    "youtube": {"title": NASTY, "description": "a\nb", "tags": ["one", "two"], "firstComment": "c"},
                    "tiktok": {"content": NASTY},
                    "instagram": {"format": "reel", "content": "x", "firstComment": "y"},
                },
            },
            "/publish",
        ),
        ("publish", {"platforms": {"tiktok": {}}}, "/publish"),
    ],
)
def test_what_is_done_with_a_project_arrives_as_it_is_sent(
    pasted: Any, operation: str, body: dict[str, Any], path: str
) -> None:
    got = pasted(curl.command(operation, body, base_url=BASE, last4="abcd", upstream_id="p/1"))
    assert got[:3] == ["-X", "POST", f"{BASE}/v1/projects/p%2F1{path}"]
    assert json.loads(got[-1]) == body


def test_media_arrives_by_link_and_by_file(pasted: Any) -> None:
    got = pasted(curl.command("create_media", {"url": "https://a.example.com/b?c='d'"}, base_url=BASE, last4="abcd"))
    assert got[2] == f"{BASE}/v1/user-media"
    assert json.loads(got[-1]) == {"url": "https://a.example.com/b?c='d'"}
    got = pasted(curl.command("upload_media", {}, base_url=BASE, last4="abcd", filename="my waves.mov"))
    assert got[2:] == [
        *(f"{BASE}/v1/user-media/upload", "-H", "x-api-key: sk-…abcd"),
        *("-F", 'file=@"my waves.mov";type=video/quicktime'),
    ]


def test_fields_arrive_as_they_are_sent(pasted: Any) -> None:
    got = pasted(curl.command("upload_project", BODY, base_url=BASE, last4="abcd", filename="my talk, 2; 'final'.mp4"))
    assert got[2] == f"{BASE}/v1/projects/upload"
    *texts, file = fields_of(got)
    sent = [f"{name}={value}" for name, value in UploadProject.from_json(BODY).to_fields()]
    assert [value for _flag, value in texts] == sent
    assert "magicZooms=true" in sent
    assert "magicBrollsPercentage=75" in sent
    assert file == ("-F", "file=@\"my talk, 2; 'final'.mp4\";type=video/mp4")


def test_values_that_curl_would_read_go_as_they_are(pasted: Any) -> None:
    """-F takes @ and < for files and ; for a type."""
    for title in ("@home", "<b>", "one; two", '"quoted"', " ahead", "behind\n"):
        body = {"title": title, "language": "en"}
        got = pasted(curl.command("upload_magic_clips", body, base_url=BASE, last4="abcd", filename="talk.mp4"))
        assert ("--form-string", f"title={title}") in fields_of(got)
        assert fields_of(got)[-2:] == [("-F", "language=en"), ("-F", "file=@talk.mp4;type=video/mp4")]


def test_a_real_curl_sends_the_same(tmp_path: Path) -> None:
    """Its own reading of -F, against a server that only keeps what came."""
    import shutil
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    if not shutil.which("curl"):
        pytest.skip("there is no curl on this machine")
    kept: list[bytes] = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Keep)
    Thread(target=server.handle_request, daemon=True).start()
    name = 'my "talk", 2; x.mp4'
    (tmp_path / name).write_bytes(b"bytes of the video")
    base = f"http://127.0.0.1:{server.server_port}"
    command = curl.command("upload_project", BODY, base_url=base, last4="abcd", filename=name)
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True, capture_output=True, timeout=20)
    server.server_close()
    (body,) = kept
    for field, value in UploadProject.from_json(BODY).to_fields():
        assert f'name="{field}"\r\n\r\n{value}\r\n'.encode() in body
    assert b"Content-Type: video/mp4\r\n\r\nbytes of the video" in body


def test_the_key_is_masked() -> None:
    body = {"title": "T", "language": "en", "videoUrl": "https://a.example.com/v.mp4"}
    command = curl.command("create_project", body, base_url=BASE, last4="abcd")
    assert "x-api-key: sk-…abcd" in command


def test_an_option_that_the_request_does_not_know_is_no_command() -> None:
    with pytest.raises(ValueError, match="dictionary"):
        curl.command(
            "create_magic_clips",
            {"title": "T", "language": "en", "youtubeUrl": "x", "dictionary": ["a"]},
            base_url=BASE,
            last4="abcd",
        )
