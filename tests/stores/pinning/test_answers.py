"""What only a pinning service answers: requests that fail, are forgotten, are late or belong to others."""

import json
from typing import Any

import pytest

from publisher.dag.cid import Cid
from publisher.errors import CidMismatch, StoreError, StoreRefused, StoreUnreachable
from publisher.stores.base import PinRequest
from publisher.stores.pinning.service import FORGOTTEN
from tests.stores.answers import OTHER, ROOT, listed, open_pinner, pin
from tests.stores.fakenode import DROP, reply
from tests.stores.fakeweb import Asked as Request
from tests.stores.fakeweb import FakeWeb, Time, said


def test_a_service_that_accepts_and_forgets_is_found_out(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said({"error": {"reason": "NOT_FOUND"}}, "404 Not Found"))
    time = Time()
    with pytest.raises(StoreRefused, match="no longer lists"):
        open_pinner(web, time).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 1
    assert FORGOTTEN <= time.seconds < 2 * FORGOTTEN  # a busy cluster takes seconds to see its own request


def test_a_service_that_is_late_to_show_a_request_is_waited_for(web: FakeWeb) -> None:
    late = said({}, "404 Not Found")
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", late, late, late, said(pin("queued")), late, late, late, said(pin("pinned")))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


@pytest.mark.parametrize("where", ["POST /pins", "GET /pins/r1"])
def test_another_root_in_the_answer_stops(web: FakeWeb, where: str) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said(pin("pinned")))
    web.on(where, said(pin("pinned", OTHER)))
    with pytest.raises(CidMismatch):
        open_pinner(web).pin(PinRequest(ROOT, "site"))


def test_rows_that_were_not_asked_for_do_not_count(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("pinned", OTHER), pin("failed")))
    assert not open_pinner(web).held(ROOT)
    assert open_pinner(web).held(OTHER)


def test_a_success_with_an_error_inside_is_an_error(web: FakeWeb) -> None:
    web.on("GET /pins", said({"error": {"reason": "INTERNAL", "details": "data base is down"}}))
    with pytest.raises(StoreRefused, match="INTERNAL: data base is down"):
        open_pinner(web).held(ROOT)


def test_what_failed_is_asked_for_anew_once_and_told_in_its_own_words(web: FakeWeb) -> None:
    failed = pin("failed", info={"status_details": "no providers found"})
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued"), "202 Accepted"))
    web.on("GET /pins/r1", said(failed))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    with pytest.raises(StoreRefused, match="no providers found"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 2
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_what_had_failed_before_this_run_is_asked_for_anew_once_and_no_more(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("failed")))
    web.on("POST /pins", said(pin("failed", requestid="r2")))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    with pytest.raises(StoreRefused, match="could not pin"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert len(web.calls("POST /pins")) == 1
    assert not web.calls("DELETE /pins/r2")


def test_a_request_for_the_other_version_of_a_root_is_taken_away_too(web: FakeWeb) -> None:
    zero = Cid(ROOT.raw[2:])
    web.on("GET /pins", listed(pin("pinned", zero, name="site")))
    web.on("DELETE /pins/r1", reply("", "202 Accepted"))
    assert open_pinner(web).unpin(ROOT, "site", frozenset())
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_where_the_root_is_the_id_a_failed_request_is_not_taken_away_for_that_would_unpin(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("failed", requestid=str(ROOT))))
    web.on(f"GET /pins/{ROOT}", said(pin("pinned", requestid=str(ROOT))))
    web.on("POST /pins", said(pin("pinned", requestid=str(ROOT))))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert not web.calls("DELETE /pins")


def test_two_values_are_no_answer(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", reply(json.dumps(pin("pinned")) + "," + json.dumps(pin("pinned"))))
    with pytest.raises(StoreError):
        open_pinner(web).pin(PinRequest(ROOT, "site"))


def test_what_another_name_failed_to_pin_is_left_alone(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed(pin("failed", name="theirs")))
    web.on("POST /pins", said(pin("pinned", requestid="r2")))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert not web.calls("DELETE /pins")


def test_a_request_that_broke_on_the_way_is_looked_for_and_not_made_twice(web: FakeWeb) -> None:
    web.on("GET /pins", listed(), listed(pin("pinned")))
    web.on("POST /pins", DROP)
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"
    assert len(web.calls("POST /pins")) == 1


def test_a_request_that_was_lost_is_told_and_made_by_the_next_run(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed())
    web.on("POST /pins", DROP, said(pin("pinned")))
    with pytest.raises(StoreUnreachable, match="broke during POST /pins"):
        open_pinner(web).pin(PinRequest(ROOT, "site"))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


def test_a_duplicate_is_what_was_wanted(web: FakeWeb) -> None:
    web.on("GET /pins", listed(), listed(pin("pinned")))
    web.on("POST /pins", said({"error": {"reason": "DUPLICATE_OBJECT"}}, "400 Bad Request"))
    assert open_pinner(web).pin(PinRequest(ROOT, "site")).status == "pinned"


def test_the_wait_has_an_end_with_growing_pauses_and_delegates_are_met_once(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("queued", delegates=["/dns4/a/tcp/1/p2p/X"]), "202 Accepted"))
    web.on("GET /pins/r1", said(pin("pinning", delegates=["/dns4/a/tcp/1/p2p/X", "/dns4/b/tcp/1/p2p/Y"])))
    time = Time()
    met: list[tuple[str, ...]] = []
    receipt = open_pinner(web, time, wait=100.0).pin(PinRequest(ROOT, "site", connect_peers=met.append))
    assert receipt.status == "pinning"
    assert met == [("/dns4/a/tcp/1/p2p/X",), ("/dns4/b/tcp/1/p2p/Y",)]
    assert time.slept[:-1] == sorted(time.slept[:-1])
    assert max(time.slept) <= 20.0
    assert sum(time.slept) == pytest.approx(100.0)


