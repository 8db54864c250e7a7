"""How a model will be held in memory: told by `studio models show` and `inspect`, changed by `set`."""

import argparse
from typing import Any

import msgspec

from studio.app.door import Hold, knock
from studio.catalog.borrow import with_lender
from studio.catalog.budget import default_budget
from studio.catalog.held import PLANNED, load_of
from studio.catalog.main_memory import main_memory
from studio.catalog.measured import load_measurements
from studio.catalog.memory import usual_work
from studio.catalog.outlook import outlook
from studio.catalog.precision import installed_quantisers, place_of
from studio.catalog.settings import shelf_settings, with_settings
from studio.cli.devices import look_at_machine
from studio.cli.models_found import find_spec, installed
from studio.cli.output import DONE, Output, table
from studio.core.errors import ModelNeedsParts, NotFound, SettingsInUse, WishImpossible
from studio.core.model import ModelSpec, Wish
from studio.core.paths import Paths, resources_dir
from studio.core.plan import Choice, Outlook
from studio.core.servers import server_model, split_id
from studio.core.shelf import FIT_REASONS, Machine
from studio.store.instances import WindowLock
from studio.store.settings_file import load_settings
from studio.store.wishes_file import load_wishes, save_wishes
from studio.ui.i18n import tr
from studio.ui.plan_words import plan_line, plan_sentence, reason_of

AUTO = "auto"
UNSAID = {"precision": AUTO, "offload": AUTO, "compile": "off"}  # by what of a wish leaves it as it is


def change(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    """`studio models set`. An open window changes it itself; raises SettingsInUse where none answers."""
    if served := split_id(args.model):
        return output.failure(*_held_elsewhere(args, server_model(*served)))
    found = installed(paths)
    spec = find_spec(found, args.model)
    if spec is None:
        raise NotFound(name=args.model)
    spec = with_lender(spec, found.models)
    wish = _wished(args, spec.wish)
    machine = look_at_machine(output)
    if error := _impossible(spec, wish, outlook_of(spec, paths, machine)):
        return output.failure(*error)
    _keep(paths, spec.id, wish)
    told = outlook_of(msgspec.structs.replace(spec, wish=wish), paths, machine)
    answer = {"state": "done", "id": spec.id, "wish": described_wish(wish), "plan": described_plan(told)}
    output.result(answer, table(rows_of_plan(wish, told)))
    return DONE


def outlook_of(spec: ModelSpec, paths: Paths, machine: Machine) -> Outlook | None:
    """None for parts of models, which run nowhere by themselves, and files whose other parts are not here.

    Raises ModelError for damaged files.
    """
    if spec.family not in PLANNED or not spec.abilities:
        return None
    try:
        load = load_of(spec)
    except ModelNeedsParts:
        return None
    spec = with_settings(spec, shelf_settings(resources_dir(), paths.catalog))  # as the window reckons
    budget = load_settings(paths.settings).memory_budget or default_budget(machine.devices)
    return outlook(
        load,
        place_of(machine.devices, main_memory().free, budget),
        installed_quantisers(),
        spec.wish,
        usual_work(spec, load),
        load_measurements(paths.measured).of(spec.fingerprint),
    )


def described_plan(told: Outlook | None) -> dict[str, Any] | None:
    if told is None:
        return None
    choices = {
        name: [{"value": AUTO, "reason": ""}, *map(_described_choice, some)]
        for name, some in (("precisions", told.precisions), ("offloads", told.offloads))
    }
    plan = msgspec.to_builtins(told.plan)
    amounts = {"needed_bytes": told.needed_bytes, "has_bytes": told.has_bytes, "measured": told.measured}
    words = {"words": plan_line(told), "remark": plan_sentence(told)}
    return {**plan, **amounts, "fits": told.fits, **choices, **words}


def described_wish(wish: Wish) -> dict[str, str]:
    return {name: getattr(wish, name) or unsaid for name, unsaid in UNSAID.items()}


def rows_of_plan(wish: Wish, told: Outlook | None) -> list[tuple[str, str]]:
    chosen = [
        (tr("chosen precision"), wish.precision),
        (tr("chosen offload"), wish.offload),
        (tr("chosen compiling"), wish.compile),
    ]
    rows: list[tuple[str, str]] = [(name, value) for name, value in chosen if value]
    if told is None:
        return rows
    rows.append((tr("plan"), plan_line(told)))
    return [*rows, ("", plan_sentence(told))] if plan_sentence(told) else rows


def _described_choice(choice: Choice) -> dict[str, str]:
    return {"value": choice.value, "reason": reason_of(choice)}


def _wished(args: argparse.Namespace, before: Wish) -> Wish:
    """What was said, and of the rest what was chosen before."""
    said = {name: getattr(args, name) for name in UNSAID if getattr(args, name) is not None}
    return msgspec.structs.replace(
        before, **{name: "" if value == UNSAID[name] else value for name, value in said.items()}
    )


def _held_elsewhere(args: argparse.Namespace, spec: ModelSpec) -> tuple[WishImpossible, str]:
    """A server's model, which is no matter of this studio's memory."""
    value = args.precision or args.offload or AUTO
    return WishImpossible(name=spec.name, value=value), tr(FIT_REASONS["held_by_server"])


def _impossible(spec: ModelSpec, wish: Wish, told: Outlook | None) -> tuple[WishImpossible, str] | None:
    """What cannot work here, and why."""
    if told is None:
        return WishImpossible(name=spec.name, value=wish.precision or wish.offload), ""
    for value, choices in ((wish.precision, told.precisions), (wish.offload, told.offloads)):
        choice = next((one for one in choices if one.value == value), None)
        if choice and choice.code:
            return WishImpossible(name=spec.name, value=value), reason_of(choice)
    return None


def _keep(paths: Paths, model_id: str, wish: Wish) -> None:
    lock = WindowLock(paths)
    try:
        if lock.held:
            wishes = {name: one for name, one in load_wishes(paths.wishes).items() if name != model_id}
            save_wishes(paths.wishes, wishes if wish == Wish() else {**wishes, model_id: wish})
        elif not knock(paths.home, Hold(model_id=model_id, wish=wish)):
            raise SettingsInUse(home=str(paths.home))
    finally:
        lock.close()
