"""C49: agents that say nothing new, in any language, are paused; agents that do are left alone."""

from itertools import cycle

import pytest

from agents.log.events import Noted, Said
from agents.log.files import FileRef
from agents.team.runaway import runaway
from tests.unit.story import ANA, CODER, PLANNER, REVIEWER, Story, tool

PLOT = FileRef(sha256="0", name="plot.png", media_type="image/png", size=1)


def story_of(*lines: str, agents: tuple[str, ...] = (PLANNER, CODER), task: str = "Go") -> Story:
    story = Story()
    story.says(ANA, task)
    for agent, line in zip(cycle(agents), lines, strict=False):
        story.turn(agent, line)
    return story


def stopped_after(lines: tuple[str, ...], agents: tuple[str, ...] = (PLANNER, CODER)) -> int | None:
    """After how many messages the agents are paused; None where they never are."""
    for said in range(1, len(lines) + 1):
        if runaway(story_of(*lines[:said], agents=agents).transcript):
            return said
    return None


ENGLISH = (
    "The report is in the folder, coder.",
    "Thank you so much, planner! It was a pleasure collaborating on this.",
    "Likewise! I really appreciate your kind words. Do not hesitate to reach out.",
    "Sure! Looking forward to working with you again soon!",
    "Same here. Wishing you a wonderful weekend and continued success!",
    "You too, take care!",
)
GERMAN = (
    "Der Bericht liegt im Ordner.",
    "Vielen herzlichen Dank, das war eine sehr angenehme Zusammenarbeit!",
    "Gern geschehen! Ich wünsche dir noch einen schönen Tag.",
    "Danke, das wünsche ich dir auch. Bis bald!",
    "Bis bald und alles Gute!",
    "Tschüss!",
)
SPANISH = (
    "El informe está en la carpeta.",
    "¡Muchísimas gracias por tu ayuda! Ha sido un placer.",
    "De nada, planner, igualmente. ¡Que tengas un buen día!",
    "¡Gracias! Igualmente, hasta pronto.",
    "¡Hasta pronto! Siempre a tu disposición.",
    "¡Adiós y mucha suerte!",
    "¡Adiós!",
)
JAPANESE = (
    "報告書はフォルダにあります。",
    "ありがとうございます！本当に助かりました。",
    "こちらこそ、ありがとうございました。",
    "どういたしまして。またよろしくお願いします。",
    "こちらこそ、よろしくお願いいたします！",
    "それでは、失礼します。",
    "はい、失礼いたします。",
)
CHINESE = (
    "报告在文件夹里。",
    "非常感谢！合作愉快。",
    "不客气，很高兴能帮到你。",
    "祝你一切顺利！",
    "也祝你顺利，再见！",
)
PARAPHRASED = (
    "I will look into the report.",
    "Let me look into that report.",
    "I'll be looking into it, one moment.",
    "The report: I will look into it.",
    "I am looking into it!",
    "I will look into the report now.",
    "Looking into the report.",
)


@pytest.mark.parametrize(
    ("lines", "at_most"),
    [(ENGLISH, 5), (GERMAN, 5), (SPANISH, 7), (JAPANESE, 7), (CHINESE, 5), (PARAPHRASED, 7)],
    ids=["English", "German", "Spanish", "Japanese", "Chinese", "paraphrased"],
)
def test_c49_courtesies_in_any_language_are_noticed(lines: tuple[str, ...], at_most: int) -> None:
    stopped = stopped_after(lines)
    assert stopped is not None
    assert 4 <= stopped <= at_most


