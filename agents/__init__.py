"""Tertulia's core: conversations of several agents, as values and functions over a room's log.

    team = Team(
        agents=[assistant("planner", "Plans."), assistant("coder", "Writes Python.")],
        termination=said("TERMINATE") | max_turns(20),
    )

What is imported here is the public interface, listed in docs/api.md; everything else may change.
"""

from agents.budget.limits import Limits as Limits
from agents.errors import TertuliaError as TertuliaError
from agents.errors import WrongUse as WrongUse
from agents.log.events import Asked as Asked
from agents.log.events import Noted as Noted
from agents.log.events import Opened as Opened
from agents.log.events import Said as Said
from agents.log.events import Stopped as Stopped
from agents.log.files import FileRef as FileRef
from agents.log.files import NamedFile as NamedFile
from agents.log.participants import EVERYBODY as EVERYBODY
from agents.log.participants import Profile as Profile
from agents.log.transcript import Message as Message
from agents.log.transcript import Transcript as Transcript
from agents.patterns.nested import fan_out as fan_out
from agents.patterns.nested import nested as nested
from agents.ports import Cap as Cap
from agents.ports import Draft as Draft
from agents.ports import ModelMessage as ModelMessage
from agents.ports import Tool as Tool
from agents.ports import ToolContext as ToolContext
from agents.ports import ToolResult as ToolResult
from agents.ports import idempotent as idempotent
from agents.ports import risky as risky
from agents.team.custom_policy import only as only
from agents.team.model_choice import auto as auto
from agents.team.model_choice import model_chooses as model_chooses
from agents.team.policies import first as first
from agents.team.policies import handed_over as handed_over
from agents.team.policies import manual as manual
from agents.team.policies import mentioned as mentioned
from agents.team.policies import random as random
from agents.team.policies import round_robin as round_robin
from agents.team.situation import STOP as STOP
from agents.team.situation import Choice as Choice
from agents.team.situation import Decision as Decision
from agents.team.situation import Open as Open
from agents.team.situation import Policy as Policy
from agents.team.situation import Situation as Situation
from agents.team.situation import Wait as Wait
from agents.team.team import Team as Team
from agents.team.team import two_agent_chat as two_agent_chat
from agents.team.termination import Termination as Termination
from agents.team.termination import handed_to as handed_to
from agents.team.termination import last_speaker_is as last_speaker_is
from agents.team.termination import max_messages as max_messages
from agents.team.termination import max_seconds as max_seconds
from agents.team.termination import max_tokens as max_tokens
from agents.team.termination import max_turns as max_turns
from agents.team.termination import max_usd as max_usd
from agents.team.termination import predicate as predicate
from agents.team.termination import said as said
from agents.team.termination import tool_called as tool_called
from agents.team.transitions import along as along
from agents.turn.code_reply import run_code as run_code
from agents.turn.conversable import Conversable as Conversable
from agents.turn.conversable import ReplyFunction as ReplyFunction
from agents.turn.conversable import when as when
from agents.turn.function_reply import answering_with as answering_with
from agents.turn.human_input import check_with_people as check_with_people
from agents.turn.model_reply import Thinking as Thinking
from agents.turn.model_reply import reply_with_model as reply_with_model
from agents.turn.ready_made import assistant as assistant
from agents.turn.ready_made import code_runner as code_runner
from agents.turn.ready_made import function_agent as function_agent
from agents.turn.ready_made import profile_of as profile_of
from agents.turn.ready_made import user_proxy as user_proxy
from agents.turn.turn import SILENCE as SILENCE
from agents.turn.turn import Acts as Acts
from agents.turn.turn import Agent as Agent
from agents.turn.turn import AgentTeam as AgentTeam
from agents.turn.turn import Turn as Turn
from agents.turn.view import head_and_tail as head_and_tail
from agents.turn.view import last as last
from agents.turn.view import token_budget as token_budget
