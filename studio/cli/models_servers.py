"""`studio models servers`: which servers on this machine may be asked, and what models they have."""

import argparse

import msgspec

from studio.catalog.scan import Found
from studio.catalog.servers.address import parse_address
from studio.cli.devices import run_to_end
from studio.cli.models_found import change_list
from studio.cli.output import DONE, Output, table
from studio.cli.usage import wrong_usage
from studio.core.errors import NotFound, UnexpectedError, error_from
from studio.core.paths import Paths
from studio.core.servers import ServerState
from studio.engine.boot import servers_command
from studio.store.settings_file import load_settings
from studio.ui.i18n import plural, sentence_of, tr


def servers(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    match args.what:
        case "add":
            return _add(_needed(args), paths, output)
        case "remove":
            return _remove(_needed(args), paths, output)
        case _:
            return _list(paths, output)


def ask_servers(paths: Paths) -> tuple[ServerState, ...]:
    """What every server of the list says, told to a process of its own; none is started for an empty list."""
    addresses = load_settings(paths.settings).servers
    if not addresses:
        return ()
    said = run_to_end(servers_command(addresses))
    if isinstance(said, str):
        raise UnexpectedError(detail=said)
    return msgspec.json.decode(said, type=tuple[ServerState, ...])


def with_servers(found: Found, states: tuple[ServerState, ...]) -> Found:
    """What was found on the disk, and what the servers have."""
    served = tuple(spec for state in states for spec in state.models)
    return msgspec.structs.replace(found, models=(*found.models, *served))


def state_words(state: ServerState) -> str:
    """3 models, or what is the matter."""
    if state.code:
        return sentence_of(error_from(state.code, state.params))
    return plural(len(state.models), "{n} model", "{n} models")


def _needed(args: argparse.Namespace) -> str:
    if args.address is None:
        raise wrong_usage("the following arguments are required: ADDRESS", "studio models servers")
    return args.address


def _list(paths: Paths, output: Output) -> int:
    states = ask_servers(paths)
    rows = [(state.address, state.software or "–", state_words(state)) for state in states]
    lines = table(rows) or [
        tr("No server is listed. `studio models servers add ADDRESS` adds one on this computer.")
    ]
    output.result({"servers": [_described(state) for state in states]}, lines)
    return DONE


def _add(text: str, paths: Paths, output: Output) -> int:
    """Lists it and asks it; one that does not answer now may do so later."""
    address = parse_address(text)
    before = load_settings(paths.settings).servers
    if address not in before:
        change_list(paths, "servers", add=(address,))
    state = next(one for one in ask_servers(paths) if one.address == address)
    lines = [f"{address}: {state_words(state)}", *(f"  {spec.id}" for spec in state.models)]
    output.result({"state": "done", "added": address not in before, **_described(state)}, lines)
    return DONE


def _remove(text: str, paths: Paths, output: Output) -> int:
    known = load_settings(paths.settings).servers
    address = text if text in known else parse_address(text)
    if address not in known:
        raise NotFound(name=text)
    change_list(paths, "servers", forget=(address,))
    lines = [tr("The server at {address} is not asked any more", address=address)]
    output.result({"state": "done", "removed": address}, lines)
    return DONE


def _described(state: ServerState) -> dict[str, object]:
    problem = (
        {"code": state.code, "message": sentence_of(error_from(state.code, state.params))}
        if state.code
        else None
    )
    models = [spec.id for spec in state.models]
    return {"address": state.address, "software": state.software, "models": models, "problem": problem}
