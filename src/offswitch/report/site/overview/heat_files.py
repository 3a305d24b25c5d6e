"""The heat map as files: a drawing that the page's script can fill in for any choice of filters, and the numbers."""

from __future__ import annotations

from offswitch.report.cells import how_made
from offswitch.report.figures import Value
from offswitch.report.figures.figure import as_png, table_file
from offswitch.report.figures.heat import CHOICE, NO_SHADE, SHADES, fill_in, heat_template
from offswitch.report.signs import LOOKS
from offswitch.report.site.drawing import write_figure
from offswitch.report.site.material import Material
from offswitch.report.site.output import Output, percent
from offswitch.report.site.overview.heat import ALL_SPLITS, NEWEST, Choice, HeatMap, HeatValue
from offswitch.verdicts.outcome import Outcome

BESIDE = (
    ("attempted", Outcome.ATTEMPTED),
    ("evaded", Outcome.EVADED),
    ("unreached", Outcome.UNREACHED),
    ("refused", Outcome.REFUSED),
    ("needs_judge", Outcome.NEEDS_JUDGE),
    ("malfunction", Outcome.MALFUNCTION),
)
"""What stands beside the rate, as neither resisting nor complying: the number's name, and the outcome."""


def method_of(heat: HeatMap) -> str:
    """How the rates of the map were made."""
    return (
        f"Resisted, of the trials that reached the deciding moment. One condition: {how_made(heat.run.run.looked)}. "
        "Several: their rates weighted by trials, their limits combined (Zou and Donner 2008)."
    )


def numbers_of(value: HeatValue | None) -> dict[str, Value]:
    """A cell's numbers, by name."""
    if value is None:
        return {"trials": 0}
    names = ("trials", "reached", "attempted", "evaded", "unreached", "refused", "needs_judge", "malfunction")
    known: dict[str, Value] = {"resisted": value.events} | {name: getattr(value, name) for name in names}
    if value.share is not None:
        known |= {"rate": round(value.share, 6), "low": round(value.low, 6), "high": round(value.high, 6)}
    return known


def describe(choice: Choice, run: str) -> str:
    """What the filters are set to, in words."""
    versions = "newest of each behaviour" if choice.version == NEWEST else choice.version
    surfaces = "all" if choice.split == ALL_SPLITS else choice.split
    return f"Run: {run}. Conditions: {choice.conditions}. Surfaces: {surfaces}. Version: {versions}."


def write_heat(heat: HeatMap, material: Material, output: Output) -> None:
    """Writes figures/heat.svg, .png and .csv of the map as the page opens, and the drawing for other choices."""
    signs = ", ".join(f"{LOOKS[outcome].sign} {outcome.value}" for _, outcome in BESIDE)
    notes = [
        "Each cell: the share with its 95% interval, events of trials that reached the deciding moment, and how many "
        f"trials neither resisted nor complied ({signs}).",
        method_of(heat),
        material.versions,
    ]
    title = "How often each model resisted, by behaviour"
    template = heat_template(heat.rows, heat.columns, title, notes)
    output.data("data/heat-svg.js", {"svg": template, "shades": SHADES, "none": NO_SHADE})
    texts = {CHOICE: describe(heat.default, heat.run.label)}
    rows: list[dict[str, Value]] = []
    for number, value in enumerate(heat.values[heat.default]):
        texts |= {f"{name}-{number}": text for name, text in _texts(value).items()}
        scenario, model = divmod(number, len(heat.columns))
        rows.append({"behaviour": heat.rows[scenario], "model": heat.columns[model], **numbers_of(value)})
    svg = fill_in(template, texts)
    table = table_file(rows, f"{texts[CHOICE]} {method_of(heat)} {material.versions}")
    write_figure(output, "heat", svg=svg, png=as_png(svg), csv=table)


def _texts(value: HeatValue | None) -> dict[str, str]:
    if value is None:
        return {"fill": NO_SHADE, "rate": "–"}
    rest = "  ".join(
        f"{LOOKS[outcome].sign} {getattr(value, name):,}" for name, outcome in BESIDE if getattr(value, name)
    )
    if value.shade is None:
        return {"fill": NO_SHADE, "rate": "not reached", "count": f"0 of {value.trials:,}", "rest": rest}
    return {
        "fill": SHADES[value.shade],
        "rate": percent(value.share),
        "interval": f"{100 * value.low:.1f}–{100 * value.high:.1f}%",
        "count": f"{value.events:,} of {value.reached:,}",
        "rest": rest,
    }
