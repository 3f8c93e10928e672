"""Tertulia's core: multi-agent conversation as values and functions over a room's log.

What is imported here is the public interface (docs/api.md); everything else may change.
"""

from agents.approvals import APPROVE as APPROVE
from agents.approvals import REJECT as REJECT
from agents.assistants import assistant as assistant
from agents.assistants import code_runner as code_runner
from agents.assistants import function_agent as function_agent
from agents.assistants import user_proxy as user_proxy
from agents.errors import BudgetExceeded as BudgetExceeded
from agents.errors import ModelFailed as ModelFailed
from agents.errors import TertuliaError as TertuliaError
from agents.errors import WrongUse as WrongUse
from agents.events import Asked as Asked
from agents.events import Said as Said
from agents.events import Stopped as Stopped
from agents.limits import Limits as Limits
from agents.replies import SILENCE as SILENCE
from agents.replies import Conversable as Conversable
from agents.replies import answering_with as answering_with
from agents.replies import when as when
from agents.selection import auto as auto
from agents.selection import model_chooses as model_chooses
from agents.speakers import STOP as STOP
from agents.speakers import Choice as Choice
from agents.speakers import along as along
from agents.speakers import first as first
from agents.speakers import handed_over as handed_over
from agents.speakers import manual as manual
from agents.speakers import mentioned as mentioned
from agents.speakers import only as only
from agents.speakers import random as random
from agents.speakers import round_robin as round_robin
from agents.team import Team as Team
from agents.team import two_agent_chat as two_agent_chat
from agents.termination import Termination as Termination
from agents.termination import max_messages as max_messages
from agents.termination import max_turns as max_turns
from agents.termination import predicate as predicate
from agents.termination import said as said
from agents.tools import Tool as Tool
from agents.tools import ToolResult as ToolResult
from agents.tools import idempotent as idempotent
from agents.tools import risky as risky
from agents.transcript import Message as Message
from agents.transcript import Transcript as Transcript
from agents.turns import Agent as Agent
from agents.turns import Turn as Turn
