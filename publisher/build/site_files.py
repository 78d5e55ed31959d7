"""Make the blocks of all files of a site: pages, feeds, and files that are copied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC

from publisher.build.answers import answer, basis_of
from publisher.build.arrange import Content, arrange
from publisher.build.articles import BODY, ArticleStage, Convert, Parser, Stage, again, parser_of, recalling
from publisher.build.assets import twice
from publisher.build.build_run import BuildRun
from publisher.build.data_values import data_of, data_problems
from publisher.build.extras import make_extras
from publisher.build.fingerprint import stamp
from publisher.build.inputs import CHANGED, Folders, Input, add_files
from publisher.build.pages import FetchBody, PageMemo, PageRows, make_pages
from publisher.build.schedule import Schedule, schedule
from publisher.build.secret_scan import SecretFindings, unused_allowances
from publisher.build.site_problems import dead_links, of_addresses, of_styles, unfit
from publisher.build.stubs import add_stubs
from publisher.dag.unixfs import Link
from publisher.errors import ContentError, Problem
from publisher.fast_dataclass import dataclass, replace
from publisher.site.content.key_problems import key_problems, undated_posts
from publisher.site.content.records import ArticleRecord
from publisher.site.fault_levels import has_errors, with_levels
from publisher.site.links.address_book import Addresses
from publisher.site.recorded_reads import Facts
from publisher.site.urls import permalink


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """The links of all files of the site by path, the number of pages made now, the problems, and the schedule."""

    links: dict[str, Link]
    rendered: int
    problems: tuple[Problem, ...]
    urls: Mapping[str, str]
    schedule: Schedule


def make_files(run: BuildRun, found: Folders, secrets: SecretFindings, convert: Convert) -> SiteFiles:
    """Make the blocks of all files. Raises ContentError with all problems if one of them is an error.

    `secrets` are the secrets in the files `found`. `convert` converts articles.
    """
    if secrets.everywhere:
        raise _refused(run, map(run.search.without_values, (*found.problems, *secrets.problems)))
    sources = {path: file for path, file in found.content.items() if file.article and path != run.site.nav_file}
    run.progress(f"reading {len(sources)} articles")
    run.settle()
    held = {path for path, file in sources.items() if file.label in secrets.files}
    read = {path: file for path, file in sources.items() if path not in held}
    parser = parser_of(run, found, secrets.files, recalling(run.rows))
    converting = ArticleStage(read, parser, run.rows, convert)
    run.settle()
    rows_of_pages = PageRows(run.rows)  # read while a child process converts the edited articles
    stage = converting.finish()
    stage.failed |= {path: permalink(path) for path in held}
    finished = {path: record for path, record in stage.pieces.items() if run.drafts or not record.article.draft}
    waiting, plan_of_days = _schedule(run, finished)
    shown = {path: record for path, record in finished.items() if path not in waiting}
    content = Content(found, sources, stage, shown, data_of(found, secrets.files))
    site = arrange(content, run.site, run.settings.content, run.profile)
    run.settle()
    plan, assets, pages, addresses = site.plan, site.assets, site.pages, site.plan.addresses
    sound = {path: file for path, file in assets.items() if file.label not in secrets.files}
    links, faults = add_files(sound, run.profile, run.rows, run.rows.cache.put)
    basis = basis_of(run, found, secrets.files, sources, stage, shown)
    memo = PageMemo(run.rows, rows_of_pages, Facts(lambda name: answer(name, plan)), basis)
    body = _bodies(run, sources, parser)
    made = make_pages(pages, plan, stamp(), memo, body, run.workers)
    more, faults_of_extras = make_extras(site.extras, site.feeds, site.lists, plan, stamp(), memo, body)
    links |= made.links | more
    links |= add_stubs(site.moved, links, run.site, run.profile, run.rows)
    run.progress(f"{made.rendered} of {len(pages)} pages made anew")

    problems = [*found.problems, *secrets.problems, *faults, *made.problems, *faults_of_extras, *of_styles(assets)]
    problems += (*site.problems, *data_problems(found.data))
    labels = (run.settings.content, run.settings.templates, run.settings.static, run.settings.data)
    problems += unused_allowances(found, labels, run.search)
    claimed = [*assets.items(), *twice(found)]
    problems += of_addresses(run.settings.content, pages, claimed, site.extras, site.moved)
    in_content = (*_of_articles(run, stage, shown, addresses), *site.problems_of_articles)
    problems += (replace(problem, path=f"{run.settings.content}/{problem.path}") for problem in in_content)
    wrong = tuple(sorted(set(with_levels(map(run.search.without_values, problems), run.check))))
    if has_errors(wrong) and not (run.tolerant and made.links):
        raise _refused(run, wrong)
    memo.forget_others(links.keys())
    return SiteFiles(links, made.rendered, wrong, _urls(run, wrong, addresses) if run.tolerant else {}, plan_of_days)


def _schedule(run: BuildRun, finished: Mapping[str, ArticleRecord]) -> tuple[frozenset[str], Schedule]:
    """Return the paths of the articles that are not due on the day of this build or have expired, and the schedule."""
    articles = [record.article for record in finished.values()]
    if run.site.timezone == "UTC":
        return schedule(articles, run.now, UTC, future=run.future)
    from publisher.site.time_zones import zone

    return schedule(articles, run.now, zone(run.site.timezone), future=run.future)


def _of_articles(
    run: BuildRun, stage: Stage, shown: Mapping[str, ArticleRecord], addresses: Addresses
) -> Iterator[Problem]:
    """Yield the problems of the articles. Their paths are relative to the content folder."""
    yield from stage.problems
    yield from dead_links([one for one in stage.pointing if run.drafts or not one.draft], addresses.lookups())
    yield from unfit(shown)
    for record in shown.values():
        yield from record.problems
    yield from key_problems(shown.values())
    yield from undated_posts(shown.values())


def _urls(run: BuildRun, problems: Iterable[Problem], addresses: Addresses) -> dict[str, str]:
    """Return the URLs of the articles that have problems. The keys are the paths that messages show."""
    inside = f"{run.settings.content}/"
    paths = {problem.path for problem in problems if problem.path.startswith(inside)}
    found = ((path, addresses.of(path.removeprefix(inside))) for path in sorted(paths))
    return {path: url for path, url in found if url is not None}


def _refused(run: BuildRun, problems: Iterable[Problem]) -> ContentError:
    """Return the error with all problems. Commit the cache first, so the next build need not repeat finished work."""
    run.rows.cache.commit()
    return ContentError("build", problems, hint="correct these problems and build again; nothing was written")


def _bodies(run: BuildRun, sources: Mapping[str, Input], parser: Parser) -> FetchBody:
    def body(record: ArticleRecord) -> bytes:
        found = run.rows.cache.recall(BODY, record.key)
        if found is None:  # the cache has lost the body, so make the article again
            again(sources[record.article.source], parser, run.rows)
            found = run.rows.cache.recall(BODY, record.key)
        if found is None:
            where = f"{run.settings.content}/{record.article.source}"
            raise ContentError("build", [Problem(where, 0, 0, *CHANGED)])
        return found

    return body
