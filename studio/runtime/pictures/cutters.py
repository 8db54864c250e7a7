"""Models that tell a thing from its background, each given a picture in its own way."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoModelForImageMatting

from studio.catalog.files import ModelFolder
from studio.catalog.inspect import inspect_model
from studio.catalog.onnx import FLOATS, onnx_in, read_onnx
from studio.core.errors import ModelProducedNothing, ModelUnreadable, ModelUnsupported
from studio.core.messages import Stage
from studio.core.model import ModelSpec
from studio.runtime.cancel import layer_hooks
from studio.runtime.desk import Desk
from studio.runtime.loading import check_package
from studio.runtime.pictures.looks import HALF, ONE, Look, look_of
from studio.runtime.pictures.mattes import Matte, evened, trimap
from studio.runtime.pictures.whole import load_whole
from studio.runtime.placement import bytes_of
from studio.runtime.residency import LoadContext

ONNXRUNTIME = "onnxruntime"
PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
VITMATTE = "VitMatteForImageMatting"
LARGEST = 1024  # pixels along the longer side that ViTMatte is given: its attention grows with their square
MULTIPLE = 32
WAIT_SECONDS = 0.02
# What each kind in ONNX was trained with (rembg 2.0, `sessions/`, and the makers' own code for MODNet): the
# scale of colours, the side of its pictures where the file leaves it open, and whether all of the range is
# to be used.
_ONNX = {
    "U2Net": (Look(size=(320, 320)), True),
    "ISNet": (Look(mean=HALF, std=ONE, size=(1024, 1024)), True),
    "RMBG": (Look(mean=HALF, std=ONE, size=(1024, 1024)), True),
    "BiRefNet": (Look(size=(1024, 1024)), False),
    "MODNet": (Look(mean=HALF, std=HALF), False),
}
_FAULTS = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented",
           "RuntimeException")  # fmt: skip
_NO_MEMORY = ("Failed to allocate memory", "bad allocation", "bad_alloc")
_SHORTER = 512  # pixels, of what MODNet is given


class TorchCutter:
    """A model of transformers.

    Attributes:
        guided: it has to be told where about the thing is, as ViTMatte has.
    """

    plan = None

    def __init__(self, spec: ModelSpec, model: Any, look: Look, device: torch.device) -> None:
        self.model = model
        self.device = device
        self.size_bytes = bytes_of(model)
        self._name = spec.name
        self._look = look
        self.guided = spec.base == VITMATTE

    def matte(self, picture: Image.Image, mask: NDArray[np.uint8] | None, desk: Desk) -> Matte:
        """How much of each place of the RGB picture belongs to the thing, at a size of the model's own."""
        width, height = self._size(picture)
        pixels = self._look.tensor(picture.resize((width, height), Image.Resampling.BICUBIC))
        if self.guided:
            assert mask is not None
            known = cv2.resize(trimap(mask), (width, height), interpolation=cv2.INTER_NEAREST)
            pixels = torch.cat([pixels, torch.from_numpy(known)[None, None].float() / 255], dim=1)
            across, down = (-side % MULTIPLE for side in (width, height))
            pixels = torch.nn.functional.pad(pixels, (0, across, 0, down))
        with torch.inference_mode(), layer_hooks(self.model, desk):
            alphas = self.model(pixels.to(self.device)).alphas[0, 0]
        if self.guided:
            alphas = alphas[:height, :width]
        return _checked(alphas.float().cpu().numpy(), self._name)

    def _size(self, picture: Image.Image) -> tuple[int, int]:
        if any(self._look.size):
            return self._look.size
        scale = min(1.0, LARGEST / max(picture.size))
        return max(1, round(picture.width * scale)), max(1, round(picture.height * scale))

    def release(self) -> None:
        self.model = None


