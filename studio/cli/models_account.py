"""`studio models login`, `logout` and `account`: the token of the hub, for models that want an account."""

import argparse
import getpass
import sys

from studio.catalog.hub.wire import Patience
from studio.cli.models_hub import must_be_online
from studio.cli.output import DONE, Output
from studio.cli.usage import wrong_usage
from studio.core.downloads import Account
from studio.core.errors import StayOffline, TokenFromOutside
from studio.core.paths import Paths
from studio.ui.i18n import tr

COMMAND = "studio models login"


def login(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    """Raises StayOffline, WrongUsage, HubError, FileUnwritable."""
    must_be_online(args, paths)
    from studio.catalog.hub.account import account, sign_in
    from studio.catalog.hub.client import Hub

    if account(None).outside:  # before anyone types one
        raise TokenFromOutside
    hub = Hub(Patience())
    return _tell(sign_in(hub, _token(args, hub.tokens_page, output)), output)


def logout(_: argparse.Namespace, __: Paths, output: Output) -> int:
    """Raises TokenFromOutside, FileStays."""
    from studio.catalog.hub.account import sign_out

    return _tell(sign_out(), output)


def account(args: argparse.Namespace, paths: Paths, output: Output) -> int:
    """By name only where the network may be used. Raises HubError."""
    online = True
    try:
        must_be_online(args, paths)
    except StayOffline:
        online = False
    from studio.catalog.hub import account
    from studio.catalog.hub.client import Hub

    return _tell(account.account(Hub(Patience()) if online else None), output)


def _token(args: argparse.Namespace, page: str, output: Output) -> str:
    """Never from the words of the command, which every process of the machine can read. Raises WrongUsage."""
    if args.token_stdin:
        token = sys.stdin.readline()
        if not token.strip():
            raise wrong_usage(tr("No token came from standard input"), COMMAND)
        return token
    if not sys.stdin or not sys.stdin.isatty() or output.json:
        raise wrong_usage(tr("Nobody can be asked here; give the token with --token-stdin"), COMMAND)
    output.note(tr("{page} makes one for you; one that may only read is enough.", page=page))
    return getpass.getpass(tr("Token (it is not shown): "))


def _tell(known: Account, output: Output) -> int:
    answer = {"signed_in": known.signed_in, "name": known.name or None, "outside": known.outside}
    output.result({"state": "done", **answer}, [account_words(known)])
    return DONE


def account_words(known: Account) -> str:
    if not known.signed_in:
        return tr("Not signed in at the hub.")
    by = tr("by HF_TOKEN") if known.outside else tr("by a token kept for all of the hub's tools")
    if not known.name:
        return tr("Signed in, {by}; the hub was not asked as whom.", by=by)
    return tr("Signed in as {name}, {by}.", name=known.name, by=by)
