"""Where Slack is reached through a proxy of the config, everything goes through it (R10, R30)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web

from adapters.slack.downloads import Downloads
from agents.testing import memory_ports
from tests.adapters.slack.stages import slack_stage
from tests.adapters.slack.test_sending import PLOT, a_post


@asynccontextmanager
async def a_proxy(asked: list[str]) -> AsyncIterator[str]:
    """Passes requests on, and notes their addresses; the proxy's own."""
    async with ClientSession(auto_decompress=False) as session:

        async def passed_on(request: web.BaseRequest) -> web.Response:
            asked.append(request.path)
            address = f"http://{request.headers['Host']}{request.raw_path.partition(request.headers['Host'])[2]}"
            headers = {key: value for key, value in request.headers.items() if key not in ("Host", "Content-Length")}
            async with session.request(request.method, address, headers=headers, data=await request.read()) as answer:
                return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

        runner = web.ServerRunner(web.Server(passed_on))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            host, port, *_ = runner.addresses[0]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


async def test_r10_r30_p24_files_go_in_and_out_through_the_proxy_of_the_config():
    asked: list[str] = []
    async with a_proxy(asked) as proxy, slack_stage() as stage:
        stage.apps.host.caller.client.proxy = proxy
        await stage.platform.post(a_post(stage, files=(PLOT,)))
        assert [one.files for one in await stage.seen()] == [("plot.png",)]
        assert [one for one in asked if one.startswith("/upload/v1/")]
        file = stage.slack.add_file("T1", "U1", "ok.txt", b"fine")
        url = f"{stage.slack.world.origin}/files-pri/T1-{file.id}/ok.txt"
        downloads = Downloads(stage.apps.host, memory_ports(stage.clock).store.files, hosts=("127.0.0.1",))  # type: ignore[arg-type]
        fetched = await downloads.fetch([{"name": "ok.txt", "url_private": url}])
        assert ([one.size for one in fetched.files], asked[-1]) == ([4], f"/files-pri/T1-{file.id}/ok.txt")
