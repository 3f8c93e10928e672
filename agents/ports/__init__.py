"""What the core needs from outside: small Protocols (the ports), each beside the values that cross it.

Every port has a suite of tests in ``tests/contracts``, which runs on all of its implementations, and a working one in
memory in `agents.testing`. An implementation inherits from nothing, and raises what `agents.errors` has instead of its
library's exceptions. The examples take ``store``, ``clock``, ``model`` and the others for granted, as a test has them.
"""

from agents.ports.clock import Clock as Clock
from agents.ports.ledger import Amount as Amount
from agents.ports.ledger import Cap as Cap
from agents.ports.ledger import Ledger as Ledger
from agents.ports.model import Model as Model
from agents.ports.model import ModelAnswer as ModelAnswer
from agents.ports.model import ModelMessage as ModelMessage
from agents.ports.model import ModelRequest as ModelRequest
from agents.ports.model import Stream as Stream
from agents.ports.model import TextDelta as TextDelta
from agents.ports.model import ThoughtDelta as ThoughtDelta
from agents.ports.model import ToolCall as ToolCall
from agents.ports.model import ToolSchema as ToolSchema
from agents.ports.model import estimated_schemas as estimated_schemas
from agents.ports.model import estimated_tokens as estimated_tokens
from agents.ports.model import model_name as model_name
from agents.ports.platform import Capabilities as Capabilities
from agents.ports.platform import Card as Card
from agents.ports.platform import Platform as Platform
from agents.ports.platform import Post as Post
from agents.ports.ports import Ports as Ports
from agents.ports.sandbox import CodeRun as CodeRun
from agents.ports.sandbox import RunResult as RunResult
from agents.ports.sandbox import RunStatus as RunStatus
from agents.ports.sandbox import Sandbox as Sandbox
from agents.ports.sandbox import read_result as read_result
from agents.ports.sandbox import refusal as refusal
from agents.ports.store import Draft as Draft
from agents.ports.store import Drafts as Drafts
from agents.ports.store import Facts as Facts
from agents.ports.store import Files as Files
from agents.ports.store import Log as Log
from agents.ports.store import OpenDraft as OpenDraft
from agents.ports.store import Receipt as Receipt
from agents.ports.store import Receipts as Receipts
from agents.ports.store import Schedule as Schedule
from agents.ports.store import Snapshots as Snapshots
from agents.ports.store import Store as Store
from agents.ports.store import turn_key as turn_key
from agents.ports.tools import Tool as Tool
from agents.ports.tools import ToolContext as ToolContext
from agents.ports.tools import ToolFunction as ToolFunction
from agents.ports.tools import ToolMaker as ToolMaker
from agents.ports.tools import ToolResult as ToolResult
from agents.ports.tools import idempotent as idempotent
from agents.ports.tools import is_idempotent as is_idempotent
from agents.ports.tools import is_risky as is_risky
from agents.ports.tools import no_functions as no_functions
from agents.ports.tools import risky as risky
from agents.ports.tools import schema as schema
from agents.ports.wakeups import RunRoom as RunRoom
from agents.ports.wakeups import Slept as Slept
from agents.ports.wakeups import Wakeups as Wakeups
from agents.ports.watches import News as News
from agents.ports.watches import RoomWatch as RoomWatch
from agents.ports.watches import Watch as Watch
