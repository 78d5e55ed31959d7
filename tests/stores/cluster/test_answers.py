"""What only a cluster answers: uploads that fail, uploads that it asks for later, and peers that lag."""

import pytest

from publisher.errors import CidMismatch, StoreRefused, StoreUnreachable
from publisher.http.auth import Clock
from publisher.http.client import open_service
from publisher.http.errors import ServiceCall
from publisher.stores.base import Upload
from tests.stores.answers import OTHER, ROOT, SITE, added, allocated, open_cluster, peers, silent
from tests.stores.fakenode import DROP, reply
from tests.stores.fakeweb import FakeWeb, Time, said


def test_a_cluster_that_answers_with_another_root_stops(web: FakeWeb) -> None:
    web.on("POST /add", added(OTHER))
    with pytest.raises(CidMismatch, match=str(OTHER)):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


@pytest.mark.parametrize(
    "answer", [{"code": 500, "message": "disk quota exceeded"}, [{"code": 500, "message": "disk quota exceeded"}]]
)
def test_an_upload_with_an_error_inside_a_success_is_an_error(web: FakeWeb, answer: object) -> None:
    web.on("POST /add", said(answer))
    with pytest.raises(StoreRefused):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


def test_a_cluster_that_accepts_and_forgets_is_found_out(web: FakeWeb) -> None:
    web.on("POST /add", added())
    web.on("GET /pins/", peers())
    with pytest.raises(StoreUnreachable, match="no longer lists"):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)


def test_an_upload_that_is_wanted_later_is_made_then_and_from_its_beginning(web: FakeWeb) -> None:
    web.on("POST /add", reply("", "429 Too Many Requests", more="Retry-After: 7\r\n"), added())
    web.on("GET /pins/", peers(one="pinned"))
    web.on("GET /allocations/", said({"code": 404}, "404 Not Found"), allocated())
    time = Time()
    assert open_cluster(web, time).put(Upload(ROOT, "site", SITE.get), silent).status == "pinned"
    assert time.slept == [7.0]
    first, second = web.calls("POST /add")
    assert first.body == second.body
    assert len(first.body) > 5 * 2000


def test_a_cluster_may_rest_while_it_takes_an_upload_as_long_as_it_may_be_silent(web: FakeWeb) -> None:
    web.on("POST /add", added())
    web.pause = 1.0
    asked = ServiceCall("friends", "IPFS Cluster", web.url, 5.0, False, "see `api`", "POST /add")
    service = open_service(asked, web.url, None, Clock(), patience=0.2)
    size = 24 << 20
    assert service.upload("/add", "site.car", size, lambda: [bytes(1 << 20)] * 24).status == 200


def test_a_cluster_that_dies_after_half_of_the_upload_is_unreachable(web: FakeWeb) -> None:
    web.on("POST /add", DROP)
    with pytest.raises(StoreUnreachable, match="broke during POST /add"):
        open_cluster(web).put(Upload(ROOT, "site", SITE.get), silent)
    assert len(web.calls("POST /add")) == 1


def test_peers_that_lag_are_named_when_the_wait_is_over(web: FakeWeb) -> None:
    missing = said({"code": 404, "message": "not there"}, "404 Not Found")
    web.on("GET /allocations/", missing, allocated())
    web.on("POST /add", added())
    web.on("GET /pins/", peers(anna="pinned", bert="pin_queued", carl="remote"))
    time = Time()
    receipt = open_cluster(web, time, wait=30.0).put(Upload(ROOT, "site", SITE.get), silent)
    assert (receipt.status, receipt.note) == ("pinning", "1 of 2 peers pin the root; bert: pin queued")
    assert 30.0 <= sum(time.slept) < 33.0


def test_a_peer_in_error_is_asked_to_try_again_and_then_named(web: FakeWeb) -> None:
    missing = said({"code": 404, "message": "not there"}, "404 Not Found")
    web.on("GET /allocations/", missing, allocated())
    web.on("POST /add", added())
    web.on("POST /pins/", said({}))
    web.on("GET /pins/", peers(anna="pinned", bert="pin_error"))
    time = Time()
    with pytest.raises(StoreUnreachable, match="1 of 2 peers pin the root; bert: pin error"):
        open_cluster(web, time).put(Upload(ROOT, "site", SITE.get), silent)
    assert len(web.calls("POST /pins/")) == 1
    assert 10.0 <= sum(time.slept) < 13.0


@pytest.mark.parametrize("status", ["pin_error", "unpinned", "pinning", "cluster_error", "undefined", "nonsense"])
def test_held_means_that_each_peer_says_pinned(web: FakeWeb, status: str) -> None:
    web.on("GET /allocations/", allocated())
    web.on("GET /pins/", peers(anna="pinned", bert=status))
    assert not open_cluster(web).held(ROOT)
    web.on("GET /pins/", peers(anna="pinned", bert="pinned", carl="remote"))
    assert open_cluster(web).held(ROOT)
    assert not open_cluster(web, replication=3).held(ROOT)
    web.on("GET /pins/", peers(carl="remote"))
    assert not open_cluster(web).held(ROOT)
