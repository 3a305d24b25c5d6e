"""`offswitch plan`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from offswitch.errors import InputError
from offswitch.verbs.reply import Reply, verb

if TYPE_CHECKING:
    from offswitch.running.estimate import Estimate
    from offswitch.statistics.planning import Sizes


@click.command(
    short_help="How many trials a question takes, and what they cost.",
    epilog="Example: offswitch plan --behaviour shutdown --rate 0.05 --half-width 0.02 --model openai/gpt-4o",
)
@click.option("--behaviour", metavar="SCENARIO", required=True, help="The behaviour; its surfaces are counted.")
@click.option("--rate", type=float, required=True, help="The rate you expect, such as 0.05.")
@click.option("--half-width", type=float, help="Know the rate to within this much.")
@click.option("--threshold", type=float, help="Show that the rate lies on its side of this.")
@click.option("--difference", type=float, help="Show that another condition's rate differs by this much.")
@click.option("--power", type=float, help="Chance of showing it if it is so.  [default: 0.8]")
@click.option("--confidence", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--model", metavar="NAME", help="Estimate tokens and money for this model.")
@click.option("--price", metavar="IN,OUT", help="Its price in dollars per million tokens, where it is not known.")
@click.option("--conditions", type=click.IntRange(min=1), help="Conditions to run.  [default: 1; 2 for a difference]")
@click.option("--reaching", type=float, default=1.0, show_default=True, help="Share of trials that reach the moment.")
@click.option("--surfaces", type=click.IntRange(min=1), help="Surfaces to use.  [default: all of the behaviour's]")
@click.option(
    "--correlation",
    type=float,
    default=0.05,
    show_default=True,
    help="How alike trials on one surface are: 0 not at all, 1 all the same.",
)
@click.option("--turns", type=click.IntRange(min=1), default=40, show_default=True, help="As for offswitch run.")
@verb
def plan(behaviour: str, rate: float, conditions: int | None, surfaces: int | None, **options: Any) -> Reply:
    """Say how many trials a question takes in each condition, with a number fixed beforehand and with stopping early.

    Give one of --half-width, --threshold and --difference.
    """
    from offswitch.scenarios.catalogue import find

    scenario = find(behaviour.partition(":")[0])
    question = _question(rate, options)
    reaching = options["reaching"]
    if not 0 < reaching <= 1:
        raise InputError(f"--reaching {reaching}: use a share above 0 and up to 1")
    runs = conditions or (2 if options["difference"] is not None else 1)
    count = surfaces or len(scenario.surface_names(None))
    needed = {"fixed": -(-question.sizes.fixed // reaching), "sequential": -(-question.sizes.sequential // reaching)}
    trials = {name: int(number) for name, number in needed.items()}
    lines = [
        f"{scenario.name}: {question.text}",
        "",
        f"  number fixed beforehand  {_trials(trials['fixed'], runs)}",
        f'  stopping early           {_trials(trials["sequential"], runs)}, expected: --until "{question.until}"',
    ]
    content: dict[str, Any] = {
        "behaviour": scenario.name,
        "question": question.text,
        "trials_per_condition": trials,
        "conditions": runs,
        "until": question.until,
    }
    if options["model"]:
        costs = {name: _cost(options["model"], number * runs, options) for name, number in trials.items()}
        content["costs"] = {name: asdict(cost) for name, cost in costs.items()}
        lines += ["", *_cost_lines(options["model"], costs)]
    buys, said = _surfaces(question, rate, count, options)
    content["surfaces"] = buys
    return Reply(content, "\n".join([*lines, "", *said]))


@dataclass(frozen=True)
class _Question:
    text: str
    until: str
    sizes: Sizes


def _question(rate: float, options: dict[str, Any]) -> _Question:
    from offswitch.statistics.planning import POWER, for_difference, for_half_width, for_threshold

    asked = [name for name in ("half_width", "threshold", "difference") if options[name] is not None]
    if len(asked) != 1:
        raise InputError("give one of --half-width, --threshold and --difference, and not more")
    if options["power"] is not None and asked == ["half_width"]:
        raise InputError("--power goes with --threshold or --difference: a half-width is reached, not shown")
    confidence, power = options["confidence"], POWER if options["power"] is None else options["power"]
    value = options[asked[0]]
    sure = f"{100 * confidence:g}% confidence"
    if asked == ["half_width"]:
        sizes = for_half_width(rate, value, confidence)
        return _Question(f"a rate of {rate:.4g} to within ±{value:.4g}, {sure}", f"half-width < {value:g}", sizes)
    if asked == ["threshold"]:
        sizes, sign = for_threshold(rate, value, power, confidence), "<" if rate < value else ">"
        text = f"a rate of {rate:.4g} shown to be {sign} {value:.4g}, {sure}, power {power:g}"
        return _Question(text, f"rate {sign} {value:g}", sizes)
    sizes = for_difference(rate, value, power, confidence)
    text = f"a difference between {rate:.4g} and {rate + value:.4g} shown, {sure}, power {power:g}"
    return _Question(text, "differs from RUN", sizes)


def _trials(number: int, conditions: int) -> str:
    each = f"{number:,} trials"
    return each if conditions == 1 else f"{each} in each of {conditions} conditions, {number * conditions:,} in all"


def _cost(model: str, trials: int, options: dict[str, Any]) -> Estimate:
    from offswitch.running.access import is_free, known_price, provider, read_price, resolve
    from offswitch.running.estimate import estimate
    from offswitch.running.execute import at_once

    name = resolve(model)
    if "/" not in name:
        raise InputError(f"model {name!r} is not complete: write PROVIDER/MODEL, such as openai/gpt-4o")
    price = read_price(f"{name}={options['price']}")[1] if options["price"] else known_price(name)
    return estimate(
        trials,
        provider=provider(name),
        price=price,
        free=is_free(name),
        parallel=at_once(name, None),
        turns=options["turns"],
    )


def _cost_lines(model: str, costs: dict[str, Estimate]) -> list[str]:
    from offswitch.running.estimate import in_words

    names = {"fixed": "number fixed beforehand", "sequential": "stopping early"}
    return [f"With {model}", *(f"  {names[name]:<23}  {in_words(cost)}" for name, cost in costs.items())]


def _surfaces(
    question: _Question, rate: float, surfaces: int, options: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What holds for surfaces like these, and what one more would buy."""
    from offswitch.statistics.planning import inflated, one_more

    correlation, confidence = options["correlation"], options["confidence"]
    if surfaces < 2:
        return {"surfaces": surfaces}, ["One surface: these numbers hold for it alone, and say nothing about others."]
    fixed = question.sizes.fixed
    now = inflated(fixed, surfaces, correlation, confidence)
    more = one_more(fixed, surfaces, correlation, confidence)
    lines = [
        f"These numbers hold for the {surfaces} surfaces themselves. To speak of surfaces like them, where trials on",
        f"one surface correlate by {correlation:g}:",
        f"  {surfaces:>3} surfaces  {_enough(now.trials)}",
        f"  {surfaces + 1:>3} surfaces  {_enough(more.trials)}",
    ]
    content: dict[str, Any] = {
        "correlation": correlation,
        "now": {"surfaces": surfaces, "trials": now.trials},
        "one_more": {"surfaces": surfaces + 1, "trials": more.trials},
    }
    if options["half_width"] is not None:
        widths = [_half_width(rate, fixed, count, correlation, confidence) for count in (surfaces, surfaces + 1)]
        content["half_width_with_fixed"] = {"now": widths[0], "one_more": widths[1]}
        lines.append(
            f"  with {fixed:,} trials the half-width for surfaces like these is about {widths[0]:.4f}; "
            f"one surface more makes it {widths[1]:.4f}"
        )
    return content, lines


def _enough(trials: int | None) -> str:
    return "no number of trials is enough: only more surfaces help" if trials is None else f"{trials:,} trials"


def _half_width(rate: float, trials: int, surfaces: int, correlation: float, confidence: float) -> float:
    from offswitch.statistics.planning import effective
    from offswitch.statistics.rates import interval

    n = max(1, int(effective(trials, surfaces, correlation, confidence)))
    events = int(rate * n)
    widths = [interval(x, n, confidence).half_width for x in (events, min(events + 1, n))]
    # Between the whole counts on either side, so that rounding does not hide what a surface buys.
    return widths[0] + (rate * n - events) * (widths[1] - widths[0])
