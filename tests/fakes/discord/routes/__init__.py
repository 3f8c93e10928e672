"""What the fake answers, a module for each kind of thing asked about."""

from tests.fakes.discord.calls import Routes
from tests.fakes.discord.routes import applications, callbacks, channels, guilds, messages, threads, webhooks

ROUTES: Routes = {
    **applications.ROUTES,
    **callbacks.ROUTES,
    **channels.ROUTES,
    **guilds.ROUTES,
    **messages.ROUTES,
    **threads.ROUTES,
    **webhooks.ROUTES,
}
