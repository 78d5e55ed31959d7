"""Write the progress of a deploy to a report: as lines for people, and into the JSON object for programs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from publisher.app.deploying import DeployListener
from publisher.cli.text.deploy import conclusion, plan_line, plan_row, public, result_line, result_row
from publisher.cli.text.handing_over import hand_over_lines, hand_over_row

if TYPE_CHECKING:
    from publisher.app.handing_over import HandOver
    from publisher.config import Config
    from publisher.deploy import apply
    from publisher.deploy.observe import DesiredState
    from publisher.names.base import NameService
    from publisher.report import Report


def deploy_report(report: Report) -> DeployListener:
    """Return the listener that writes the plan, the results and the conclusion of a deploy to `report`."""
    return DeployListener(
        partial(_write_plan, report),
        partial(_write_result, report),
        partial(_write_hand_over, report),
        partial(_write_end, report),
    )


def _write_plan(report: Report, steps: tuple[apply.Step, ...]) -> None:
    report.add("plan", [plan_row(step) for step in steps])
    for step in steps:
        report.say(f"  {plan_line(step)}")


def _write_result(report: Report, result: apply.Result) -> None:
    report.append(*result_row(result))
    if line := result_line(result):
        report.say(line)


def _write_hand_over(report: Report, handed: HandOver) -> None:
    report.add("handed_over", hand_over_row(handed))
    for line in hand_over_lines(handed):
        report.say(line)


def _write_end(report: Report, wish: DesiredState, names: tuple[NameService, ...], settings: Config) -> None:
    for key in ("stores", "names", "verified"):
        report.data.setdefault(key, [])
    report.add("urls", [wish.uri, *([settings.site.url] if settings.site.url and names else [])])
    report.result(str(wish.root))
    for line in conclusion(wish.root, report.data["stores"], report.data["names"], public=public(settings)):
        report.say(line)
