"""Which roots stay and which may go: both sides of each limit, and what must never happen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config import parse
from publisher.dag.cid import Cid, Codec, sha256
from publisher.deploy.retention import RetentionPlan, plan
from publisher.deploy.settings import KeepSettings
from publisher.errors import ConfigProblems, NameUnusable
from publisher.journal.events import (
    Event,
    Finished,
    Mined,
    Named,
    Pinned,
    Sending,
    Settled,
    Signed,
    Storing,
    Unpinned,
    Wanted,
)
from publisher.journal.history import Dated, RecordChange

NOW = datetime(2026, 11, 5, tzinfo=UTC)
ROOTS = [Cid.make(Codec.DAG_PB, sha256(bytes([number]))) for number in range(8)]
LAST_ONLY = KeepSettings(1, 0)


def days_ago(days: float, *events: Event) -> Dated:
    return tuple(((NOW - timedelta(days=days)).isoformat(), event) for event in events)


def done(sequence: int, root: Cid) -> list[Event]:
    return [Wanted(sequence, str(root)), Pinned("local", str(root), 1, "Blog"), Finished(sequence, str(root))]


def published(*ages: float) -> Dated:
    """A publish of a root of its own for each age in days, in their order."""
    return tuple(one for n, age in enumerate(ages) for one in days_ago(age, *done(n, ROOTS[n])))


def signed(root: Cid, hash_: str = "0xaa") -> Signed:
    return Signed(1, "0xme", 7, 1, "example.eth", "", f"ipfs://{root}", 2, 1, hash_, "")


def decided(settings: KeepSettings, dated: Dated, shown: dict[str, str] | None = None, *pinned: Cid) -> RetentionPlan:
    return plan(settings, dated, shown or {}, {"local": pinned}, NOW)


def going(settings: KeepSettings, dated: Dated, shown: dict[str, str] | None = None, *pinned: Cid) -> list[Cid]:
    return [one.root for one in decided(settings, dated, shown, *pinned).removals]


# What several sites of a store use

OURS, THEIRS = "1" * 16, "2" * 16


def noted(root: Cid, *, shared: bool) -> Dated:
    return days_ago(
        50, Wanted(1, str(root)), Pinned("local", str(root), 1, "Blog", OURS, shared), Finished(1, str(root))
    )


@pytest.mark.parametrize(("sites", "goes"), [({OURS}, True), ({THEIRS}, False), ({OURS, THEIRS}, False)])
def test_what_another_site_uses_stays_and_says_so(sites: set[str], goes: bool) -> None:
    dated = (*noted(ROOTS[0], shared=False), *days_ago(40, *done(2, ROOTS[1])))
    found = plan(LAST_ONLY, dated, {}, {"local": ROOTS[:2]}, NOW, {"local": {ROOTS[0]: frozenset(sites)}})
    assert [one.root for one in found.removals] == [ROOTS[0]] * goes
    assert goes or ("another site uses it on local",) in [kept.why for kept in found.kept]


def test_what_we_only_use_goes_as_that_whoever_uses_it_too() -> None:
    dated = (*noted(ROOTS[0], shared=True), *days_ago(40, *done(2, ROOTS[1])))
    claims = {"local": {ROOTS[0]: frozenset((OURS, THEIRS))}}
    (one,) = plan(LAST_ONLY, dated, {}, {"local": ROOTS[:2]}, NOW, claims).removals
    assert (one.root, one.shared) == (ROOTS[0], True)


@pytest.mark.parametrize("roots", [1, 2, 3, 4])
def test_the_last_roots_stay(roots: int) -> None:
    assert set(going(KeepSettings(roots, 0), published(50, 40, 30, 20))) == set(ROOTS[: 4 - roots])


def test_those_of_the_last_days_stay_however_many() -> None:
    ages = (31, 30, 29.999, 1, 0)
    assert set(going(KeepSettings(1, 30), published(*ages))) == set(ROOTS[:2])


@pytest.mark.parametrize(
    ("newest", "clock", "goes"),
    [
        (0, 0, {0, 1}),  # both say the same
        (2, 0, {0}),  # nothing was published since: the journal counts
        (0, -26_663, {0, 1}),  # a machine in 2099: the journal counts
        (2, -26_663, {0}),
        (0, 20_000, set()),  # a machine in 1970: nothing is that old
        (-26_663, 0, {0, 1}),  # a run of a machine in 2099: the clock counts
        (-26_663, 2, {0}),
    ],
)
def test_days_are_counted_from_the_journal_and_the_clock_whichever_keeps_more(
    newest: float, clock: float, goes: set[int]
) -> None:
    dated = published(33, 31, newest)
    found = plan(KeepSettings(1, 30), dated, {}, {"local": ()}, NOW - timedelta(days=clock))
    assert {one.root for one in found.removals} == {ROOTS[number] for number in goes}


@pytest.mark.parametrize("clock", [datetime(1970, 1, 1, tzinfo=UTC), NOW, datetime(2099, 1, 1, tzinfo=UTC)])
def test_the_last_roots_stay_whatever_the_clock_says(clock: datetime) -> None:
    found = plan(KeepSettings(2, 0), published(50, 40, 30), {}, {"local": ()}, clock)
    assert not {one.root for one in found.removals} & set(ROOTS[1:3])


def test_without_days_no_root_has_to_be_old() -> None:
    found = plan(LAST_ONLY, published(0, 0, 0), {}, {"local": ()}, NOW - timedelta(seconds=5))  # the clock is slow
    assert {one.root for one in found.removals} == set(ROOTS[:2])


def test_a_journal_without_dates_lets_nothing_go() -> None:
    dated = tuple(("", event) for _, event in published(50, 40))
    assert going(LAST_ONLY, dated) == []


def test_a_root_that_was_wanted_again_is_as_young_as_the_last_time() -> None:
    dated = (*published(90, 80, 70), *days_ago(60, *done(3, ROOTS[0])))
    assert set(going(KeepSettings(2, 0), dated)) == {ROOTS[1]}


def test_runs_that_were_cut_short_do_not_push_out_the_good_ones() -> None:
    cut = days_ago(5, *(Wanted(9 + n, str(ROOTS[n])) for n in range(2, 6)))
    assert going(KeepSettings(2, 0), (*published(50, 40), *cut)) == []


def test_what_was_wanted_last_stays_though_its_run_was_cut_short() -> None:
    cut = days_ago(5, Wanted(9, str(ROOTS[2])), Storing("local", str(ROOTS[2])), Pinned("local", str(ROOTS[2]), 1))
    assert going(LAST_ONLY, (*published(50, 40), *cut)) == [ROOTS[0]]


def test_a_root_that_was_published_twice_is_one_of_the_last() -> None:
    assert going(KeepSettings(2, 0), (*published(50, 40), *days_ago(30, *done(2, ROOTS[1])))) == []


@pytest.mark.parametrize(("first", "then"), [(90, 5), (5, 90)], ids=["wanted again", "a clock that was set back"])
def test_a_root_is_as_young_as_the_newest_line_about_it(first: float, then: float) -> None:
    dated = (
        *days_ago(first, *done(1, ROOTS[0])),
        *days_ago(then, *done(2, ROOTS[0])),
        *days_ago(1, *done(3, ROOTS[1])),
    )
    assert going(KeepSettings(1, 30), dated) == []
    assert going(KeepSettings(1, 4), dated) == [ROOTS[0]]


def test_what_another_store_let_go_of_may_go_here_too() -> None:
    dated = (*published(50, 40), *days_ago(30, Unpinned("other", str(ROOTS[0]))))
    assert going(LAST_ONLY, dated) == going(LAST_ONLY, dated, None, ROOTS[0]) == [ROOTS[0]]


def test_only_what_is_pinned_is_told_as_kept() -> None:
    shown = {"example.eth": f"ipfs://{ROOTS[7]}"}
    assert decided(LAST_ONLY, (), shown).kept == ()
    assert [kept.root for kept in decided(LAST_ONLY, (), shown, ROOTS[7]).kept] == [ROOTS[7]]


def test_what_a_name_shows_stays_in_whatever_form_it_is_written() -> None:
    old = published(90, 80)
    assert going(LAST_ONLY, old) == [ROOTS[0]]
    assert going(LAST_ONLY, old, {"example.eth": f"ipfs://{ROOTS[0]}"}) == []
    zero = Cid.make(Codec.DAG_PB, sha256(bytes([0])), version=0)
    other = (*days_ago(90, *done(1, zero)), *days_ago(80, *done(2, ROOTS[1])))
    assert going(LAST_ONLY, other, {"example.eth": f"ipfs://{ROOTS[0]}"}) == []
    assert going(LAST_ONLY, other) == [zero]


@pytest.mark.parametrize("after", [[], [Sending("0xaa")], [Sending("0xaa"), Mined("0xaa", 1, "0xb", 1, 1, True)]])
def test_what_a_transaction_may_still_set_stays_until_it_is_settled(after: list[Event]) -> None:
    dated = (*published(90, 80), *days_ago(70, signed(ROOTS[0]), *after))
    assert going(LAST_ONLY, dated) == []
    assert going(LAST_ONLY, (*dated, *days_ago(60, Settled("0xaa", "final")))) == [ROOTS[0]]


@pytest.mark.parametrize(("outcome", "stays"), [("proposed", True), ("handed-over", True), ("moved", False)])
def test_what_somebody_else_may_still_set_stays(outcome: str, stays: bool) -> None:
    named = days_ago(70, Named("example.eth", "", f"ipfs://{ROOTS[0]}", outcome))
    assert (going(LAST_ONLY, (*published(90, 80), *named)) == []) is stays


@pytest.mark.parametrize(
    ("later", "stays"),
    [
        (Named("example.eth", f"ipfs://{ROOTS[0]}", f"ipfs://{ROOTS[1]}", "handed-over"), False),
        (Named("example.eth", "", f"ipfs://{ROOTS[0]}", "unchanged"), False),
        (Named("other.eth", f"ipfs://{ROOTS[0]}", f"ipfs://{ROOTS[1]}", "moved"), True),
        (Named("example.eth", "", f"ipfs://{ROOTS[1]}", "handed-over"), True),
    ],
)
def test_what_was_handed_over_stays_until_the_name_has_shown_it(later: Named, stays: bool) -> None:
    handed = days_ago(70, Named("example.eth", "", f"ipfs://{ROOTS[0]}", "handed-over"))
    assert (going(LAST_ONLY, (*published(90, 80), *handed, *days_ago(60, later))) == []) is stays


@pytest.mark.parametrize(
    ("later", "shows", "stays"),
    [
        ([Named("example.eth", "", f"ipfs://{ROOTS[1]}", "handed-over")], ROOTS[1], False),
        ([Named("example.eth", "", f"ipfs://{ROOTS[1]}", "handed-over")], ROOTS[2], True),
        ([Named("example.eth", "", f"ipfs://{ROOTS[1]}", "moved")], ROOTS[2], False),
        ([Named("example.eth", "", f"ipfs://{ROOTS[1]}", "superseded")], ROOTS[1], True),
        ([Named("other.eth", "", f"ipfs://{ROOTS[1]}", "handed-over")], ROOTS[1], True),
        (
            [
                Named("example.eth", "", f"ipfs://{ROOTS[1]}", "handed-over"),
                Named("example.eth", f"ipfs://{ROOTS[1]}", f"ipfs://{ROOTS[2]}", "handed-over"),
            ],
            ROOTS[3],
            False,
        ),
    ],
)
def test_what_was_handed_over_goes_once_the_name_shows_a_later_goal(
    later: list[Named], shows: Cid, stays: bool
) -> None:
    handed = days_ago(70, Named("example.eth", "", f"ipfs://{ROOTS[0]}", "handed-over"))
    dated = (*published(90, 80), *handed, *days_ago(60, *later))
    shown = {"example.eth": f"ipfs://{shows}"}
    removals = plan(LAST_ONLY, dated, shown, {"local": frozenset(ROOTS[:2])}, NOW).removals
    assert (ROOTS[0] not in [one.root for one in removals]) is stays


def test_a_root_that_this_journal_does_not_know_stays_though_it_is_pinned_under_our_name() -> None:
    found = decided(LAST_ONLY, published(90, 80), {}, ROOTS[5])
    assert [one.root for one in found.removals] == [ROOTS[0]]
    assert {kept.root: kept.why for kept in found.kept}[ROOTS[5]] == ("the journal of this folder does not have it",)


def test_a_root_whose_time_cannot_be_read_stays() -> None:
    dated = (*(("once", event) for event in done(0, ROOTS[0])), *days_ago(80, *done(1, ROOTS[1])))
    assert going(LAST_ONLY, dated) == []


def test_what_was_let_go_of_is_not_let_go_of_again_and_who_pins_it_since_keeps_it() -> None:
    dated = (*published(90, 80), *days_ago(70, Unpinned("local", str(ROOTS[0]))))
    assert going(LAST_ONLY, dated) == []
    found = decided(LAST_ONLY, dated, {}, ROOTS[0])
    assert found.removals == ()
    assert {kept.root: kept.why for kept in found.kept}[ROOTS[0]] == ("this folder has not pinned it on local",)


@pytest.mark.parametrize(("told", "goes"), [(Storing("local", str(ROOTS[0])), True), (Storing("friends", "x"), False)])
def test_what_a_site_of_the_same_title_pinned_stays_though_both_published_it(told: Event, goes: bool) -> None:
    wished = days_ago(
        90, Wanted(0, str(ROOTS[0])), told, Finished(0, str(ROOTS[0]))
    )  # held already, or a run cut short
    assert (going(LAST_ONLY, (*wished, *days_ago(80, *done(1, ROOTS[1]))), {}, ROOTS[0]) == [ROOTS[0]]) == goes


def test_a_pin_goes_under_the_name_that_it_was_given() -> None:
    dated = (*published(90), *days_ago(80, Pinned("local", str(ROOTS[1]), 1)), *days_ago(70, *done(2, ROOTS[2])))
    named = {one.root: one.name for one in decided(LAST_ONLY, dated).removals}
    assert named == {ROOTS[0]: "Blog", ROOTS[1]: ""}  # of an older journal nobody knows


def test_each_store_is_asked_for_what_it_pins_and_no_other_is_named() -> None:
    dated = (*published(90, 80), *days_ago(90, Pinned("gone", str(ROOTS[0]), 1), Pinned("friends", str(ROOTS[0]), 1)))
    found = plan(LAST_ONLY, dated, {}, {"local": (), "friends": ()}, NOW)
    assert [(one.store, one.root) for one in found.removals] == [("friends", ROOTS[0]), ("local", ROOTS[0])]


def test_a_name_that_shows_a_key_says_that_nobody_can_tell_its_root() -> None:
    with pytest.raises(NameUnusable, match="does not look up which root"):
        decided(LAST_ONLY, published(90), {"example.eth": "ipns://k51qzi5uqu5"})
    assert going(LAST_ONLY, published(90, 80), {"example.eth": "bzz://d1de"}) == [ROOTS[0]]


# A machine without a journal: what the chain says of the names


def changes(*ages: float) -> tuple[RecordChange, ...]:
    """The changes of a name, newest first; `ages` are in days, the newest first, and ROOTS[0] is the newest root."""
    times = [int((NOW - timedelta(days=age)).timestamp()) for age in ages]
    return tuple(RecordChange(f"ipfs://{ROOTS[n]}", time, 9 - n, f"0x{n}") for n, time in enumerate(times))


def by_chain(settings: KeepSettings, ages: tuple[float, ...], dated: Dated = (), **more: object) -> RetentionPlan:
    shown = {"example.eth": f"ipfs://{ROOTS[0]}"}
    given: dict[str, object] = {"chain": {"example.eth": changes(*ages)}, "own": frozenset((OURS,)), **more}
    return plan(settings, dated, shown, {"local": ROOTS}, NOW, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("roots", [1, 2, 3])
def test_without_a_journal_the_last_roots_of_the_name_stay_and_its_older_ones_go(roots: int) -> None:
    found = by_chain(KeepSettings(roots, 0), (10, 20, 30, 40))
    assert {one.root for one in found.removals} == set(ROOTS[roots:4])
    assert all(not one.name and not one.shared for one in found.removals)


@pytest.mark.parametrize(("age", "goes"), [(29.9, False), (30.1, True)])
def test_the_time_of_a_block_stands_for_the_date_of_the_journal(age: float, goes: bool) -> None:
    found = by_chain(KeepSettings(1, 30), (0, age))
    assert (ROOTS[1] in {one.root for one in found.removals}) is goes


def test_days_are_counted_from_the_newest_block_if_the_clock_is_ahead_of_it() -> None:
    assert by_chain(KeepSettings(1, 30), (100, 129)).removals == ()
    assert [one.root for one in by_chain(KeepSettings(1, 30), (100, 131)).removals] == [ROOTS[1]]


def test_what_neither_the_journal_nor_the_chain_has_stays_and_says_so() -> None:
    found = by_chain(LAST_ONLY, (10, 20))
    why = {kept.root: kept.why for kept in found.kept}
    assert why[ROOTS[5]] == ("neither the journal of this folder nor the chain has it",)


def test_what_the_journal_protects_the_chain_does_not_let_go() -> None:
    proposed = days_ago(1, Named("example.eth", "", f"ipfs://{ROOTS[3]}", "proposed"))
    wanted = days_ago(1, Wanted(7, str(ROOTS[2])))
    gone = {one.root for one in by_chain(LAST_ONLY, (10, 20, 30, 40), (*proposed, *wanted)).removals}
    assert gone == {ROOTS[1]}


@pytest.mark.parametrize(("sites", "goes"), [({OURS}, True), ({THEIRS}, False), ({OURS, THEIRS}, False), (set(), True)])
def test_what_another_site_uses_stays_though_the_chain_has_it(sites: set[str], goes: bool) -> None:
    claims = {"local": {ROOTS[1]: frozenset(sites)}}
    found = by_chain(LAST_ONLY, (10, 20), claims=claims)
    assert ([one.root for one in found.removals] == [ROOTS[1]]) is goes


def test_a_reference_to_a_pin_of_another_site_is_removed_without_a_journal() -> None:
    chain, claims = {"example.eth": changes(10, 20)}, {"local": {ROOTS[1]: frozenset((OURS, THEIRS))}}
    shown = {"example.eth": f"ipfs://{ROOTS[0]}"}
    found = plan(LAST_ONLY, (), shown, {"local": ()}, NOW, claims, chain, frozenset((OURS,)))
    assert [(one.root, one.shared) for one in found.removals] == [(ROOTS[1], True)]


def test_a_block_without_a_time_lets_nothing_go() -> None:
    (newest, old) = changes(10, 20)
    late = RecordChange(old.uri, 10**15, old.block, old.transaction)
    found = by_chain(LAST_ONLY, (), chain={"example.eth": (newest, late)})
    assert ROOTS[1] in {kept.root for kept in found.kept if "its age is unknown" in kept.why}


roots = st.sampled_from(ROOTS)
events = st.one_of(
    st.builds(lambda n, root: Wanted(n, str(root)), st.integers(0, 9), roots),
    st.builds(lambda n, root: Finished(n, str(root)), st.integers(0, 9), roots),
    st.builds(lambda store, root: Pinned(store, str(root), 1), st.sampled_from(["local", "friends"]), roots),
    st.builds(lambda store, root: Unpinned(store, str(root)), st.sampled_from(["local", "friends"]), roots),
    st.builds(signed, roots, st.sampled_from(["0xaa", "0xbb"])),
    st.builds(lambda hash_: Settled(hash_, "final"), st.sampled_from(["0xaa", "0xbb"])),
    st.builds(
        lambda root, outcome: Named("example.eth", "", f"ipfs://{root}", outcome),
        roots,
        st.sampled_from(["moved", "proposed", "handed-over", "unchanged"]),
    ),
)
journals = st.lists(st.tuples(st.floats(0, 60), events), max_size=30).map(
    lambda told: tuple(one for age, event in sorted(told, key=lambda pair: -pair[0]) for one in days_ago(age, event))
)
pins = st.dictionaries(st.sampled_from(["local", "friends"]), st.frozensets(roots))


def last_goal_shown(told: list[Event], shows: str) -> int:
    """The place of the last goal that the name showed, or -1. Goals before it are replaced."""
    done = [
        at
        for at, e in enumerate(told)
        if isinstance(e, Named) and (e.outcome in ("moved", "unchanged") or e.after == shows)
    ]
    return max(done, default=-1)


@given(st.integers(1, 5), st.integers(0, 40), journals, roots, pins)
def test_never_goes_what_is_shown_or_pending_or_young_or_not_ours(
    last: int, days: int, dated: Dated, shows: Cid, pinned: dict[str, frozenset[Cid]]
) -> None:
    found = plan(KeepSettings(last, days), dated, {"example.eth": f"ipfs://{shows}"}, pinned, NOW)
    gone = {one.root for one in found.removals}
    told = [event for _, event in dated]
    ended = {event.hash for event in told if isinstance(event, Settled)}
    waiting = {e.after for e in told if isinstance(e, Signed) and e.hash not in ended}
    last_said = {e.after: e.outcome for e in told if isinstance(e, Named)}
    newest = last_goal_shown(told, f"ipfs://{shows}")
    waiting |= {
        e.after
        for e in told[newest + 1 :]
        if isinstance(e, Named) and last_said[e.after] in ("proposed", "handed-over")
    }
    young = {e.root for at, e in dated if isinstance(e, Wanted) and datetime.fromisoformat(at) > NOW - timedelta(days)}
    finished = [e.root for e in reversed(told) if isinstance(e, Finished)]
    ours = {e.root for e in told if isinstance(e, Wanted | Finished | Pinned)}
    ours |= {e.after.removeprefix("ipfs://") for e in told if isinstance(e, Named | Signed)}
    assert shows not in gone
    assert not {f"ipfs://{root}" for root in gone} & waiting
    assert not set(map(str, gone)) & (young | set(list(dict.fromkeys(finished))[:last]))
    assert set(map(str, gone)) <= ours
    for one in found.removals:  # and only where this folder had it pinned
        assert Pinned(one.store, str(one.root), 1) in told
    assert not gone & {kept.root for kept in found.kept}


@given(st.integers(1, 5), st.integers(0, 40), journals, pins)
def test_to_keep_more_never_lets_more_go(last: int, days: int, dated: Dated, pinned: dict[str, frozenset[Cid]]) -> None:
    few = set(plan(KeepSettings(last, days), dated, {}, pinned, NOW).removals)
    assert few >= set(plan(KeepSettings(last + 1, days), dated, {}, pinned, NOW).removals)
    assert few >= set(plan(KeepSettings(last, days + 7), dated, {}, pinned, NOW).removals)


SITE = b"[site]\ntitle = 'x'\n"


def test_the_settings_have_careful_defaults() -> None:
    assert parse(SITE, Path(), Path("publish.toml")).keep == KeepSettings(10, 30)
    assert parse(SITE + b"[keep]\nroots = 1\ndays = 0\n", Path(), Path("publish.toml")).keep == KeepSettings(1, 0)


@pytest.mark.parametrize("line", ["roots = 0", "roots = -1", "days = -1", "days = 36501", "root = 3", "roots = '3'"])
def test_settings_that_make_no_sense_are_told_with_their_line(line: str) -> None:
    with pytest.raises(ConfigProblems) as caught:
        parse(SITE + f"[keep]\n{line}\n".encode(), Path(), Path("publish.toml"))
    assert [(problem.line, "keep" in problem.what) for problem in caught.value.problems] == [(4, True)]
