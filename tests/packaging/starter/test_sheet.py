"""The contact sheet: its prompts, and where it puts the pictures."""

import sheet
from PIL import Image


def test_there_are_as_many_prompts_in_each_language_and_no_two_alike():
    assert len(set(sheet.PROMPTS)) == len(sheet.PROMPTS) == 48
    assert sum(not prompt.isascii() for prompt in sheet.PROMPTS) == 24


def test_pictures_stand_row_by_row_at_half_their_size():
    shades = [(40 * i, 0, 0) for i in range(3)]
    asked = []

    def paint(prompts: list[str], seeds: list[int]) -> list[Image.Image]:
        asked.extend(zip(prompts, seeds, strict=True))
        return [Image.new("RGB", (256, 256), shade) for shade in shades]

    whole = sheet.sheet(paint, ("one", "two", "three"), 2)
    assert asked == [("one", 1), ("two", 2), ("three", 3)]
    assert whole.size == (268, 268)
    assert [whole.getpixel(at) for at in ((4, 4), (263, 4), (4, 263))] == shades
    assert whole.getpixel((200, 200)) == (255, 255, 255)
