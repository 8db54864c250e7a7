"""Whom the hub takes this machine for: a token, kept where the hub's own tools keep theirs.

That is the file HF_TOKEN_PATH, which no one else may read; HF_TOKEN counts before it. Not
`huggingface_hub.login`: it asks in its own way, without the errors and the patience of `client`.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants, logout
from huggingface_hub.utils import get_stored_tokens

from studio.catalog.hub.cache import removal_error, write_error
from studio.catalog.hub.client import Hub, is_token
from studio.core.downloads import Account
from studio.core.errors import TokenFromOutside, TokenUnknown

# The second is the hub's older name; with the third it asks whoever runs this machine for a token.
_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_OIDC_RESOURCE")


def account(hub: Hub | None) -> Account:
    """Who is signed in; without a hub nothing is asked, and no name known.

    Raises TokenUnknown for a token that counts no more, HubError.
    """
    outside = _is_outside()
    if not outside and not _kept_token():
        return Account()
    return Account(signed_in=True, outside=outside, name=hub.account_name() if hub else "")


def sign_in(hub: Hub, token: str) -> Account:
    """Keep the token, once the hub has said whose it is.

    Raises TokenFromOutside, TokenUnknown, HubError, DiskFull, FileUnwritable.
    """
    _must_be_ours()
    token = token.strip()
    if not is_token(token):
        raise TokenUnknown(page=hub.tokens_page)
    name = hub.account_name(token)
    _keep(token)
    return Account(signed_in=True, name=name)


def sign_out() -> Account:
    """Forget the token, and what `hf auth login` noted of it; other tokens that it noted stay.

    Raises TokenFromOutside, FileStays.
    """
    _must_be_ours()
    token, place = _kept_token(), _place()
    try:
        for name in [name for name, noted in get_stored_tokens().items() if noted == token]:
            with suppress(OSError):  # it takes the token back from git as well, which may not be there
                logout(name)
        place.unlink(missing_ok=True)
    except OSError as error:
        raise removal_error(error, place) from error
    return Account()


def _place() -> Path:
    return Path(constants.HF_TOKEN_PATH)


def _kept_token() -> str:
    """Read here, as the hub's own way may go online to have it renewed."""
    try:
        return _place().read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _keep(token: str) -> None:
    """Whole or not at all, and never for a moment where others can read it."""
    place, part = Path(os.path.realpath(_place())), ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(dir=place.parent, prefix="token")  # for this account alone
        with os.fdopen(handle, "w") as file:
            file.write(token)
        os.replace(part, place)
    except OSError as error:
        with suppress(OSError):
            os.unlink(part)
        raise write_error(error, place) from error


def _is_outside() -> bool:
    return any(os.environ.get(name, "").strip() for name in _VARIABLES)


def _must_be_ours() -> None:
    if _is_outside():
        raise TokenFromOutside
