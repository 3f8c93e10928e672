"""files.*: uploads in three steps, and downloads that need a token. Source: docs.slack.dev, "Working with files"."""

from aiohttp import web

from tests.fakes.slack.calls import Call, Refused, method
from tests.fakes.slack.chat import destination, write_face, write_thread
from tests.fakes.slack.faults import hang_up
from tests.fakes.slack.json_shapes import is_array, is_object
from tests.fakes.slack.shapes import file_json
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import FakeFile, FakeMessage, Payload

MOST_BYTES = 1_073_741_824
_FACE = "username icon_emoji icon_url"


@method("files.getUploadURLExternal", "filename! length:int! alt_txt snippet_type", scope="files:write", tier=4)
async def get_upload_url(call: Call) -> Payload:
    """Where to send the bytes."""
    length = int(call.args["length"])
    if length <= 0:
        raise Refused("missing_argument")
    if length > MOST_BYTES:
        raise Refused("file_upload_size_restricted")
    if len(call.text("alt_txt")) > 1000:
        raise Refused("alt_txt_too_large")
    file = FakeFile(call.site.world.new_id("F"), call.team, call.text("filename"), call.bot.bot_user)
    file.length, file.alt_text, file.mimetype = length, call.text("alt_txt"), mimetype_of(file.name)
    ticket = call.site.world.new_secret("upload-")
    call.site.world.files[file.id] = file
    call.site.uploads[ticket] = file
    return {"upload_url": f"{call.site.world.origin}/upload/v1/{ticket}", "file_id": file.id}


@method(
    "files.completeUploadExternal",
    f"files:json! channel_id channels initial_comment thread_ts blocks:json {_FACE}",
    scope="files:write",
    tier=4,
)
async def complete_upload(call: Call) -> Payload:
    """Make the files real and show them where they belong."""
    files = _uploaded(call)
    named = call.maybe("channel_id") or call.maybe("channels")
    channels = named.split(",") if named else []
    for name in channels:
        call.args["channel"] = name
        await _share(call, files)
    for file, title in files:
        file.complete = True
        file.title = title or file.title
        file.channels += channels
    return {"files": [file_json(file, call.site.world.origin) for file, _ in files]}


@method("files.info", "file! count:int cursor limit:int page:int", scope="files:read", tier=4)
async def info(call: Call) -> Payload:
    """One file."""
    file = call.site.world.files.get(call.text("file"))
    if file is None or file.team != call.team or not file.complete:
        raise Refused("file_not_found")
    return {"file": file_json(file, call.site.world.origin)}


def mimetype_of(name: str) -> str:
    """What Slack says of a file with this name."""
    kinds = {"png": "image/png", "jpg": "image/jpeg", "txt": "text/plain", "py": "text/x-python", "csv": "text/csv"}
    return {**kinds, "md": "text/markdown", "json": "application/json", "pdf": "application/pdf"}.get(
        name.rpartition(".")[2].lower(), "application/octet-stream"
    )


def _uploaded(call: Call) -> list[tuple[FakeFile, str]]:
    listed = call.args["files"]
    if not is_array(listed) or not listed:
        raise Refused("invalid_arguments", "[ERROR] must be an array [json-pointer:/files]")
    found: list[tuple[FakeFile, str]] = []
    for item in listed:
        file = call.site.world.files.get(str(item.get("id"))) if is_object(item) else None
        if file is None or file.team != call.team or file.complete or not file.uploaded:
            raise Refused("file_not_found")
        found.append((file, str(item.get("title") or file.name)))
    return found


async def _share(call: Call, files: list[tuple[FakeFile, str]]) -> None:
    channel = await destination(call)
    message = FakeMessage(call.site.world.new_ts(), channel.id, channel.team, None, call.text("initial_comment"))
    message.files = [file for file, _ in files]
    write_face(call, message)
    write_thread(call, channel, message)
    message.subtype = message.subtype or "file_share"
    channel.add(message)
    await call.site.hearing.posted(message)


class FileRoutes:
    """The two addresses that are no methods: where bytes go and where they are fetched."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def upload(self, request: web.Request) -> web.Response:
        """Take the bytes, raw or as the one field of a form; as many as were announced."""
        file = self._site.uploads.get(request.match_info["ticket"])
        fault = self._site.faults.strike("files.upload")
        if fault is not None and fault.kind.startswith("lose"):
            return hang_up(request)
        if fault is not None:
            return web.Response(status=fault.status or 500, text="upload failed")
        if file is None or file.uploaded:
            return web.Response(status=404, text="unknown upload")
        data = await _bytes(request)
        if len(data) != file.length:
            return web.Response(status=400, text=f"{file.length} bytes were announced, {len(data)} came")
        file.data, file.uploaded = data, True
        return web.Response(text=f"OK - {len(data)}")

    async def download(self, request: web.Request) -> web.Response:
        """The bytes, for a token with files:read of the same team; all others are sent to the sign-in page."""
        team, _, id_ = request.match_info["key"].partition("-")
        file = self._site.world.files.get(id_)
        owner = self._site.world.token(request.headers.get("Authorization", "").removeprefix("Bearer "))
        install = owner[1] if owner else None
        if file is None or file.team != team:
            return web.Response(status=404, text="not found")
        may = install is not None and install.team == team and install.revoked is None
        if install is None or not may or "files:read" not in install.scopes:
            raise web.HTTPFound(f"{self._site.world.origin}/signin?redir={request.path}")
        return web.Response(body=file.data, content_type=file.mimetype)

    async def sign_in(self, request: web.Request) -> web.Response:
        """What an unauthorised download gets in the end: a page with status 200."""
        del request
        return web.Response(text="<!DOCTYPE html><html><title>Sign in | Slack</title></html>", content_type="text/html")


async def _bytes(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""
