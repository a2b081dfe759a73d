"""Sixty rules on many tickets: our engines and those of others, side by side.

python benchmarks/rules_engines.py
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import yaml
from engines.by_hand import KINDS, Decider, Kind, by_hand
from engines.contenders import PEERS
from engines.languages import nodes
from engines.tickets import WHAT, WHERE, accounts, plain, situation, ticket
from msgspec.structs import replace
from section import Measure, Section, show, table

from rules.compile.compiled import Compiled
from rules.facts import Facts, facts_of
from rules.load import load_policy
from rules.policy import Policy
from rules.proofs.prover import prover_of

RULES = Path(__file__).parent / "engines" / "rules.yaml"
SEED = 20260318
TICKETS, ROUNDS = 100_000, 10
OURS, INSIDE, WAKING = (
    "Escalade, compiled",
    "Escalade, compiled, facts made inside",
    "Escalade, compiled, with wake-ups",
)
EXPLAINING, SINGLY = "Escalade, explaining", "Escalade, explaining, rule by rule"
CLOSURES = "closures"
#: The contender of the measure: one closure for each question, patterns by RE2, as ours.
HAND = Kind(apart=True, words=False, safe=True).name
#: What was found in a text is kept; where every subject is another one, that is of no use.
UNLIKE = ", no two subjects alike"


BODY = (
    "Sixty rules, no two alike, {rounds} rounds in turns, each on tickets of its own; processor time for one ticket, "
    "all rules; medians, and the median of each round's ratio to our compiled engine. Facts are made before the clock "
    "starts: for ours, and for closures *given the same facts*, the ticket with its account, its ledger and what its "
    "comments add up to; for all others plain values in which lengths of time are already worked out. *Facts made "
    "inside* also makes those, comments counted, while the clock runs. *With wake-ups* also says when each answer "
    "could change by itself, which nobody else does. The explaining engine builds the whole proof of every rule, "
    "whether it holds or not; *rule by rule* asks each rule for its own. Making the code took {warm:,.0f} ms, once, "
    "before the first round. The subjects are {subjects} texts that come again and again, and ours keeps what it "
    "found in one; for *no two subjects alike* each is numbered, and the ratio is to ours on those."
)
OF_CLOSURES = (
    "How many times as long as ours every kind of closure takes; none is left out. Those that say nothing of it are "
    "given plain values: lengths of time, folded texts and the words of enumerations are worked out before the clock "
    "starts. They tell what rules cost once somebody else has read the ticket. Those *given the same facts* start "
    "where ours starts and read what they need by themselves, so the work is the same. Of these the measure asks the "
    "plain kind: *arity-specialised* is a closure for each question and one around each group, made for its number of "
    "parts, cheap questions first, and patterns are run by RE2, as ours are, which no text can stall. *A whole rule "
    "each* writes a rule as one expression, as a generator of code would. *Words before patterns* runs a pattern only "
    "on texts with a word that it needs. *Patterns by `re`* gives up that no text can stall a rule."
)


class Timed(NamedTuple):
    """One contender in one round."""

    #: Microseconds for one ticket.
    each: float
    answers: list[list[int]]


#: Who decides, and the work of it.
_Turn = tuple[str, Callable[[], Timed]]


def measure(*, quick: bool) -> Section:
    """Let every contender decide, round by round, each round on tickets of its own."""
    tickets, rounds = (400, 2) if quick else (TICKETS, ROUNDS)
    text = RULES.read_text(encoding="utf-8")
    policy = load_policy({"rules.yaml": text})
    conditions = [nodes(rule["when"]) for rule in yaml.safe_load(text)["rules"]]
    compiled = Compiled([rule.when for rule in policy.rules])
    peers = {name: (make(conditions), share) for name, (make, share) in PEERS.items()}
    hands = {kind.name: by_hand(conditions, policy.calendars["support"], kind) for kind in KINDS}
    customers, chance = accounts(SEED, 2000), random.Random(SEED)
    found: dict[str, list[float]] = {}
    wrong: dict[str, int] = {}
    asked: dict[str, int] = {}
    size = tickets // rounds
    warm = _warmed(
        compiled, [situation(ticket(index, chance), chance.choice(customers), chance) for index in range(size)]
    )
    for number in range(rounds):
        seen = [
            situation(ticket(number * size + index, chance), chance.choice(customers), chance) for index in range(size)
        ]
        for suffix in ("", UNLIKE):
            given = [unlike(one) for one in seen] if suffix else seen
            truth: list[list[int]] = []
            for name, work in _in_turn(_turns(compiled, policy, peers, hands, given), suffix, chance):
                each, answers = work()
                truth = truth or answers
                found.setdefault(name, []).append(each)
                differ = sum(mine != right for mine, right in zip(answers, truth, strict=False))
                wrong[name] = wrong.get(name, 0) + differ
                asked[name] = asked.get(name, 0) + len(answers)
    return _section(found, wrong, asked, rounds, warm)


def unlike(one: Facts) -> Facts:
    """The same facts with a subject that no other ticket has."""
    numbered = replace(one.ticket, subject=f"{one.ticket.subject} ({one.ticket.ref.id})")
    return facts_of(numbered, one.account, one.summary, one.ledger, one.now)


def _in_turn(turns: list[_Turn], suffix: str, chance: random.Random) -> list[_Turn]:
    """The turns of a round, by lot: nobody always comes after the same neighbour. The truth is told first."""
    if suffix:
        turns = [one for one in turns if one[0] in {EXPLAINING, OURS} or one[0].startswith(CLOSURES)]
    truth, *others = [(f"{name}{suffix}", work) for name, work in turns]
    chance.shuffle(others)
    return [truth, *others]


def _warmed(compiled: Compiled, seen: Sequence[Facts]) -> float:
    """Milliseconds beyond the usual for deciding about tickets for the first time."""
    start = process_time()
    for one in seen:
        compiled.holding(one)
        compiled.turning(one)
    middle = process_time()
    for one in seen:
        compiled.holding(one)
        compiled.turning(one)
    return (middle - start - (process_time() - middle)) * 1000


def _turns(
    compiled: Compiled, policy: Policy, peers: Any, hands: Mapping[str, Decider], seen: list[Facts]
) -> list[_Turn]:
    """Everybody's turn; the first one tells the truth, by the engine that explains itself."""
    facts = [plain(one, policy.calendars["support"]) for one in seen]
    sets = [{**one, "tags": frozenset(one["tags"]), "account_tags": frozenset(one["account_tags"])} for one in facts]
    prover = prover_of(policy)

    def explain(one: Facts) -> list[int]:
        return [number for number, verdict in enumerate(prover.prove(one)) if verdict.holds]

    def singly(one: Facts) -> list[int]:
        verdicts = [rule.when.evaluate(one) for rule in policy.rules]
        return [number for number, verdict in enumerate(verdicts) if verdict.holds]

    def anew(one: Facts) -> list[int]:
        return compiled.holding(
            Facts(one.ticket, one.account, one.summary, one.ledger, one.now, one.linked, one.responses)
        )

    def waking(one: Facts) -> list[int]:
        return [number for number, holds, _ in compiled.turning(one) if holds]

    unread = [_unread(one) for one in seen]
    turns: list[_Turn] = [(EXPLAINING, lambda: timed(explain, seen))]
    truth = (OURS, lambda: timed(compiled.holding, seen))
    turns += [
        (SINGLY, lambda: timed(singly, unread)),
        truth,
        (INSIDE, lambda: timed(anew, seen)),
        (WAKING, lambda: timed(waking, seen)),
    ]
    turns += [(name, lambda decide=decide: timed(decide, seen)) for name, decide in hands.items()]
    for name, (decide, share) in peers.items():
        given = sets if name.startswith(CLOSURES) else facts
        some = given[: max(1, int(len(given) * share))]
        turns.append((name, lambda decide=decide, some=some: timed(decide, some)))
    return turns


