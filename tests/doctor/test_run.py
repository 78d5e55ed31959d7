"""How the examinations run one after the other, and what is found at the gateways."""

from collections.abc import Callable, Iterator

import pytest

from publisher.dag.cid import Cid, Get
from publisher.doctor.run import EMPTY, Examination, examine, gateways, outside
from publisher.errors import BlockMissing, ConfigError, PublishError, StoreRefused
from publisher.findings import Finding
from tests.doctor.findings import found


def raising(error: PublishError) -> Iterator[Finding]:
    yield found("ok")
    raise error


def test_findings_are_told_in_the_order_of_the_patients_and_the_first_fault_says_how_it_ends() -> None:
    patients = [
        Examination("a", 2, lambda: [found("ok", "a"), found("warning", "a")]),
        Examination("b", 4, lambda: [found("fault", "b")]),
        Examination("c", 5, lambda: [found("fault", "c"), found("note", "c")]),
    ]
    diagnosis = examine(patients)
    assert [finding.who for finding in diagnosis.findings] == ["a", "a", "b", "c", "c"]
    assert (diagnosis.exit_code, diagnosis.count("fault")) == (4, 2)


@pytest.mark.parametrize("level", ["ok", "note", "warning"])
def test_what_stops_no_publish_ends_well(level: str) -> None:
    assert examine([Examination("a", 4, lambda: [found(level)])]).exit_code == 0


def test_what_a_patient_raises_is_a_fault_of_this_one_and_the_others_are_looked_at() -> None:
    patients = [
        Examination("a", 4, lambda: raising(StoreRefused("a", "says no", hint="do this"))),
        Examination("b", 5, lambda: raising(ConfigError("publish", "PUBLISH_X is not set"))),
        Examination("c", 4, lambda: raising(StoreRefused("elsewhere", "says no"))),
        Examination("d", 4, lambda: [found("ok", "d")]),
    ]
    diagnosis = examine(patients)
    assert diagnosis.findings[1] == Finding("a", "fault", "says no", "do this")
    assert diagnosis.findings[3].what == "PUBLISH_X is not set"
    assert diagnosis.findings[5].what == "elsewhere: says no"
    assert diagnosis.findings[6].who == "d"
    assert diagnosis.exit_code == 4
    assert examine(patients[1:]).exit_code == 2


def test_a_file_that_may_not_be_read_is_a_fault_of_this_patient_and_the_others_are_looked_at() -> None:
    def unreadable() -> list[Finding]:
        raise PermissionError(13, "Permission denied", ".publish/cache")

    diagnosis = examine([Examination("a", 4, unreadable), Examination("b", 4, lambda: [found("ok", "b")])])
    first, second = diagnosis.findings
    assert (first.who, first.level, first.what) == ("a", "fault", ".publish/cache: Permission denied")
    assert first.fix
    assert (second.who, diagnosis.exit_code) == ("b", 7)


def reader(has: bool, *, down: bool = False) -> Callable[[], Get]:
    """Opens a gateway that has every block, or none."""

    def get(cid: Cid) -> bytes:
        if down:
            raise StoreRefused("g", "it has ended", hint="run again")
        if not has:
            raise BlockMissing("g", f"no {cid}")
        return b""

    return lambda: get


@pytest.mark.parametrize(
    ("readers", "level", "words"),
    [
        ({}, "note", "gateways is empty"),
        ({"a": reader(True), "b": reader(True)}, "ok", "a, b found"),
        ({"a": reader(True), "b": reader(False)}, "note", "b: no"),
        ({"a": reader(False), "b": reader(True, down=True)}, "warning", "b: it has ended"),
    ],
)
def test_the_root_that_was_published_last_is_looked_for_at_every_gateway(
    readers: dict[str, Callable[[], Get]], level: str, words: str
) -> None:
    (finding,) = outside("outside", EMPTY, readers)
    assert (finding.who, finding.level, words in finding.what) == ("outside", level, True)


def test_a_gateway_that_has_ended_is_told_with_what_to_put_in_its_place() -> None:
    (examination,) = gateways({"g": reader(True, down=True)})
    (finding,) = examination.check()
    assert (finding.level, "of people you know" in finding.fix) == ("fault", True)


def test_a_gateway_that_does_not_find_what_all_have_is_a_warning_and_one_that_refuses_a_fault() -> None:
    def reading(error: PublishError | None) -> Callable[[], Get]:
        def get(cid: Cid) -> bytes:
            if error:
                raise error
            return b""

        return lambda: get

    openers = {
        "g1": reading(None),
        "g2": reading(BlockMissing("g2", "not here")),
        "g3": reading(StoreRefused("g3", "HTTP 403")),
    }
    diagnosis = examine(list(gateways(openers)))
    assert [(f.who, f.level) for f in diagnosis.findings] == [("g1", "ok"), ("g2", "warning"), ("g3", "fault")]
    assert diagnosis.exit_code == 4
    assert all(f.fix for f in diagnosis.findings[1:])
