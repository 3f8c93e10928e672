"""A model that is a script: it plays the demo without a key or a network, and says so."""

from adapters.scripted_model.model import ScriptedModel as ScriptedModel
from adapters.scripted_model.tasks import TASKS as TASKS
