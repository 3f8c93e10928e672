"""Working implementations of every port in memory, and a clock that a test moves: for your tests as much as ours."""

from agents.testing.clock import FakeClock as FakeClock
from agents.testing.ledger import MemoryLedger as MemoryLedger
from agents.testing.model import FakeModel as FakeModel
from agents.testing.model import Gate as Gate
from agents.testing.model import Partway as Partway
from agents.testing.patience import until as until
from agents.testing.platform import MemoryPlatform as MemoryPlatform
from agents.testing.platform import PostedMessage as PostedMessage
from agents.testing.platform import Trouble as Trouble
from agents.testing.platform import lost_answer as lost_answer
from agents.testing.platform import lost_request as lost_request
from agents.testing.platform import refusal as refusal
from agents.testing.platform import slow_down as slow_down
from agents.testing.sandbox import FakeSandbox as FakeSandbox
from agents.testing.sandbox import Gated as Gated
from agents.testing.store import MemoryDrafts as MemoryDrafts
from agents.testing.store import MemoryFacts as MemoryFacts
from agents.testing.store import MemoryFiles as MemoryFiles
from agents.testing.store import MemoryLog as MemoryLog
from agents.testing.store import MemoryReceipts as MemoryReceipts
from agents.testing.store import MemorySchedule as MemorySchedule
from agents.testing.store import MemorySnapshots as MemorySnapshots
from agents.testing.store import MemoryStore as MemoryStore
from agents.testing.store import memory_ports as memory_ports
from agents.testing.tools import tool_context as tool_context
