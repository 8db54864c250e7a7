"""What other programs' files of layers cannot carry here, or ours cannot carry there."""

from enum import StrEnum

LAYERED_SUFFIXES = (".ora", ".psd")  # of files that keep the layers


class Lost(StrEnum):
    """Something that a file has and what was made of it has not; the pixels are there, near enough."""

    BLENDING = "blending"  # a layer, or a group, that is blended in a way unknown here lies there like any
    MASK = "mask"  # a mask by lines, or one that could not be read, does not hide anything
    EFFECTS = "effects"  # shadows, outlines and such are gone
    ADJUSTMENT = "adjustment"  # layers that adjust those below are gone
    CLIPPING = "clipping"  # a layer shows beyond the one that it was cut to
    WORDS = "words"  # words and shapes became pixels
    COLOURS = "colours"  # of print, or with more than 8 bits: brought into sRGB
    GROUPS = "groups"  # the layers of a group lie by themselves
    LAYER = "layer"  # a layer that could not be read is missing
    TRANSPARENCY = "transparency"  # what showed through is white
    LAYERS = "layers"  # all became one
