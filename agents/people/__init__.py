"""What people do to a room.

`door` is the one way in for everything that people do on any platform. `permissions` says who may do what, `commands`
is the grammar of commands, and `command_actions` carries them out.

Whoever writes a surface imports from here: the door, commands, permissions, the rooms behind them, and the types that
signatures of `agents` name.
"""

from agents.budget.meter import Caps as Caps
from agents.budget.meter import Meter as Meter
from agents.budget.meter import Show as Show
from agents.log.used_names import Named as Named
from agents.people.command_actions import Bindings as Bindings
from agents.people.command_actions import CommandActions as CommandActions
from agents.people.command_actions import Exporter as Exporter
from agents.people.command_actions import PrivateReply as PrivateReply
from agents.people.commands import Command as Command
from agents.people.commands import Role as Role
from agents.people.commands import Scope as Scope
from agents.people.commands import Verb as Verb
from agents.people.door import Authority as Authority
from agents.people.door import Door as Door
from agents.people.door import Earlier as Earlier
from agents.people.permissions import Act as Act
from agents.people.permissions import Change as Change
from agents.people.permissions import Contribution as Contribution
from agents.people.permissions import Entrance as Entrance
from agents.people.permissions import Permissions as Permissions
from agents.people.permissions import Response as Response
from agents.runtime.rooms import Rooms as Rooms
from agents.runtime.team_run import TeamRun as TeamRun
from agents.runtime.team_run import team_run as team_run
from agents.runtime.wakeups import InProcessWakeups as InProcessWakeups
from agents.team.attention import Attention as Attention
from agents.team.binding import Binding as Binding
from agents.team.custom_policy import Chosen as Chosen
from agents.team.custom_policy import Custom as Custom
from agents.team.custom_policy import Speakers as Speakers
from agents.team.situation import Graph as Graph
from agents.team.situation import Nobody as Nobody
from agents.team.situation import Stop as Stop
from agents.team.situation import Think as Think
from agents.team.situation import WhileWaiting as WhileWaiting
from agents.team.termination import Condition as Condition
from agents.turn.approvals import APPROVE as APPROVE
from agents.turn.approvals import REJECT as REJECT
from agents.turn.conversable import BeforeSend as BeforeSend
from agents.turn.conversable import Trigger as Trigger
from agents.turn.function_reply import Function as Function
from agents.turn.function_reply import Reply as Reply
from agents.turn.human_input import HumanInputMode as HumanInputMode
from agents.turn.model_reply import OnMessages as OnMessages
from agents.turn.open_questions import Patience as Patience
from agents.turn.turn import ApprovalMode as ApprovalMode
from agents.turn.turn import Brief as Brief
from agents.turn.turn import Silence as Silence
from agents.turn.view import Cut as Cut
from agents.turn.view import Preamble as Preamble