def _unread(one: Facts) -> Facts:
    """The same facts, comments counted, of which nothing was read yet."""
    again = one.asked_by(one.responses, one.clocks)
    assert again.silences == one.silences
    return again


def timed(decide: Callable[[Any], list[int]], given: Sequence[Any]) -> Timed:
    """Decide about all of them; the collector of garbage rests meanwhile."""
    gc.collect()
    gc.disable()
    start = process_time()
    answers = [decide(one) for one in given]
    seconds = process_time() - start
    gc.enable()
    return Timed(seconds / len(given) * 1e6, answers)


def _section(
    found: dict[str, list[float]], wrong: dict[str, int], asked: dict[str, int], rounds: int, warm: float
) -> Section:
    medians = {name: statistics.median(times) for name, times in found.items()}
    rows = []
    for name in sorted(found, key=medians.__getitem__):
        ratio = name_ratio(found, name)
        agrees = "yes" if not wrong[name] else f"no, on {wrong[name]:,} tickets"
        rows.append(
            (
                name,
                f"{medians[name]:,.2f} µs",
                f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.1f}",
                f"{asked[name]:,}",
                agrees,
            )
        )
    body = BODY.format(rounds=rounds, warm=warm, subjects=len(WHAT) * len(WHERE)) + "\n\n"
    closures = sorted((name for name in found if name.startswith(CLOSURES)), key=lambda name: name_ratio(found, name))
    fastest = min((name for name in PEERS if not name.startswith(CLOSURES)), key=lambda name: name_ratio(found, name))
    explaining = name_ratio(found, EXPLAINING)
    return Section(
        title="Rules: engines side by side",
        body=body
        + table(("engine", "one ticket", "times ours", "tickets", "same answers"), rows)
        + f"\n\n{OF_CLOSURES}\n\n"
        + "\n".join(f"- {name_ratio(found, name):,.2f}: {name}" for name in closures),
        measures=(
            _measure("at least 10 times as fast as the fastest peer", name_ratio(found, fastest), 10, f" ({fastest})"),
            _measure(f"at least 3 times as fast as {HAND}", name_ratio(found, HAND), 3, ""),
            Measure(
                text="explaining takes at most 15 times as long", found=f"{explaining:,.1f} times", met=explaining <= 15
            ),
        ),
        figures=medians,
    )


def name_ratio(found: dict[str, list[float]], name: str) -> float:
    """How many times as long as our compiled engine somebody takes on the same tickets."""
    ours = found[f"{OURS}{UNLIKE}" if name.endswith(UNLIKE) else OURS]
    return statistics.median(one / own for one, own in zip(found[name], ours, strict=True))


def _measure(text: str, ratio: float, least: float, rest: str) -> Measure:
    return Measure(text=text, found=f"{ratio:,.1f} times{rest}", met=ratio >= least)


if __name__ == "__main__":
    show(measure)
