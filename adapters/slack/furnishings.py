"""Puts together what every workspace has of its own (apps, people, channels) and what all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.shared.hops import Hops
from adapters.slack.apps import Apps
from adapters.slack.channels import Channels
from adapters.slack.downloads import Downloads
from adapters.slack.faces import Voices
from adapters.slack.history import History
from adapters.slack.house import SlackHouse
from adapters.slack.incoming import Incoming
from adapters.slack.interactions import Interactions
from adapters.slack.people import People
from adapters.slack.platform import SlackPlatform
from adapters.slack.private_replies import PrivateReplies
from adapters.slack.status import Statuses
from adapters.slack.streams import Streams
from adapters.slack.uploads import Uploads
from adapters.slack.workspaces import Workspace, Workspaces

HOPS = "slack_hops"
"""In `Facts`: how many messages of foreign bots a channel or thread has heard since a person last wrote there."""

MOST_HOPS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Furnishings:
    """What is shared: the sending side, which chooses the workspace's apps for each post, and the store's counts.

    ``hosts`` are where files may come from, ``several`` whether there may be more workspaces than one.
    """

    house: SlackHouse
    workspaces: Workspaces
    platform: SlackPlatform
    statuses: Statuses
    voices: Voices
    hops: Hops
    private_replies: PrivateReplies
    hosts: Sequence[str]
    several: bool

    def furnish(self, apps: Apps) -> None:
        """Have the workspace of these apps served, with people and channels of its own."""
        house, clock = self.house, self.house.clock
        people, channels = People(apps, clock, several=self.several), Channels(house, apps, clock)
        incoming = Incoming(
            house,
            apps,
            people=people,
            channels=channels,
            voices=self.voices,
            hops=self.hops,
            downloads=Downloads(apps.host, house.store.files, hosts=self.hosts),
            private_replies=self.private_replies,
        )
        interactions = Interactions(house, apps, people=people, channels=channels, private_replies=self.private_replies)
        workspace = Workspace(apps=apps, channels=channels, incoming=incoming, interactions=interactions)
        self.workspaces.open(workspace)


async def furnishings(house: SlackHouse, *, hosts: Sequence[str], several: bool) -> Furnishings:
    """With what the store remembers. Raises `StoreFailed`."""
    store, clock, workspaces = house.store, house.clock, Workspaces()
    voices = Voices(workspaces.apps, store.facts)
    await voices.load()
    history = History(voices)
    uploads = Uploads(store.facts, history, clock)
    return Furnishings(
        house=house,
        workspaces=workspaces,
        platform=SlackPlatform(voices, history, uploads, Streams(clock)),
        statuses=Statuses(voices, clock),
        voices=voices,
        hops=Hops(store.facts, HOPS, MOST_HOPS),
        private_replies=PrivateReplies(voices, uploads, store.receipts),
        hosts=hosts,
        several=several,
    )
