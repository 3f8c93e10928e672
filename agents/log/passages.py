"""The sources of what passes between a room and its child rooms: each is unique, so that it passes once."""


def task_source(child: str) -> str:
    """Of the task, the first thing said in the child room."""
    return f"open:{child}"


def background_source(child: str, seq: int) -> str:
    """Of the copy that the child room has of the message ``seq`` of the room that opened it."""
    return f"open:{child}/{seq}"


def stop_source(child: str) -> str:
    """Of the stop in the child room, because nobody waits for it any more."""
    return f"stop:{child}"


def close_source(child: str) -> str:
    """Of the `Closed` in the room that opened the child."""
    return f"close:{child}"


def question_source(child: str, seq: int) -> str:
    """Of the repetition, one room higher, of the question ``seq`` of the child room."""
    return f"ask:{child}/{seq}"


def void_source(child: str, seq: int) -> str:
    """Of the end, one room higher, of that repetition, where the question has ended in the child room itself."""
    return f"void:{child}/{seq}"


def answer_source(room: str, seq: int) -> str:
    """Of the answer in the child room, which was given in ``room`` to the question ``seq`` there."""
    return f"answer:{room}/{seq}"


def correction_source(room: str, edit: int) -> str:
    """Of the edit in the child room of an answer that was changed in ``room`` by the record ``edit``."""
    return f"edit:{room}/{edit}"


def arrival_source(child: str, person: str) -> str:
    """Of a person's coming into the child room with their first answer."""
    return f"join:{child}/{person}"


def deletion_source(child: str, seq: int) -> str:
    """Of the deletion of the message ``seq`` of the child room, because what it was made from is gone."""
    return f"delete:{child}/{seq}"