def test_a_request_names_at_most_twenty_origins_public_ones_first(web: FakeWeb) -> None:
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed())
    web.on("POST /pins", said(pin("pinned")))
    near = tuple(f"/ip4/127.0.0.1/tcp/{n}/p2p/X" for n in range(30))
    far = "/ip4/203.0.113.1/tcp/4001/p2p/X"
    open_pinner(web, origins=("/dns4/mine/tcp/1/p2p/Z",)).pin(PinRequest(ROOT, "站点", (*near, far)))
    body = json.loads(web.calls("POST /pins")[0].body)
    assert body["origins"][:2] == ["/dns4/mine/tcp/1/p2p/Z", far]
    assert len(body["origins"]) == 20
    assert (body["cid"], body["name"]) == (str(ROOT), "站点")


ONE, TWO = "1" * 16, "2" * 16


@pytest.mark.parametrize("theirs", [{"name": "theirs"}, {"name": "site", "meta": {"site": TWO}}], ids=["name", "title"])
def test_what_another_site_of_the_account_asked_for_is_asked_for_once_more(
    web: FakeWeb, theirs: dict[str, Any]
) -> None:
    row = pin("pinned") | {"pin": {"cid": str(ROOT), **theirs}}
    web.on("GET /pins/r", said(pin("pinned")))
    web.on("GET /pins", listed(row))
    web.on("POST /pins", said(pin("pinned", requestid="r2")))
    assert not open_pinner(web).pin(PinRequest(ROOT, "site", site=ONE)).shared
    (asked,) = web.calls("POST /pins")
    assert json.loads(asked.body)["meta"] == {"site": ONE}


def test_of_two_requests_of_one_title_only_our_own_is_taken_away(web: FakeWeb) -> None:
    rows = [
        pin("pinned", requestid=id_) | {"pin": {"cid": str(ROOT), "name": "site", "meta": {"site": site}}}
        for id_, site in (("r1", ONE), ("r2", TWO))
    ]
    web.on("GET /pins", listed(*rows))
    web.on("DELETE /pins/r1", said({}, "202 Accepted"))
    assert open_pinner(web).unpin(ROOT, "site", frozenset((ONE,)))
    assert len(web.calls("DELETE /pins/r1")) == 1


def test_what_is_called_pinned_at_once_and_is_not_there_then_was_forgotten(web: FakeWeb) -> None:
    web.on("GET /pins", listed())
    web.on("GET /pins/r", reply("{}", "404 Not Found"))
    web.on("POST /pins", said(pin("pinned")))
    with pytest.raises(StoreRefused, match="no longer lists"):
        open_pinner(web, Time()).pin(PinRequest(ROOT, "site"))


def test_a_request_that_is_ours_already_is_not_made_again(web: FakeWeb) -> None:
    web.on("GET /pins", listed(pin("pinned", requestid="r0", name="theirs"), pin("pinned")))
    assert not open_pinner(web).pin(PinRequest(ROOT, "site", site=ONE)).shared


def test_a_list_is_read_to_its_end_and_no_further(web: FakeWeb) -> None:
    rows = [pin("pinned", requestid=f"r{n}", created=f"2026-11-22T10:00:{n:02}Z") for n in range(30, 0, -1)]

    def page(asked: Request) -> bytes:
        before = asked.query.get("before", ["3000"])[0]
        fitting = [row for row in rows if row["created"] < before]
        return listed(*fitting[:10], count=len(fitting))

    web.on("GET /pins", page)
    assert open_pinner(web).pins("site") == {ROOT}
    assert len(web.asked) == 3
    web.on("GET /pins", listed(pin("pinned"), count=10**9))  # the same page for ever
    assert open_pinner(web).pins("site") == {ROOT}
    assert len(web.asked) == 5
