"""Who is answered at all, and what a browser may do with the answer (P36 and the defences of facts/product)."""

import aiohttp
import pytest
from yarl import URL

from adapters.web.app import STATIC
from adapters.web.faces import emoji, image, image_sources
from agents.log.participants import Profile
from tests.adapters.web.visiting import visit, visiting
from tests.browser.house import ROOM, Played

KEY = "a key & more"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[", "10.0.0.1"]
)
async def test_p36_a_foreign_name_for_this_machine_is_not_answered(host: str) -> None:
    async with visit(Played()) as visitor:
        status, answer = await visitor.get(f"/api/rooms/{ROOM}", Host=host)
    assert status == 421
    assert "localhost" in answer["error"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "LOCALHOST:80", "[::1]:80"])
async def test_p36_this_machines_own_names_are_answered(host: str) -> None:
    async with visit(Played()) as visitor:
        assert (await visitor.get(f"/api/rooms/{ROOM}", Host=host))[0] == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_p36_another_sites_page_can_do_nothing(headers: dict[str, str]) -> None:
    house = Played()
    async with visit(house) as visitor:
        status, answer = await visitor.post("/api/people", {"name": "Eve"}, **headers)
        assert status == 403
        assert answer["error"].startswith("Another site's page")
        await visitor.enter("Ana")
        assert (await visitor.post(f"/api/rooms/{ROOM}/events", {}, **headers))[0] == 403
    assert await house.ports.store.log.read(ROOM) == ()


async def test_p36_the_rooms_own_page_may_post() -> None:
    async with visit(Played()) as visitor:
        origin = str(visitor.session._base_url).rstrip("/")
        assert (await visitor.post("/api/people", {"name": "Ana"}, Origin=origin))[0] == 201


async def test_p36_every_answer_carries_the_headers_that_keep_a_browser_careful() -> None:
    async with visit(Played()) as visitor:
        for path in ("/", "/static/app.js", "/api/rooms", "/nowhere"):
            async with visitor.session.get(path) as response:
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Referrer-Policy"] == "no-referrer"
                policy = response.headers["Content-Security-Policy"]
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert "server" not in response.headers
        async with visitor.session.get("/") as response:
            text = await response.text()
    assert "<script>" not in text
    assert "style=" not in text


async def test_p36_with_an_access_key_nothing_is_answered_without_it() -> None:
    house = Played()
    async with house.serving(access_token=KEY) as address, visiting(address) as visitor:
        for path in ("/", "/static/app.js", "/api/rooms", f"/api/rooms/{ROOM}/stream", "/?key=wrong", "/?key="):
            status, answer = await visitor.get(path)
            assert status == 401
            assert "?key=" in answer["error"]
        assert (await visitor.post("/api/people", {"name": "Eve"}))[0] == 401
        assert (await visitor.post("/api/people?key=a+key+%26+more", {"name": "Eve"}))[0] == 401


async def test_p36_the_address_with_the_key_opens_the_room_and_leaves_no_key_behind() -> None:
    house = Played()
    async with house.serving(access_token=KEY) as address:
        assert address.endswith("/?key=a%20key%20%26%20more")
        home = address.partition("?")[0]
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            async with session.get(URL(f"{address}&room={ROOM}", encoded=True)) as response:
                assert response.status == 200
                assert response.url.query_string == f"room={ROOM}"
                cookie = response.history[0].headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=strict" in cookie
            assert "key" not in cookie
            async with session.get(f"{home}api/rooms") as response:
                assert response.status == 200
            others = {"Cookie": f"a/b=1; ; =; {cookie.partition(';')[0]}"}
        async with aiohttp.ClientSession() as session, session.get(f"{home}api/rooms", headers=others) as response:
            assert response.status == 200
        wrong = {"Cookie": "tertulia_access=; a=b"}
        async with aiohttp.ClientSession() as session, session.get(f"{home}api/rooms", headers=wrong) as response:
            assert response.status == 401


async def test_p36_with_a_key_the_cookie_is_secure_behind_tls() -> None:
    house = Played()
    async with house.serving(access_token=KEY) as address, aiohttp.ClientSession() as session:
        headers = {"X-Forwarded-Proto": "https", "Host": "room.example"}
        async with session.get(URL(address, encoded=True), headers=headers, allow_redirects=False) as response:
            assert response.headers["Location"] == "/"
            assert "Secure" in response.headers["Set-Cookie"]


async def test_p36_the_page_is_light_and_loads_nothing_from_elsewhere() -> None:
    async with visit(Played()) as visitor:
        sent = 0
        for path in STATIC.glob("*.js"):
            async with visitor.session.get(f"/static/{path.name}") as response:
                assert response.headers["Content-Type"].startswith("text/javascript")
                sent += int(response.headers["Content-Length"])
    assert sent < 60_000
    texts = [path.read_text("utf-8") for path in STATIC.iterdir()]
    assert not any(word in text for text in texts for word in ("innerHTML", "eval(", "@import", "https://fonts"))


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"])
async def test_p36_only_the_pages_own_files_are_served(path: str) -> None:
    async with visit(Played()) as visitor:
        url = URL(str(visitor.session._base_url).rstrip("/") + path, encoded=True)
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            assert response.status == 404


@pytest.mark.parametrize(
    ("avatar", "shown"),
    [
        (":compass:", "🧭"), (":owl:", "🦉"), (":robot:", "🤖"), (":mag:", "🔍"), ("🦊", "🦊"), (":no_such_thing:", ""),
        ("", ""), ("https://a.example/x.png", ""), ("<b>", ""), ("雪", ""), ("🧭" * 9, ""),
    ],
)  # fmt: skip
def test_p43_an_avatar_is_an_emoji_by_code_or_by_itself(avatar: str, shown: str) -> None:
    assert emoji(avatar) == shown


@pytest.mark.parametrize(
    ("avatar", "shown"),
    [
        ("https://a.example/x.png", "https://a.example/x.png"), ("http://a.example/x.png", ""),
        ("https://a.example/x.png; script-src *", ""), ("javascript:alert(1)", ""), ("https://a.example/'x", ""),
    ],
)  # fmt: skip
def test_p43_an_avatar_may_be_a_picture_from_the_web(avatar: str, shown: str) -> None:
    assert image(avatar) == shown


async def test_p43_only_the_avatars_of_agents_may_come_from_outside() -> None:
    profile = Profile(id="agent:x", name="x", avatar="https://a.example/x.png?s=64")
    assert image_sources([profile, profile, Profile(id="agent:y", name="y")]) == "https://a.example/x.png"
    async with visit(Played(faces=(profile,))) as visitor, visitor.session.get("/") as response:
        assert "img-src 'self' blob: https://a.example/x.png;" in response.headers["Content-Security-Policy"]
