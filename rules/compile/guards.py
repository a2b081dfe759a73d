"""Guards: which rows a ticket's values and instants rule out, all of them looked up at once.

Every row is one bit. For each value of a fact there is a number with the bits of the rows that can still hold; the
numbers of all facts together leave the few rows that hold, or that are worth asking.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rules.compile import reads
from rules.compile.blocks import Block, laid_out, united
from rules.compile.joint import Joint, Look
from rules.compile.moments import TABLES
from rules.compile.rows import Row
from rules.compile.source import Source
from rules.compile.spans import Spans
from rules.compile.terms import Due, Leaf, Term
from rules.compile.texts import MOST_PATTERNS, Texts
from rules.compile.values import Asked, Values
from rules.compile.worn import Worn
from rules.conditions.question import Question, QuestionKind

#: Facts are looked up together while there are about so many ways in which they can meet.
_MOST_WAYS = 2048
#: So many values a number is taken to have.
_NUMBERS = 8
_OF_TEXTS = frozenset({QuestionKind.PATTERN, QuestionKind.PHRASE, QuestionKind.PHRASES, QuestionKind.START})


class Guards:
    """What every row needs of the facts.

    Attributes:
        left: What has to be asked of each row that is not ruled out, its lengths of time aside.
    """

    def __init__(self, rows: Sequence[Row], *, answers: bool) -> None:
        self._answers = answers
        self._everything = (1 << len(rows)) - 1
        self._worn: dict[str, Worn] = {fact: Worn(len(rows)) for fact in reads.TAGS}
        self._asked: dict[str, dict[tuple[Leaf, bool], int]] = {}
        self._dues: dict[str, dict[Due, int]] = {}
        self._many = _with_many_patterns(rows)
        self.left: list[list[tuple[Leaf, bool]]] = []
        for place, row in enumerate(rows):
            self.left.append([one for one in row.values if not self._takes(*one, 1 << place)])
            for due in row.dues:
                of_fact = self._dues.setdefault(due.condition.fact, {})
                of_fact[due] = of_fact.get(due, 0) | 1 << place

    def tables(
        self, slots: Mapping[Due, int], over: Sequence[datetime], running: Sequence[datetime]
    ) -> Sequence[object]:
        """What is known of the lengths of time at a moment, as `lines` want it."""
        return tuple(
            Spans(
                [(due.condition, over[slots[due]], running[slots[due]], bits) for due, bits in dues.items()],
                self._everything,
                answers=self._answers,
            ).table
            for dues in self._dues.values()
        )

    def lines(self, source: Source) -> list[str]:
        """Generated code that finds, with `facts` and `moment` (`rules.compile.moments`) at hand, two numbers.

        They are `left`, the rows that are not ruled out, and `unsure`, those that have to be asked because of their
        lengths of time, as bits.
        """
        source.names["bisect"] = bisect_right
        blocks = (*self._values(source), *self._tags(source), *self._lengths(source))
        return [
            "ticket = facts.ticket",
            "ledger = facts.ledger",
            "unsure = 0",
            f"left = {source.name(self._everything)}",
            *laid_out(blocks, self._everything.bit_length(), source),
        ]

    def _takes(self, leaf: Leaf, wanted: bool, bit: int) -> bool:  # noqa: FBT001 - the pair of a row
        """Whether the question is settled by a look-up."""
        question, fact = leaf.condition.question, leaf.condition.fact
        if question is None:
            return False
        if fact in self._worn:
            return self._takes_tag(leaf, wanted, bit)
        if question.kind is QuestionKind.PATTERN and fact in self._many:
            return False
        asked = self._asked.setdefault(fact, {})
        asked[leaf, wanted] = asked.get((leaf, wanted), 0) | bit
        return True

    def _takes_tag(self, leaf: Leaf, wanted: bool, bit: int) -> bool:  # noqa: FBT001 - the pair of a row
        question, worn = leaf.condition.question, self._worn[leaf.condition.fact]
        if question is None or leaf.condition.when_unset is not question.negated:
            return False
        if question.kind is QuestionKind.TAG and question.negated is wanted:
            worn.lack(question.values, bit)
            return True
        if not wanted or question.negated:
            return False
        if question.kind is QuestionKind.TAGS:
            return worn.need([(tag,) for tag in question.values], bit)
        return question.kind is QuestionKind.TAG and worn.need([question.values], bit)

    def _values(self, source: Source) -> Iterator[Block]:
        joined = self._joined()
        for facts in joined:
            if len(facts) > 1:
                yield self._looked_up_together(facts, source)
        for fact in self._asked:
            if all(fact not in facts or len(facts) == 1 for facts in joined):
                yield self._looked_up(fact, source)

    def _joined(self) -> list[list[str]]:
        """Facts with few values that are read from one place, in groups that have few values too."""
        groups: list[tuple[str, int, list[str]]] = []
        for fact in (*self._asked, *(fact for fact, worn in self._worn.items() if worn.asking)):
            if not reads.has_few(fact) or self._has_texts(fact):
                continue
            home, ways = reads.home(fact), self._ways(fact)
            for place, (other, found, facts) in enumerate(groups):
                if other == home and found * ways <= _MOST_WAYS:
                    groups[place] = home, found * ways, [*facts, fact]
                    break
            else:
                groups.append((home, ways, [fact]))
        return [facts for _, _, facts in groups]

    def _ways(self, fact: str) -> int:
        """About how many values a fact has that differ in what they rule out."""
        if fact in self._worn:
            return 1 + len(self._worn[fact].tags)
        questions = [question for question in self._questions(fact) if question.kind is not QuestionKind.SET]
        if any(question.kind is QuestionKind.NUMBER for question in questions):
            return _NUMBERS
        return 1 + len({value for question in questions for value in question.values})

    def _questions(self, fact: str) -> list[Question]:
        questions = (leaf.condition.question for leaf, _ in self._asked.get(fact, ()))
        return [question for question in questions if question is not None]

    def _has_texts(self, fact: str) -> bool:
        return any(question.kind in _OF_TEXTS for question in self._questions(fact))

    def _of_fact(self, fact: str) -> Values:
        asked: list[Asked] = [(leaf.condition, wanted, bits) for (leaf, wanted), bits in self._asked[fact].items()]
        of_texts = self._has_texts(fact) and not self._longest_start(fact)
        return (Texts if of_texts else Values)(asked, self._everything)

    def _longest_start(self, fact: str) -> int:
        """So many letters of a text settle all that is asked of it; 0 = it takes all of them."""
        questions = self._questions(fact)
        if reads.is_field(fact) or any(question.kind is not QuestionKind.START for question in questions):
            return 0
        return max(len(question.values[0]) for question in questions)

    def _look(self, fact: str) -> Look:
        if fact in self._worn:
            return self._worn[fact].of
        values = self._of_fact(fact)
        return values.of_field if reads.is_field(fact) else values.__getitem__

    def _looked_up_together(self, facts: Sequence[str], source: Source) -> Block:
        joint = Joint([self._look(fact) for fact in facts], self._everything)
        kept = source.name(joint)
        key = ", ".join(reads.read(fact, source.name) for fact in facts)
        rows = united(self._rows(fact) for fact in facts)
        if not any(reads.is_field(fact) for fact in facts):
            return Block(rows, [f"left &= {kept}[{key}]"])
        # A custom field may hold what cannot be looked up.
        lines = [f"key = ({key})", f"try: left &= {kept}[key]"]
        return Block(rows, [*lines, f"except TypeError: left &= {kept}.of(key)"])

    def _looked_up(self, fact: str, source: Source) -> Block:
        values = self._of_fact(fact)
        kept, value = source.name(values), reads.read(fact, source.name)
        if letters := self._longest_start(fact):
            # A letter is folded to one or more, whatever stands beside it: these fold to the beginning of all.
            return Block(self._rows(fact), [f"text = {value}", f"left &= {kept}[text and text[:{letters}]]"])
        if not reads.is_field(fact):
            return Block(self._rows(fact), [f"left &= {kept}[{value}]"])
        return Block(self._rows(fact), [f"left &= {source.name(values.of_field)}({value})"])

    def _rows(self, fact: str) -> int:
        """The rows that ask for a value."""
        return self._worn[fact].asking if fact in self._worn else united(self._asked[fact].values())

    def _tags(self, source: Source) -> Iterator[Block]:
        joined = {fact for facts in self._joined() if len(facts) > 1 for fact in facts}
        for fact, worn in self._worn.items():
            if worn.asking and fact not in joined:
                text = reads.read(fact, source.name)
                known = text if fact in reads.ALWAYS_SET else f"{text} or ()"
                yield Block(worn.asking, worn.lines(known, source))

    def _lengths(self, source: Source) -> Iterator[Block]:
        for place, (fact, dues) in enumerate(self._dues.items()):
            rows = united(dues.values())
            yield Block(rows, _since(fact, TABLES + place, source.name(rows), source))


def _since(fact: str, table: int, rows: str, source: Source) -> list[str]:
    lines = [
        f"cuts, kept, asked, work_out = moment[{table}]",
        "place = bisect(cuts, since)",
        "rows = kept[place]",
        "left &= work_out(place) if rows is None else rows",
        "if asked[place]: unsure |= asked[place]",
    ]
    if not reads.always_runs(fact):
        lines = [f"if since is None: left &= ~{rows}", "else:", *(f"    {line}" for line in lines)]
    return [f"since = {reads.since(fact, source.name)}", *lines]


def _with_many_patterns(rows: Sequence[Row]) -> frozenset[str]:
    """Facts whose patterns are left to the rows: most of those have few candidates."""
    patterns: set[Term] = set()
    found: Counter[str] = Counter()
    for row in rows:
        for leaf, _ in row.values:
            question = leaf.condition.question
            if question is not None and question.kind is QuestionKind.PATTERN and leaf not in patterns:
                patterns.add(leaf)
                found[leaf.condition.fact] += 1
    return frozenset(fact for fact, count in found.items() if count > MOST_PATTERNS)
