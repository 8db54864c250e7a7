"""Why a picture cannot be made from the pictures that it is to begin with."""

from studio.core.errors.requests import BadRequest


class InputError(BadRequest):
    """A picture that the job was to begin with is the reason; without it the job can be done."""


class InputMissing(InputError):
    code = "input_missing"
    template = "The input picture {name} is gone: {path} is not there."
    hint = "Add it again, or make the picture without it."


class InputChanged(InputError):
    code = "input_changed"
    template = "The input picture {name} is not what it was when the job was made: {path} has changed."
    hint = "Add it again, and make the picture anew."


class InputsFull(InputError):
    code = "inputs_full"
    template = "The picture {name} was not added: a picture begins with {most} others at most."
    hint = "Take one of them out first."


class OneInputAlone(InputError):
    code = "one_input_alone"
    template = "The picture {name} was not added: the model {model} takes one picture alone."
    hint = "Choose a model that refers to several, such as FLUX.2, or install an IP-Adapter for this one."


class InputUnsupported(InputError):
    code = "input_unsupported"
    template = "The model {model} cannot start from a picture."
    hint = "Make the picture from words alone, or choose another model."


class ReferencesUnsupported(InputError):
    code = "references_unsupported"
    template = "The model {model} does not look at pictures."
    hint = (
        "Take the references out, choose a model that takes them, such as FLUX.2, or install an IP-Adapter "
        "for this one."
    )


class ReferenceNeeded(InputError):
    code = "reference_needed"
    template = "The model {model} changes a picture, and there is none."
    hint = "Add one as a reference, or choose a model that makes pictures from words."


class AdapterIncomplete(InputError):
    code = "adapter_incomplete"
    template = "The IP-Adapter {adapter} cannot be used: {path} is not there, or not whole."
    hint = "Put its file and the folder of its picture encoder, named image_encoder, beside each other."


class AdapterUnfit(InputError):
    code = "adapter_unfit"
    template = "The IP-Adapter {adapter} does not fit the model {model}."
    hint = "Install one that was made for this model, or make the picture without references."


class MaskUnfit(InputError):
    code = "mask_unfit"
    template = "The mask has {width} × {height} pixels, and the picture {wide} × {high}."
    hint = "Give a mask that is as large as the picture."
