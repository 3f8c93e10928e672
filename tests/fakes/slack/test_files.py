"""Files: three steps up, and down only with a token."""

import aiohttp
import pytest

from tests.fakes.slack.conftest import Place
from tests.fakes.slack.listening import refused

PLOT = b"\x89PNG plot"


async def test_p24_a_file_goes_up_under_the_agents_face_and_comes_down_again(place: Place) -> None:
    root = await place.slack.say(place.room, place.ana, "plot it")
    await place.client.files_upload_v2(
        channel=place.room,
        thread_ts=root,
        filename="plot.png",
        content=PLOT,
        initial_comment="The plot",
        username="coder",
        icon_emoji=":compass:",
    )
    message = place.slack.messages(place.room)[-1]
    assert (message.text, message.author, message.thread_ts) == ("The plot", "coder", root)
    assert [(file.name, file.data) for file in message.files] == [("plot.png", PLOT)]
    assert not place.slack.strays
    shown = (await place.client.files_info(file=message.files[0].id))["file"]
    assert await fetch(shown["url_private_download"], place.app.bot_token) == (200, "image/png", PLOT)


async def test_p24_without_the_right_token_a_file_is_a_sign_in_page(place: Place) -> None:
    file = place.slack.add_file("T1", place.ana, "plot.png", PLOT)
    await place.slack.say(place.room, place.ana, "look", files=[file])
    url = place.slack.deliveries[0].payload["event"]["files"][0]["url_private"]
    blind = place.slack.add_app(name="Blind", scopes=["chat:write"])
    for token in ("", blind.bot_token, place.app.app_token):
        status, kind, body = await fetch(url, token)
        assert (status, kind) == (200, "text/html")
        assert b"Sign in" in body
    assert (await fetch(url.replace(file.id, "F404"), place.app.bot_token))[0] == 404


async def test_several_files_make_one_message(place: Place) -> None:
    uploads = [{"filename": f"{name}.csv", "content": name} for name in ("a", "b")]
    await place.client.files_upload_v2(channel=place.room, file_uploads=uploads)
    (message,) = place.slack.messages(place.room)
    assert [file.data for file in message.files] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "a.txt", "length": 0}, "missing_argument"),
        ({"filename": "a.txt"}, "invalid_arguments"),
        ({"filename": "a.txt", "length": 2_000_000_000}, "file_upload_size_restricted"),
        ({"filename": "a.png", "length": 1, "alt_txt": "a" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_a_wrong_announcement_is_refused(place: Place, arguments: dict[str, object], error: str) -> None:
    assert await refused(place.client.api_call("files.getUploadURLExternal", params=arguments)) == error


async def test_the_bytes_must_be_those_announced_and_come_once(place: Place) -> None:
    announced = await place.client.files_getUploadURLExternal(filename="a.txt", length=3)
    async with aiohttp.ClientSession() as session:
        statuses: list[int] = []
        for data in (b"four", b"abc", b"abc"):
            async with session.post(announced["upload_url"], data=data) as response:
                statuses.append(response.status)
    assert statuses == [400, 200, 404]


async def test_bytes_may_come_as_a_form(place: Place) -> None:
    announced = await place.client.files_getUploadURLExternal(filename="a.txt", length=3)
    form = aiohttp.FormData()
    form.add_field("filename", b"abc", filename="a.txt")
    async with aiohttp.ClientSession() as session, session.post(announced["upload_url"], data=form) as response:
        assert await response.text() == "OK - 3"


async def test_an_upload_is_completed_once_and_where_the_bot_may_post(place: Place) -> None:
    elsewhere = place.slack.add_channel("T1", "elsewhere", members=[place.ana])
    complete = place.client.files_completeUploadExternal
    announced = await place.client.files_getUploadURLExternal(filename="a.txt", length=3)
    files = [{"id": str(announced["file_id"]), "title": "A"}]
    assert await refused(complete(files=files, channel_id=place.room)) == "file_not_found"
    async with aiohttp.ClientSession() as session:
        await (await session.post(announced["upload_url"], data=b"abc")).release()
    assert await refused(complete(files=files, channel_id=elsewhere)) == "not_in_channel"
    assert await refused(complete(files=[], channel_id=place.room)) == "invalid_arguments"
    assert await refused(place.client.files_info(file=announced["file_id"])) == "file_not_found"
    await complete(files=files, channel_id=place.room)
    assert await refused(complete(files=files, channel_id=place.room)) == "file_not_found"


@pytest.mark.parametrize("kind", ["lose_request", "server_error"])
async def test_an_upload_can_fail_on_its_way(place: Place, kind: str) -> None:
    announced = await place.client.files_getUploadURLExternal(filename="a.txt", length=3)
    getattr(place.slack.faults, kind)("files.upload")
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.post(announced["upload_url"], data=b"abc")


async def fetch(url: str, token: str) -> tuple[int, str, bytes]:
    """Status, type and bytes of a download."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, response.content_type, await response.read()
