"""The web room: a page that shows a room's log as it grows, and one door through which people write to it.

`WebHouse` is what the room is given, `web_app` the ASGI application, `serve` its process life on uvicorn.
"""

from adapters.web.app import web_app as web_app
from adapters.web.house import WebHouse as WebHouse
from adapters.web.notices import Notices as Notices
from adapters.web.server import serve as serve
