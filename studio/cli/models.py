"""`studio models`: what is installed, what one model is and needs, and whatever else is done with models."""

import argparse
import os
from collections.abc import Callable
from typing import Any

import msgspec

from studio.catalog.borrow import with_lender
from studio.catalog.fit import fit, fit_as_planned
from studio.catalog.inspect import inspect_model
from studio.cli.cache_costs import costs_of, described_cost, rows_of_costs
from studio.cli.devices import look_at_machine
from studio.cli.models_found import described, find_spec, installed, path_of, read_entries, rows_of
from studio.cli.models_servers import ask_servers, state_words, with_servers
from studio.cli.output import DONE, Output, table
from studio.core.errors import NotFound, OfflineByVariable, StayOffline, error_from
from studio.core.model import ModelSpec
from studio.core.paths import Paths
from studio.core.servers import split_id
from studio.core.shelf import ShelfEntry
from studio.ui.figures import size
from studio.ui.i18n import sentence_of, tr

CHANGING = ("install", "remove", "verify", "convert")  # what they have done is seen by an open window at once
Action = Callable[[argparse.Namespace, Paths, Output], int]


def models(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    try:
        code = _action(args.action)(args, paths, output)
    except (StayOffline, OfflineByVariable) as error:
        return output.failure(error, tr("Add --online to use the network for this one command."))
    if args.action in CHANGING:
        from studio.app.door import LookAgain, knock  # with Qt's network

        knock(paths.home, LookAgain())
    return code


def _action(name: str) -> Action:
    """The function behind the word; imported here so that `list` waits for nothing that it does not need."""
    match name:
        case "shelf":
            from studio.cli.models_shelf import shelf as action
        case "search":
            from studio.cli.models_hub import search as action
        case "install":
            from studio.cli.models_hub import install as action
        case "adopt":
            from studio.cli.models_folders import adopt as action
        case "folders":
            from studio.cli.models_folders import folders as action
        case "servers":
            from studio.cli.models_servers import servers as action
        case "remove":
            from studio.cli.models_care import remove as action
        case "verify":
            from studio.cli.models_care import verify as action
        case "convert":
            from studio.cli.models_convert import convert as action
        case "login":
            from studio.cli.models_account import login as action
        case "logout":
            from studio.cli.models_account import logout as action
        case "account":
            from studio.cli.models_account import account as action
        case "set":
            from studio.cli.models_plan import change as action
        case "show":
            action = _show
        case "inspect":
            action = _inspect
        case _:
            action = _list
    return action


def _list(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    states = ask_servers(paths)
    found = with_servers(installed(paths), states)
    chosen = [spec for spec in found.models if args.kind in (None, spec.kind)]
    problems = [
        {"path": one.path, "code": one.code, "message": sentence_of(error_from(one.code, one.params))}
        for one in found.problems
    ]
    problems += [
        {"path": state.address, "code": state.code, "message": state_words(state)}
        for state in states
        if state.code
    ]
    lines = table([_row(spec) for spec in chosen])
    lines += [f"! {problem['message']} ({problem['path']})" for problem in problems]
    if not lines:
        lines = [f"{tr('No models.')} {_where_from(args.kind)}"]
    output.result({"models": [described(spec) for spec in chosen], "problems": problems}, lines)
    return DONE


def _where_from(kind: str | None) -> str:
    if kind:
        return tr("`studio models list` shows those of every kind.")
    return tr("`studio models shelf` shows which are worth having; `studio models adopt` takes a folder.")


def _row(spec: ModelSpec) -> tuple[str, ...]:
    facts = (spec.kind, spec.suits or spec.base, spec.precision, size(spec.size_bytes), spec.source)
    return spec.id, *(fact or "–" for fact in facts), spec.name


def _inspect(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    """By headers alone. Raises the ModelError that says why the studio takes no such file."""
    from studio.cli.models_plan import described_plan, outlook_of, rows_of_plan

    spec = inspect_model(path_of(args.path))
    about = described(spec)
    told = outlook_of(spec, paths, look_at_machine(output))
    rows = rows_of(about) + rows_of_plan(spec.wish, told)
    output.result({**about, "plan": described_plan(told)}, table(rows))
    return DONE


def _show(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    path = path_of(args.model)
    found = installed(paths)
    if split_id(args.model):
        found = with_servers(found, ask_servers(paths))
    spec = find_spec(found, args.model)
    if spec is None and not os.path.exists(path):
        raise NotFound(name=args.model)
    spec = with_lender(spec or inspect_model(path), found.models)
    entry = _on_shelf(spec, read_entries(paths, output))
    machine = look_at_machine(output)
    from studio.cli.models_plan import described_plan, outlook_of, rows_of_plan
    from studio.cli.models_shelf import described_fit, fit_words

    about, costs = described(spec), costs_of(paths, spec.fingerprint)
    told = outlook_of(spec, paths, machine)
    fitting = fit_as_planned(spec, machine, told) if told else fit(spec, machine)
    answer: dict[str, Any] = {
        **about,
        "needed_bytes": told.needed_bytes if told else fitting.needed_bytes,
        "plan": described_plan(told),
        "fit": described_fit(fitting),
        "cache_costs": [described_cost(cost) for cost in costs],
        "shelf": entry and described(entry),
    }
    rows = [*rows_of(about), (tr("fit"), fit_words(fitting)), *rows_of_plan(spec.wish, told)]
    rows += rows_of_costs(costs)
    output.result(answer, table(rows + (_rows_of_shelf(entry) if entry else [])))
    return DONE


def _on_shelf(spec: ModelSpec, entries: tuple[ShelfEntry, ...]) -> ShelfEntry | None:
    return next((entry for entry in entries if entry.is_installed_as(spec)), None)


def _rows_of_shelf(entry: ShelfEntry) -> list[tuple[str, str]]:
    """The settings that its makers name, and where they say so."""
    told = {"defaults": entry.defaults, "sigmas": entry.sigmas, "prompt form": entry.prompt_form}
    rows = rows_of({f"shelf {name}": msgspec.to_builtins(value) for name, value in told.items()})
    source = entry.sources.get("defaults", "")
    return [*rows, (tr("shelf source"), source)] if rows and source else rows
