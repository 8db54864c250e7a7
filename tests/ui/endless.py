"""A fake session with as many pictures as one likes, none of them made before it is asked for."""

from studio.core.recipe import Recipe
from studio.core.records import Asset, AssetQuery
from tests.ui.drawings import encoded, postcard
from tests.ui.fake_session import NOON, FakeSession

MINUTE = 60.0


class EndlessSession(FakeSession):
    """Picture 0 is the newest; one was made each minute.

    Attributes:
        pages: how many were read.
        drawn: the pictures whose thumbnails were made.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.pages = 0
        self.drawn: set[str] = set()
        self.draw = self._draw_and_note
        self._tile = encoded(postcard(1, 64, 64))

    def nth(self, number: int) -> Asset:
        asset_id = f"{self.count - number:08}"
        return Asset(
            id=asset_id,
            path=f"{asset_id}.png",
            width=64,
            height=64,
            created=NOON - number * MINUTE,
            recipe=Recipe(asset=asset_id, prompt=f"picture {asset_id}", seed=number),
        )

    def assets_page(self, query: AssetQuery) -> list[Asset]:
        self.pages += 1
        first = 0 if query.before is None else self.count - int(query.before) + 1
        return [self.nth(number) for number in range(first, min(first + query.limit, self.count))]

    def _draw_and_note(self, asset: Asset, pixels: int) -> bytes:
        self.drawn.add(asset.id)
        return self._tile
