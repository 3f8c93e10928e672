"""Looking at bots and inviting them (P29, D7, D20)."""

import re
from pathlib import Path

import pytest
from discord import Permissions

from adapters.discord import HOST_RIGHTS, OWN_RIGHTS
from agents.errors import WrongUse
from bots.checks import Probes
from bots.commands import invite as command
from bots.config import Loaded, load
from bots.doctor import CHECKS, examine
from bots.platforms.discord_check import invite
from tests.adapters.discord.serving import Server, a_server
from tests.unit.bots.test_config_loader import written


def loaded(server: Server, folder: Path) -> Loaded:
    return load(written(folder, server.text))


async def looked(config: Loaded) -> list[tuple[str, str]]:
    found = await examine(config, Probes(), {"discord": CHECKS["discord"]})
    return [(one.status, one.text) for one in found]


def test_p38_the_guide_names_every_permission_with_its_reason_and_its_configs_load(tmp_path: Path):
    guide = (Path(__file__).parents[3] / "docs" / "discord.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| ([A-Z][A-Za-z ]+) \| (.+) \|$", guide, re.MULTILINE)
    assert table == [(right.replace("_", " ").title(), why) for right, why in HOST_RIGHTS.items()]
    (whole, agent) = re.findall(r"^```toml\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    config = load(written(tmp_path, whole + agent)).config
    assert config.agents["coder"].discord is not None
    assert [str(one) for one in config.channels[0].match] == ["discord:#data-team", "discord:dm"]
    assert [one.name for one in config.people.approvers] == ["discord:role:Moderator"]


async def test_p29_doctor_looks_at_every_bot(tmp_path: Path):
    async with a_server(tmp_path, own=["coder"]) as server:
        server.guild.add_forum("ideas")
        assert await looked(loaded(server, tmp_path)) == [
            ("ok", "Discord knows the bot Tertulia."),
            ("ok", "Discord knows the bot coder."),
        ]
        text = server.text.replace(server.host.token, "wrong")
        (status, sentence), _ = await looked(load(written(tmp_path, text)))
        assert status == "problem"
        assert "discord.bot_token" in sentence


async def test_p29_d7_a_bot_that_may_not_read_is_a_problem(tmp_path: Path):
    async with a_server(tmp_path) as server:
        server.guild.add_forum("ideas")
        server.host.privileged.clear()
        ((status, sentence),) = await looked(loaded(server, tmp_path))
    assert status == "problem"
    assert "Message Content Intent" in sentence


async def test_d15_doctor_names_what_is_lacking_in_the_channels_that_have_a_team(tmp_path: Path):
    async with a_server(tmp_path, own=["coder"]) as server:
        elsewhere = server.guild.add_channel("elsewhere")
        projects = server.guild.add_channel("anything", category="Projects")
        for channel in (server.lobby, elsewhere):
            server.fake.change_permissions(channel, server.host, send_messages=False, manage_webhooks=False)
        server.fake.change_permissions(projects, server.own["coder"], view_channel=False)
        found = [one for one in await looked(loaded(server, tmp_path)) if one[0] != "ok"]
    assert ("problem", "Tertulia lacks Send Messages in #lobby of Workshop (answers); give it there.") in found
    assert [(status, "#lobby" in text) for status, text in found if "Tertulia" in text].count(("warning", True)) >= 1
    assert [status for status, text in found if "coder lacks View Channel in #anything" in text] == ["warning"]
    assert not any("elsewhere" in text for _, text in found)


async def test_d15_doctor_names_the_channels_that_the_config_names_and_the_host_does_not_see(tmp_path: Path):
    async with a_server(tmp_path, own=["coder"]) as server:
        server.fake.change_permissions(server.shared, server.host, view_channel=False)
        found = [text for _, text in await looked(loaded(server, tmp_path)) if "sees no channel" in text]
    assert found == [
        f"Tertulia sees no channel discord:#{name}; make it, or give Tertulia View Channel there."
        for name in ("shared", "ideas")
    ]


async def test_d15_what_discord_does_not_say_is_a_warning(tmp_path: Path):
    async with a_server(tmp_path) as server:
        server.fake.faults.refuse("GET /guilds/{guild_id}/channels", 403, 50001)
        _, (status, sentence) = await looked(loaded(server, tmp_path))
    assert status == "warning"
    assert "does not say what Tertulia may do" in sentence


async def test_p29_without_discord_there_is_nothing_to_look_at(tmp_path: Path):
    assert await looked(load(written(tmp_path, ""))) == []


async def test_d20_the_invitation_asks_for_what_is_needed(tmp_path: Path):
    async with a_server(tmp_path, own=["coder"]) as server:
        config = loaded(server, tmp_path)
        host, own = [await invite(config, {}, agent) for agent in ("", "coder")]
    for address, rights in ((host, HOST_RIGHTS), (own, OWN_RIGHTS)):
        value = Permissions(**dict.fromkeys(rights, True)).value
        assert address.endswith(f"&scope=bot+applications.commands&permissions={value}")
    assert "manage_webhooks" not in OWN_RIGHTS


def test_d20_an_invitation_needs_a_token(tmp_path: Path):
    with pytest.raises(WrongUse, match=r"no \[agents.coder.discord\] table"):
        command.discord(written(tmp_path, ""), agent="coder")