STORY = (
    "Der Drache schläft in seiner Höhle.",
    "Ein Ritter kommt zur Höhle und weckt ihn.",
    "Der Drache gähnt und bietet Tee an.",
    "Sie trinken Tee, bis der Mond aufgeht.",
    "Der Ritter erzählt vom König.",
    "Da lacht der Drache über den König.",
)
DEBATE = (
    "Los coches eléctricos contaminan menos.",
    "Depende de cómo se produce la electricidad.",
    "Con energía solar contaminan muy poco.",
    "Pero las baterías necesitan litio.",
    "El litio se puede reciclar.",
    "Reciclar es caro todavía.",
)
SHIRITORI = ("しりとり", "りんご", "ごりら", "らっぱ", "ぱんだ", "だちょう", "うさぎ", "ぎゅうにゅう")
CHESS = ("Thanks, e4.", "e5, your turn.", "Nf3!", "Nc6, good luck.", "Bb5", "a6, thanks", "Ba4", "Nf6")
FIELDS = (
    "top left",
    "center",
    "bottom right",
    "top right",
    "bottom left",
    "top center",
    "bottom center",
    "left center",
)
WORK = (
    "Great, thanks! I will rename the module.",
    "Perfect. I have renamed the tests as well.",
    "Thanks! Then I merge the branch.",
    "Good. The release notes are missing.",
    "Noted, I will write the notes.",
    "Thanks, and the changelog, please.",
)
INTERVIEW = (
    "What is your name?", "I am the coder.", "What do you do?", "I write code.", "What do you like?", "I like tea.",
)  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [STORY, DEBATE, SHIRITORI, CHESS, FIELDS, WORK, INTERVIEW],
    ids=["story", "debate", "shiritori", "chess", "tic-tac-toe", "work", "interview"],
)
def test_c49_short_talk_that_gets_somewhere_is_left_alone(lines: tuple[str, ...]) -> None:
    assert stopped_after(lines) is None


@pytest.mark.parametrize(
    ("agents", "expected"), [((CODER,), 3), ((PLANNER, CODER), 3), ((PLANNER, CODER, REVIEWER), 4)], ids=[1, 2, 3]
)
def test_c49_the_same_text_again_and_again_is_a_loop(agents: tuple[str, ...], expected: int) -> None:
    lines = ("I will look into row 17.", "I will look into  ROW 17!", "Coder, I will look into row 17") * 2
    assert stopped_after(lines, agents) == expected


def test_c49_a_long_draft_that_is_handed_on_unchanged_is_no_loop() -> None:
    assert stopped_after(("word " * 401,) * 6) is None
    assert stopped_after(("word " * 400,) * 6) == 3


def test_c49_the_reason_says_who_says_the_same() -> None:
    lines = ["Row 17 is wrong."] * 4
    assert runaway(story_of(*lines, agents=(PLANNER, CODER, REVIEWER)).transcript) == (
        "The last 4 messages (coder and planner and reviewer) say the same; write something to let them go on."
    )
    assert stopped_after(("👍",) * 3) == 3


def test_c49_a_vote_in_which_all_agree_is_no_loop() -> None:
    assert stopped_after(("I vote for the red one.",) * 3, (PLANNER, CODER, REVIEWER)) is None


def test_c49_two_that_repeat_their_own_words_by_turns_are_noticed() -> None:
    stopped = stopped_after(("Please continue the task.", "I have finished the task.") * 4)
    assert stopped is not None
    assert stopped <= 6


def test_c49_who_did_something_meanwhile_is_left_alone() -> None:
    story = story_of()
    for number in range(4):
        story.turn((PLANNER, CODER)[number % 2], "Your move.", *tool("move", str(number)))
    assert runaway(story.transcript) is None
    story = story_of()
    for number in range(4):
        story.turn((PLANNER, CODER)[number % 2], "Your move.", Noted(key="board", value=number))
    assert runaway(story.transcript) is None


def test_c49_new_questions_code_mentions_and_files_are_something_new() -> None:
    thanks = ("Thanks!", "You're welcome!", "Great, thanks!")
    assert stopped_after((*thanks, "Can I help you?")) is None
    assert stopped_after((*thanks, "Run `it` again.")) is None
    story = story_of(*thanks)
    story.says(ANA, "", said=Said(text="", recalled="ana"))
    story.turn(CODER, "Thanks, all!", said=Said(text="", files=(PLOT,)))
    assert runaway(story.transcript) is None


def test_c49_a_question_or_a_mention_that_was_there_before_is_nothing_new() -> None:
    assert stopped_after(("How can I help you?", "How can I help you, coder?") * 3) in (3, 4)
    assert stopped_after(("Thanks again!", "Use `x`, please.", "Thanks!", "Use `x`, please.") * 3) in (5, 6)


def test_c49_after_a_person_has_spoken_the_count_begins_anew() -> None:
    story = story_of(*ENGLISH)
    assert runaway(story.transcript) is not None
    story.says(ANA, "And now?")
    story.turn(CODER, "Thanks!")
    assert runaway(story.transcript) is None
