"""The store on one machine: SQLite, with a log that survives the power failing."""

from adapters.sqlite_store.lock import StoreInUse as StoreInUse
from adapters.sqlite_store.store import SqliteStore as SqliteStore
from adapters.sqlite_store.store import open_for_reading as open_for_reading
from adapters.sqlite_store.store import open_store as open_store
