"""What is remembered never grows without end."""

from adapters.shared.recent import Once, Recent


def test_the_oldest_is_forgotten_and_what_is_put_again_is_the_newest():
    recent: Recent[str, int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        recent.put(key, value)
    assert ["a" in recent, "b" in recent, recent.get("a"), recent.get("b")] == [True, False, 3, None]


def test_what_is_dropped_is_not_known_any_more():
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.drop("a")
    recent.drop("never there")
    assert "a" not in recent


def test_a_sentence_is_told_once_and_again_only_after_many_others():
    told: list[str] = []
    tell = Once(told.append, most=2)
    for sentence in ("a", "a", "b", "c", "a"):
        tell(sentence)
    assert told == ["a", "b", "c", "a"]
