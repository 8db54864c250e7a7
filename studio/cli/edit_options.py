"""The options of `studio edit`."""

import argparse
from typing import get_args

from studio.cli.argument_types import (
    enlargement,
    hue,
    margins,
    region,
    said,
    sharpening,
    size,
    three_levels,
    within,
)
from studio.cli.edit_asked import WORDS, Flip
from studio.cli.generate_options import PICTURE, Add, add_output, add_usual
from studio.core.adjustments import MOST_RADIUS

_STRENGTHS = "1 where something is painted anew, 0.9 to remove, 0.3 to upscale"
_EXAMPLES = """examples:
  studio edit photo.jpg "a sailing boat" --mask mask.png     paint a boat where the mask is white
  studio edit photo.jpg --remove --mask mask.png -n 4        four takes without what the mask shows
  studio edit photo.jpg --outpaint 0,0,256,0                 256 pixels more at the right
  studio edit photo.jpg "an oil painting" --strength 0.5     paint over all of it
  studio edit photo.jpg --cut-out --mask mask.png -o o.png   all but the mask becomes transparent
  studio edit *.png --upscale 2 -o larger                    each twice as large, into a folder
  studio edit *.png --recipe edited.png -o likewise           what was done to edited.png, to each
  studio edit photo.jpg --crop 0,0,512,512 --levels 10,1.2,245 --sharpen 80,1.5"""


def add_edit(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class, parser.epilog = argparse.RawDescriptionHelpFormatter, _EXAMPLES
    parser.add_argument("image", type=said, metavar="IMAGE", help=f"the picture that is changed: {PICTURE}")
    parser.add_argument("prompt", metavar="PROMPT", nargs="?", help="what is to be seen, or an instruction")
    parser.add_argument(
        "others",
        metavar="IMAGE",
        nargs="*",
        default=[],
        help="further pictures that are changed likewise, where that needs no PROMPT: --upscale, --cut-out "
        "and all that is done at once; -o is a folder then",
    )
    _add_what(
        parser.add_argument_group(
            "what is done; without any of these the mask or the prompt says"
        ).add_argument
    )
    _add_where(parser.add_argument_group("where").add_argument)
    _add_how(parser.add_argument_group("how it is made").add_argument)
    _add_at_once(parser.add_argument_group("at once, without a model, in this order").add_argument)
    _add_results(parser.add_argument_group("what comes of it").add_argument)


def _add_what(add: Add) -> None:
    add("--operation", choices=list(WORDS), metavar="NAME", help=", ".join(WORDS))
    add("--remove", action="store_true", help="what the mask shows goes, and what is around it goes on")
    add("--background", action="store_true", help="all but what the mask shows is painted anew")
    add("--instruct", action="store_true", help="PROMPT is an instruction to a model that reads pictures")
    add("--outpaint", type=margins, metavar="L,T,R,B", help="go on beyond the edges, by so many pixels each")
    add("--upscale", type=enlargement, metavar="K", help="enlarge it so many times, up to 8")
    add("--cut-out", action="store_true", help="the background becomes transparent, or all but the mask")
    add(
        "--recipe",
        type=said,
        metavar="PICTURE",
        help="do what was done to this picture, or what a .json file of its recipe says, as far as it can be "
        "done again; other options go before what it says",
    )


def _add_where(add: Add) -> None:
    add("--mask", type=said, metavar="PICTURE", help="as large as IMAGE, white where it is to be changed")
    add("--region", type=region, metavar="X,Y,W,H", help="what the model looks at; else found by the mask")
    add(
        "--feather",
        type=int,
        metavar="N",
        help="pixels around the mask over which the new passes into the old; 12 where something is painted",
    )
    add("--blend", action="store_true", help="take all of the region as the model makes it")


def _add_how(add: Add) -> None:
    add_usual(add)
    add(
        "--strength", type=float, metavar="X", help=f"how far to go from what is there, 0 to 1 ({_STRENGTHS})"
    )
    add("--negative", metavar="TEXT", help="what is not to be seen")


def _add_at_once(add: Add) -> None:
    add("--crop", type=region, metavar="X,Y,W,H", help="keep this part, in pixels from the top left corner")
    add(
        "--rotate",
        type=within(-360, 360),
        metavar="DEGREES",
        help="clockwise; what is no quarter is straightened and cut",
    )
    add("--flip", choices=get_args(Flip), metavar="WAY", help=" or ".join(get_args(Flip)))
    add("--resize", type=size, metavar="WxH", help="in pixels, such as 1024x768; sides of 16 to 8192")
    add("--levels", type=three_levels, metavar="BLACK,GAMMA,WHITE", help="such as 10,1.2,245 of 0 to 255")
    add("--hue", type=hue, metavar="H[,S[,L]]", help="degrees, then saturation and lightness in percent")
    add("--blur", type=within(0, round(MOST_RADIUS)), metavar="RADIUS", help="of the Gaussian, in pixels")
    add("--sharpen", type=sharpening, metavar="AMOUNT[,RADIUS]", help="in percent, and pixels (1)")


def _add_results(add: Add) -> None:
    add("-n", "--number", type=int, metavar="N", help="how many takes, 1 to 16 (1)")
    add_output(add)
