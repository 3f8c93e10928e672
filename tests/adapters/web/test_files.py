"""Files in and out of the web room."""

import pytest

from adapters.web import app
from adapters.web.uploads import described, safe_name
from agents.log.events import Said
from tests.adapters.web.visiting import Visitor, visit
from tests.browser.house import PLANNER, ROOM, Played, chart

FILES = f"/api/rooms/{ROOM}/files"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


async def send(visitor: Visitor, name: str, content: bytes) -> dict[str, object]:
    status, file = await visitor.post(f"{FILES}?name={name}", content)
    assert status == 201, file
    status, answer = await visitor.does("said", text="", files=[file])
    assert status == 200, answer
    return file


async def test_p24_a_picture_that_a_person_sends_is_kept_named_and_shown() -> None:
    house = Played()
    picture = chart()
    async with visit(house) as visitor:
        await visitor.enter("Ana")
        file = await send(visitor, "rain.png", picture)
        async with visitor.session.get(f"{FILES}/{file['sha256']}") as response:
            assert await response.read() == picture
            assert response.headers["Content-Type"] == "image/png"
            assert response.headers["Content-Disposition"].startswith("inline")
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    said = (await house.ports.store.log.read(ROOM))[-1].event
    assert isinstance(said, Said)
    assert [(one.name, one.media_type, one.size) for one in said.files] == [("rain.png", "image/png", len(picture))]


@pytest.mark.parametrize(
    ("name", "content"),
    [("page.html", b"<script>alert(1)</script>"), ("face.svg", SVG), ("fake.png", SVG), ("notes.txt", b"hello")],
)
async def test_p24_whatever_is_not_a_picture_is_only_ever_saved(name: str, content: bytes) -> None:
    async with visit(Played()) as visitor:
        await visitor.enter("Ana")
        file = await send(visitor, name, content)
        async with visitor.session.get(f"{FILES}/{file['sha256']}") as response:
            assert response.headers["Content-Type"] == "application/octet-stream"
            assert response.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
            assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"), (b"RIFF\0\0\0\0WAVE", "text/csv"), (b"a,b", "text/csv"),
    ],
)  # fmt: skip
def test_p24_what_a_file_is_is_read_from_its_bytes(content: bytes, media_type: str) -> None:
    assert described(content, "x.csv", "0" * 64).media_type == media_type


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"), ("\u202egnp.exe", "gnp.exe"), ("", "file"),
        ("...", "file"), ("x" * 300 + ".png", "x" * 96 + ".png"), ("y" * 300, "y" * 100), ("a\nb.txt", "ab.txt"),
        ("<img src=x>.png", "<img src=x>.png"),
    ],
)  # fmt: skip
def test_p24_a_file_name_is_plain_and_short(name: str, safe: str) -> None:
    assert safe_name(name) == safe


async def test_p24_a_file_that_is_too_large_or_empty_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MAX_FILE", 2_000_000)
    async with visit(Played()) as visitor:
        await visitor.enter("Ana")
        assert await visitor.post(FILES, b"x" * 2_000_001) == (
            413,
            {"error": "This is more than the 2 MB that may be sent at once."},
        )
        assert await visitor.post(FILES, b"") == (400, {"error": "The file is empty; choose another one."})


async def test_p24_strangers_upload_nothing_and_unknown_files_are_not_sent() -> None:
    async with visit(Played()) as visitor:
        assert (await visitor.post(FILES, b"x"))[0] == 401
        await visitor.enter("Ana")
        status, answer = await visitor.does("said", text="", files=[{"sha256": "0" * 64, "name": "x"}])
        assert status == 503
        assert "ask for it to be sent again" in answer["error"]


async def test_p42_a_file_is_served_only_in_the_rooms_that_name_it() -> None:
    house = Played(rooms=(ROOM, "web:other"))
    file = await house.keeps(b"secret", "s.txt", "text/plain")
    await house.happens(Said(text="", files=(file,)), by=PLANNER, room="web:other")
    async with visit(house) as visitor:
        assert (await visitor.get(f"{FILES}/{file.sha256}"))[0] == 404
        async with visitor.session.get(f"/api/rooms/web:other/files/{file.sha256}") as response:
            assert await response.read() == b"secret"
