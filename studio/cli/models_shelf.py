"""`studio models shelf`: models worth having, in the order in which they suit this machine."""

import argparse
from typing import Any

import msgspec

from studio.catalog.fit import sorted_for
from studio.cli.devices import look_at_machine
from studio.cli.models_found import described, installed, read_entries
from studio.cli.output import DONE, Output, fitted
from studio.core.paths import Paths
from studio.core.shelf import FIT_REASONS, Fit, ShelfEntry
from studio.ui.figures import size
from studio.ui.i18n import tr

LEAVING = (6, 2, 3, 4, 7)  # columns of `_row`: licence, repository, kind, download, commercial use
# Of each model of the shelf, whether the results may be used for money.
COMMERCIAL: dict[bool | None, str] = {
    True: "commercial use",
    False: "no commercial use",
    None: "read the licence",
}


def shelf(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    entries = [one for one in read_entries(paths, output) if args.group in (None, one.group)]
    machine = look_at_machine(output)
    models = [spec for spec in installed(paths).models if spec.repository]
    here = [entry for entry in entries if any(map(entry.is_installed_as, models))]
    placed = sorted_for(entries, machine)
    told = [
        {**described(entry), "fit": described_fit(fitting), "installed": entry in here}
        for entry, fitting in placed
    ]
    rows = [_row(entry, fitting, entry in here) for entry, fitting in placed]
    lines = fitted(rows, output.columns, LEAVING)
    lines.append(tr("`studio models install NAME` gets one, by either of its names."))
    output.result({"machine": msgspec.to_builtins(machine), "models": told}, lines)
    return DONE


def described_fit(fitting: Fit) -> dict[str, Any]:
    return {**described(fitting), "words": fit_words(fitting)}


def fit_words(fitting: Fit) -> str:
    """Whether it fits, and why."""
    amounts = {
        name: size(int(value)) if name.endswith("_bytes") else value for name, value in fitting.params.items()
    }
    return tr(FIT_REASONS[fitting.code], **amounts)


def _row(entry: ShelfEntry, fitting: Fit, installed: bool) -> tuple[str, ...]:
    download = size(entry.download_bytes) if entry.download_bytes else "–"
    needs = size(fitting.needed_bytes) if fitting.needed_bytes else "–"
    return (
        "✓" if installed else " ",
        entry.name,
        entry.repository,
        entry.kind,
        download,
        needs,
        entry.licence or "–",
        tr(COMMERCIAL[entry.commercial]),
        fit_words(fitting),
    )
