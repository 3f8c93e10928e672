"""apps.connections.open, auth.revoke: how an app gets in and out."""

from tests.fakes.slack.calls import Call, method
from tests.fakes.slack.world import Payload


@method("apps.connections.open", tier=3, token="app")
async def connections_open(call: Call) -> Payload:
    """An address for one WebSocket."""
    ticket = call.site.world.new_secret("ticket-")
    call.site.tickets[ticket] = call.app
    address = call.site.world.origin.replace("http://", "ws://")
    return {"url": f"{address}/link/?ticket={ticket}&app_id={call.app.app_id}"}
