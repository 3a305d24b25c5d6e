"""The front page: the heat map with its filters, rates beside published ones, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from offswitch.report.cells import DENOMINATOR
from offswitch.report.figures import Dot, DotGroup, Figure, Value, intervals_figure
from offswitch.report.site.drawing import Pictures
from offswitch.report.site.links import FRONT
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output, percent
from offswitch.report.site.overview.changes import changes_of
from offswitch.report.site.overview.heat import Conditions, HeatMap, HeatValue, heat_map
from offswitch.report.site.overview.heat_files import BESIDE, method_of, numbers_of, write_heat
from offswitch.verdicts.outcome import Outcome


@dataclass(frozen=True)
class Tile:
    """One number at the top of the page."""

    label: str
    value: str
    detail: str = ""


def write_front(material: Material, output: Output, pictures: Pictures) -> None:
    """Writes index.html, the heat map's data and its figures."""
    maps = [heat_map(material, run) for run in material.runs]
    current = maps[-1]
    for number, each in enumerate(maps):
        output.data(f"data/heat-{number}.js", each.data())
    write_heat(current, material, output)
    changes = changes_of(material)
    drawn = pictures.draw([_rates(current, material)])
    output.page(
        FRONT,
        "front.html",
        title="Overview",
        material=material,
        tiles=_tiles(material),
        maps=maps,
        heat=current,
        choices=_choices(maps),
        beside=BESIDE,
        denominator=DENOMINATOR,
        method=method_of(current),
        rates=drawn["rates"],
        changes=changes,
    )


def _choices(maps: Sequence[HeatMap]) -> dict[str, list[str]]:
    """What the filters offer: what any of the runs has."""
    names = ("version", "split", "conditions")
    found = {name: list(dict.fromkeys(value for each in maps for value in each.choices[name])) for name in names}
    groups = [group.value for group in Conditions if group.value in found["conditions"]]
    found["conditions"] = [*groups, *sorted(set(found["conditions"]) - set(groups))]
    return found


def _tiles(material: Material) -> list[Tile]:
    run = material.runs[-1]
    frame = material.frame.filter(material.frame["run"] == run.label)
    total, reached = frame.height, int(frame["reached"].sum())
    outcomes = dict(frame["outcome"].value_counts().iter_rows())

    def of(outcome: Outcome) -> Tile:
        count = outcomes.get(outcome.value, 0)
        return Tile(outcome.value.replace("-", " "), f"{count:,}", percent(count / total))

    planned = run.run.planned
    tiles = [
        Tile("trials", f"{total:,}", f"of {planned:,} planned" if planned and planned != total else ""),
        Tile("models", f"{frame['model'].n_unique():,}"),
        Tile("behaviours", f"{frame['scenario'].n_unique():,}"),
        Tile("reached", f"{reached:,}", percent(reached / total)),
        of(Outcome.UNREACHED),
        of(Outcome.MALFUNCTION),
    ]
    tiles += [of(each) for each in (Outcome.REFUSED, Outcome.NEEDS_JUDGE) if outcomes.get(each.value)]
    cost = frame["cost"].drop_nulls()
    if cost.len() and cost.sum():
        priced = "" if cost.len() == total else f"{cost.len():,} trials priced"
        tiles.append(Tile("cost", f"${float(cost.sum()):,.2f}", priced))
    return tiles


def _rates(heat: HeatMap, material: Material) -> Figure:
    """Every behaviour's rate with its interval, beside what others measured."""
    groups: list[DotGroup] = []
    rows: list[dict[str, Value]] = []
    for number, scenario in enumerate(heat.rows):
        values = [(model, value) for model, value in zip(heat.columns, heat.row(number), strict=True) if value]
        if not values:
            continue
        dots = [_dot(model, value) for model, value in values]
        groups.append(DotGroup(scenario, dots, values[0][1].published))
        rows += [{"behaviour": scenario, "model": model, **numbers_of(value)} for model, value in values]
    note = f"{method_of(heat)} Ticks: other models in published experiments. {material.versions}"
    description = (
        "The rate of resistance of each model in each behaviour with its interval; the heat map has the numbers."
    )
    return intervals_figure("rates", "Resisted, beside published figures", note, groups, rows, description=description)


def _dot(model: str, value: HeatValue) -> Dot:
    if value.share is None:
        return Dot(model, None, note="no trial reached the deciding moment")
    text = f"{percent(value.share)}  [{percent(value.low)}, {percent(value.high)}]  {value.events:,}/{value.reached:,}"
    return Dot(model, value.share, value.low, value.high, text, ink="var(--resisted)")
