"""Conformance: what AutoGen's users know, tried on both AutoGens and on ours, case by case.

A case (`tests.conformance.case.Case`) is a plain value: agents with scripted answers, a task, what people answer. Three
drivers run it: `autogen_0_2`, `autogen_0_7` and `ours`. What they observe (`tests.conformance.observed.Observed`) must
be the same, or the case says why ours deviates.

To add a case, write it into the file of its behaviour in ``tests/conformance/cases``:

    Case(
        name="round-of-two",
        about="Two agents alternate.",
        agents=(talker("a"), talker("b")),
        ends=turns(4),
    ),

then run ``make conformance``: it asks both references anew, keeps their answers in ``references/``, and prints a table.
Where ours differs the table says in what. If that is right for a room in which people go on writing, declare it:

        deviates={"0.2.40": "One sentence that a user of that version understands."},
        ours={"said": [["ana", "task"], ["a", "A1"]]},  # only where ours agrees with no reference

If it is not, mend ours; until then ``finding="What ours should do."`` keeps the case in sight. What a reference has no
words for is said in ``cannot``. Commit the case with the answers.

``pytest tests/conformance`` runs every case on ours alone, beside the kept answers. A deviation that is declared and is
none fails as well.
"""
