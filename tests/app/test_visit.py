"""What the visitor of `publish demo --once` opens."""

from publisher.app.visit import links


def test_all_that_a_page_fetches_or_leads_to_on_its_host_is_opened() -> None:
    html = (
        "<a href='../b/?q#c'><img src=d.png srcset='d.png 1x, e.png 2x'><i style='background: url(f.png)'>"
        "<a href='https://example.org/'><a href=//example.org/><a href='#g'><a href=data:,x><!-- <a href=h> -->"
        "<script>'<a href=i>'</script><meta http-equiv=refresh content='0; url=/j'>"
    )
    assert list(links(html, "/a/k/")) == ["/a/b/", "/a/k/d.png", "/a/k/d.png", "/a/k/e.png", "/a/k/f.png", "/j"]
