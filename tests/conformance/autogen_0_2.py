"""The driver of autogen-agentchat 0.2.40; it runs in an environment that has that package."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from autogen import Agent as Participant
from autogen import ConversableAgent, GroupChat, GroupChatManager, UserProxyAgent
from autogen.coding.base import CodeBlock, CodeResult
from autogen.coding.markdown_code_extractor import MarkdownCodeExtractor

from tests.conformance.case import PERSON, Agent, Case, Chat, Chosen, Graph, Reply, Table
from tests.conformance.observed import NobodyAnswers, Observed, answer, heard

ENDLESS = 60
"""So many rounds no case needs."""

LANGUAGES = {"bash": "sh", "shell": "sh", "sh": "sh", "python": "python", "Python": "python", "py": "python"}
"""What the reference's own executor runs; other names it refuses."""


class Session:
    """One run of a case, and what is counted meanwhile."""

    def __init__(self, case: Case):
        self.case, self.asked, self.chosen = case, 0, 0
        self.ran: list[tuple[str, str]] = []
        self.prompts: dict[str, list[list[str]]] = {name: [] for name in case.reads}
        self.messages: list[dict[str, Any]] = []
        self.tasks: list[int] = []
        self.turns = {one.name: 0 for one in case.agents}
        self.people = {one.name: iter(one.people) for one in case.agents}
        self.choices: Iterator[str] = iter(getattr(case.speakers, "answers", ()))
        self.agents = {one.name: self.agent(one) for one in case.agents}

    def agent(self, one: Agent) -> ConversableAgent:
        """An agent, as a user of the reference writes it."""
        kind = UserProxyAgent if one.kind == "proxy" else ConversableAgent
        agent = kind(
            one.name,
            human_input_mode=one.mode,
            max_consecutive_auto_reply=one.limit,
            is_termination_msg=self.finished if isinstance(self.case.speakers, Chat) and self.texts else None,
            code_execution_config={"executor": Sandbox(self)} if one.kind == "runner" else False,
            llm_config=False,
        )
        agent.get_human_input = partial(self.ask, one.name)
        if one.kind == "model":
            agent.register_reply([Participant, None], partial(self.model, one), position=len(agent._reply_func_list))
        for reply in one.replies:
            triggers: dict[str, Any] = {"always": [Participant, None], "never": lambda sender: False}
            # Both checks with people, one for sync and one for async chats, stand at the beginning.
            place = {"first": 0, "after check": 2, "last": len(agent._reply_func_list)}[reply.place]
            agent.register_reply(triggers.get(reply.on, reply.on), fixed(reply), place)
        return agent

    def model(
        self, one: Agent, _: Any, messages: Sequence[Mapping[str, Any]], sender: Any, config: Any
    ) -> tuple[bool, str]:
        if one.name in self.prompts:
            self.prompts[one.name].append([str(message["content"]) for message in messages])
        self.turns[one.name] += 1
        return True, one.word(self.turns[one.name] - 1)

    def ask(self, name: str, prompt: str) -> str:
        self.asked += 1
        for words in self.people[name]:
            return words
        raise NobodyAnswers

    @property
    def texts(self) -> list[tuple[str, str]]:
        ends = self.case.ends.leaves if self.case.ends else ()
        return [(str(one.of), one.by) for one in ends if one.kind == "text"]

    def finished(self, message: Mapping[str, Any]) -> bool:
        return any(words in str(message["content"]) and by in ("", message.get("name")) for words, by in self.texts)

    @property
    def most(self) -> int | None:
        """The limit of turns, counted without the task; None without a limit."""
        ends = [one for one in (self.case.ends.leaves if self.case.ends else ()) if one.kind in ("turns", "messages")]
        return min((int(str(one.of)) - (one.kind == "messages") for one in ends), default=None)

    def group(self) -> GroupChatManager:
        speakers = self.case.speakers
        more: dict[str, Any] = {"speaker_selection_method": "round_robin"}
        graph = speakers.graph if isinstance(speakers, Chosen) else speakers
        if isinstance(graph, Graph):
            more["allowed_or_disallowed_speaker_transitions"] = {
                self.agents[one]: [self.agents[name] for name in after] for one, after in graph.after.items()
            }
            more["speaker_transitions_type"] = "disallowed" if graph.disallowed else "allowed"
        elif isinstance(speakers, Chosen):
            more["allow_repeat_speaker"] = speakers.repeats
        if isinstance(speakers, Chosen):
            more["speaker_selection_method"] = "auto"
        if isinstance(speakers, Table):
            more["speaker_selection_method"] = partial(self.pick, speakers)
        chat = GroupChat(
            agents=list(self.agents.values()),
            messages=[],
            max_round=(self.most or ENDLESS) + 1,
            select_speaker_auto_llm_config={
                "config_list": [{"model": "m", "model_client_cls": "Chooser"}],
                "cache_seed": None,
            },
            select_speaker_auto_model_client_cls=chooser(self),
            **more,
        )
        return GroupChatManager(chat, is_termination_msg=self.finished if self.texts else None, silent=True)

    def pick(self, table: Table, last: Participant, chat: GroupChat) -> Any:
        chosen = table.after.get(last.name)
        return self.agents.get(chosen or "", chosen)

    def run(self) -> None:
        if isinstance(self.case.speakers, Chat):
            initiator, recipient = self.agents.values()
            self.messages = initiator.chat_messages[recipient]
            for task in self.case.tasks:
                self.tasks.append(len(self.messages))
                rounds = None if self.most is None else (self.most + 1) // 2
                initiator.initiate_chat(recipient, message=task, max_turns=rounds, clear_history=False, silent=True)
            return
        manager = self.group()
        person = ConversableAgent(PERSON, human_input_mode="NEVER", llm_config=False, code_execution_config=False)
        for task in self.case.tasks:
            self.messages = manager.groupchat.messages
            person.initiate_chat(manager, message=task, clear_history=False, silent=True)

    def observed(self, stop: str | None) -> Observed:
        said = [
            (PERSON if number in self.tasks else str(one["name"]), str(one["content"]))
            for number, one in enumerate(self.messages)
        ]
        reads = {name: [heard(prompt, said) for prompt in prompts] for name, prompts in self.prompts.items()}
        return Observed(said=said, stop=stop, asked=self.asked, choosing=self.chosen, ran=self.ran, reads=reads)


