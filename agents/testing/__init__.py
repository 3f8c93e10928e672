"""Working in-memory implementations of every port, and time that a test moves: public, for everybody's tests."""

from agents.testing.clock import FakeClock as FakeClock
from agents.testing.model import FakeModel as FakeModel
from agents.testing.model import Gate as Gate
from agents.testing.model import Partway as Partway
from agents.testing.store import MemoryDrafts as MemoryDrafts
from agents.testing.store import MemoryFiles as MemoryFiles
from agents.testing.store import MemoryLedger as MemoryLedger
from agents.testing.store import MemoryLog as MemoryLog
from agents.testing.store import MemoryReceipts as MemoryReceipts
from agents.testing.store import MemoryRecords as MemoryRecords
from agents.testing.store import MemorySchedule as MemorySchedule
from agents.testing.store import MemorySnapshots as MemorySnapshots
from agents.testing.store import MemoryStore as MemoryStore
from agents.testing.store import memory_ports as memory_ports
