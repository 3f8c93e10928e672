"""What a test sets up: teams, apps, people, groups, channels, files."""

from collections.abc import Sequence

from tests.fakes.slack.clock import VirtualClock
from tests.fakes.slack.files import mimetype_of
from tests.fakes.slack.office import PostOffice
from tests.fakes.slack.site import Site
from tests.fakes.slack.world import (
    HOST_EVENTS,
    HOST_SCOPES,
    Channel,
    FakeApp,
    FakeFile,
    FakeUser,
    Install,
    Team,
    UserGroup,
    World,
)


class Furniture:
    """Adds things to the world. Each returns the id, apps and files themselves; ``id_`` chooses one."""

    def __init__(self, site: Site, office: PostOffice) -> None:
        self.site, self.office = site, office

    @property
    def world(self) -> World:
        """All that is there."""
        return self.site.world

    @property
    def clock(self) -> VirtualClock:
        """The fake's time; it fits the core's ``Clock`` port."""
        return self.site.clock

    def add_team(self, id_: str = "T1", name: str = "") -> str:
        """A team (workspace)."""
        self.world.teams[id_] = Team(id_, name or f"Team {id_}", (name or id_).lower().replace(" ", "-"))
        return id_

    def add_app(
        self,
        team: str = "T1",
        name: str = "Tertulia",
        scopes: Sequence[str] = HOST_SCOPES,
        events: Sequence[str] = HOST_EVENTS,
    ) -> FakeApp:
        """An app, installed in ``team``; by default with all that the host app wants."""
        app = FakeApp(
            app_id=self.world.new_id("A"),
            name=name,
            home=team,
            app_token=self.world.new_secret("xapp-1-"),
            signing_secret=self.world.new_secret(""),
            client_id=self.world.new_id("1000."),
            client_secret=self.world.new_secret(""),
            events=tuple(events),
        )
        self.world.apps[app.app_id] = app
        self.install(app, team, scopes)
        return app

    def install(self, app: FakeApp, team: str, scopes: Sequence[str] = HOST_SCOPES) -> Install:
        """Install an app in a team; again means a new token for the same bot."""
        return self.world.install(app, team, scopes)

    def add_user(
        self,
        team: str,
        name: str,
        *,
        real_name: str = "",
        id_: str = "",
        home: str = "",
        is_guest: bool = False,
        is_admin: bool = False,
    ) -> str:
        """A person. ``home`` is the person's own team where that is another one (Slack Connect)."""
        id_ = id_ or self.world.new_id("U")
        user = FakeUser(id_, team, home or team, name, real_name or name.capitalize())
        user.is_guest, user.is_admin = is_guest, is_admin
        self.world.users[team, id_] = user
        return id_

    def add_user_group(self, team: str, handle: str, users: Sequence[str], *, id_: str = "") -> str:
        """A user group."""
        id_ = id_ or self.world.new_id("S")
        self.world.groups[id_] = UserGroup(id_, team, handle, list(users))
        return id_

    def add_channel(
        self,
        team: str,
        name: str,
        *,
        members: Sequence[str] = (),
        apps: Sequence[FakeApp] = (),
        private: bool = False,
        id_: str = "",
    ) -> str:
        """A channel with people and apps in it. A member from another team makes it a Slack Connect channel."""
        id_ = id_ or self.world.new_id("C")
        inside = [*members, *(app.installs[team].bot_user for app in apps)]
        channel = Channel(id_, team, name, "group" if private else "channel", inside, int(self.clock.now()))
        channel.is_shared = any(self.world.user(team, member).is_stranger for member in members)
        self.world.channels[team, id_] = channel
        return id_

    def add_dm(self, team: str, users: Sequence[str], apps: Sequence[FakeApp]) -> str:
        """A DM of one person and one app, or a group DM of more."""
        return self.world.direct(team, *users, *(app.installs[team].bot_user for app in apps)).id

    def add_file(self, team: str, owner: str, name: str, data: bytes, *, mimetype: str = "") -> FakeFile:
        """A file that a person has uploaded, to be shown by `say`."""
        file = FakeFile(self.world.new_id("F"), team, name, owner, data, mimetype or mimetype_of(name))
        file.length, file.uploaded, file.complete = len(data), True, True
        self.world.files[file.id] = file
        return file