class OnnxCutter:
    """A model in an ONNX file, which onnxruntime runs."""

    plan = None
    guided = False
    device = torch.device("cpu")

    def __init__(self, spec: ModelSpec, session: Any, look: Look, half: bool) -> None:
        self.session = session
        self.size_bytes = spec.size_bytes
        self._name = spec.name
        self._look = look
        self._whole_range = _ONNX[spec.base][1]
        self._type = np.float16 if half else np.float32

    def matte(self, picture: Image.Image, mask: NDArray[np.uint8] | None, desk: Desk) -> Matte:
        given = self.session.get_inputs()[0]
        size = _fitting(picture.size, given.shape, self._look.size)
        pixels = self._look.array(picture.resize(size, Image.Resampling.LANCZOS)).astype(self._type)
        output = self.session.get_outputs()[0].name
        [found] = run_watched(lambda options: self.session.run([output], {given.name: pixels}, options), desk)
        if found.ndim != 4 or found.shape[1] != 1:
            raise ModelUnsupported(model=self._name, kind=f"ONNX, {found.shape}")
        return evened(_checked(found[0, 0].astype(np.float32), self._name), self._whole_range)

    def release(self) -> None:
        self.session = None


def load_cutter(spec: ModelSpec, context: LoadContext) -> TorchCutter | OnnxCutter:
    """Raises ModelError for anything missing, damaged, unsafe or unknown; MemoryExhausted."""
    if spec.base in _ONNX:
        return _load_onnx(spec, context)
    model, device = load_whole(AutoModelForImageMatting, spec, context)
    guided = spec.base == VITMATTE
    usual = Look(mean=HALF, std=HALF) if guided else Look(size=(768, 1024))
    look = look_of(ModelFolder(Path(spec.path), spec.name), usual)
    return TorchCutter(spec, model, Look(mean=look.mean, std=look.std) if guided else look, device)


def run_watched(run: Callable[[Any], list[Any]], desk: Desk) -> list[Any]:
    """What onnxruntime makes, in a thread of its own: it knows no blocks, but can be told to end."""
    import onnxruntime

    options, done = onnxruntime.RunOptions(), threading.Event()
    made, failed = list[Any](), list[Exception]()

    def work() -> None:
        try:
            made.extend(run(options))
        except Exception as error:  # noqa: BLE001 - raised again where the job is
            failed.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=work, name="onnxruntime")
    thread.start()
    try:
        while not done.wait(WAIT_SECONDS):
            desk.check()
    finally:
        options.terminate = True
        thread.join()
    if failed and any(text in str(failed[0]) for text in _NO_MEMORY):
        raise MemoryError from failed[0]
    if failed:
        raise failed[0]
    return made


def _load_onnx(spec: ModelSpec, context: LoadContext) -> OnnxCutter:
    path = Path(spec.path)
    inspect_model(path, name=spec.name)
    check_package(spec.name, ONNXRUNTIME)
    import onnxruntime

    look, _ = _ONNX[spec.base]
    file = path
    if path.is_dir():
        folder = ModelFolder(path, spec.name)
        file, look = folder.file(onnx_in(folder)), look_of(folder, look)
    half = read_onnx(file, spec.name).inputs[0].kind == FLOATS[1]
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal: what goes wrong is raised
    options.intra_op_num_threads = torch.get_num_threads()
    there = [one for one in PROVIDERS if one in onnxruntime.get_available_providers()]
    context.desk.phase(Stage.LOADING, 0, spec.size_bytes)
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=there)
    except _faults() as error:
        raise ModelUnreadable(model=spec.name, file=file.name) from error
    context.desk.phase(Stage.LOADING, spec.size_bytes, spec.size_bytes)
    return OnnxCutter(spec, session, look, half)


def _faults() -> tuple[type[Exception], ...]:
    """What onnxruntime raises over a file: kinds of its own, that have nothing in common."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return tuple(getattr(state, name) for name in _FAULTS)


def _fitting(size: tuple[int, int], shape: list[Any], usual: tuple[int, int]) -> tuple[int, int]:
    """Width and height that the model takes; those that it leaves open keep the picture's shape."""
    high, wide = (side if isinstance(side, int) and side > 0 else 0 for side in shape[2:])
    if high and wide:
        return wide, high
    if any(usual):
        return usual
    scale = _SHORTER / min(size)
    across, down = (max(MULTIPLE, round(side * scale / MULTIPLE) * MULTIPLE) for side in size)
    return min(across, 4 * _SHORTER), min(down, 4 * _SHORTER)


def _checked(found: NDArray[np.float32], name: str) -> Matte:
    if not np.isfinite(found).all():
        raise ModelProducedNothing(model=name)
    return found