class Sandbox:
    """Runs nothing; its programs end as the case says, up to the first that fails."""

    code_extractor = MarkdownCodeExtractor()

    def __init__(self, session: Session):
        self.session = session

    def execute_code_blocks(self, code_blocks: Sequence[CodeBlock]) -> CodeResult:
        code, output = 0, ""
        for block in code_blocks:
            if block.language not in LANGUAGES:
                return CodeResult(exit_code=1, output=f"{output}\nunknown language {block.language}")
            self.session.ran.append((LANGUAGES[block.language], block.code.strip()))
            code, printed = self.session.case.exits.get(block.code.strip(), (0, ""))
            output += printed
            if code:
                break
        return CodeResult(exit_code=code, output=output)

    def restart(self) -> None:
        pass


def chooser(session: Session) -> type:
    """The model that chooses speakers, as a client that GroupChat makes by itself."""

    class Chooser:
        def __init__(self, config: Any, **_: Any):
            pass

        def create(self, params: Any) -> Any:
            session.chosen += 1
            message = SimpleNamespace(content=next(session.choices), function_call=None, tool_calls=None)
            return SimpleNamespace(choices=[SimpleNamespace(message=message)], model="m")

        def message_retrieval(self, response: Any) -> list[str]:
            return [choice.message.content for choice in response.choices]

        def cost(self, response: Any) -> float:
            return 0.0

        @staticmethod
        def get_usage(response: Any) -> dict[str, Any]:
            return {}

    return Chooser


def fixed(reply: Reply) -> Callable[..., tuple[bool, str | None]]:
    """A reply function that says one text, or passes on."""
    return lambda recipient, messages, sender, config: (reply.text is not None, reply.text)


def drive(case: Case) -> Observed:
    """Run one case."""
    session = Session(case)
    try:
        session.run()
    except NobodyAnswers:
        return session.observed("waits")
    except Exception:
        return session.observed("error")
    return session.observed(None)


if __name__ == "__main__":
    answer(drive)
