"""Why a file cannot be given with a message, or a thing of Chat cannot be kept."""

from studio.core.errors.requests import BadRequest


class AttachmentError(BadRequest):
    """A file that was to be given with a message is the reason; without it the message can be sent."""


class DocumentUnopened(AttachmentError):
    code = "document_unopened"
    template = "{name} could not be opened: it is gone, is no file, or may not be read."
    hint = "Check where it lies and whether it may be read, and attach it again."


class DocumentUnsupported(AttachmentError):
    code = "document_unsupported"
    template = "{name} is no text, and no PDF, docx, HTML or picture either."
    hint = "Save it as one of these with the program that made it, and attach that."


class DocumentDamaged(AttachmentError):
    code = "document_damaged"
    template = "{name} is damaged, or not whole, and cannot be read."
    hint = "Copy or save it again from where it came."


class DocumentLocked(AttachmentError):
    code = "document_locked"
    template = "{name} is locked with a password and cannot be read."
    hint = "Save a copy without the password, and attach that."


class DocumentWithoutText(AttachmentError):
    code = "document_without_text"
    template = "There is no text in {name}."
    hint = (
        "If it was scanned, attach its pages as pictures for a model that sees, or have its text recognised."
    )


class DocumentTooLarge(AttachmentError):
    code = "document_too_large"
    template = "{name} is too large: {size_bytes} of at most {most_bytes}."
    hint = "Attach the part of it that matters."


class DocumentUnending(AttachmentError):
    code = "document_unending"
    template = "{name} was given up: it was not read in {seconds} seconds."
    hint = "Save it as plain text, and attach that."


class KeptError(BadRequest):
    """A persona, preset or template cannot be kept as it is."""


class NameMissing(KeptError):
    code = "name_missing"
    template = "It has no name."
    hint = "Give it one."


class TemplateNameUnfit(KeptError):
    code = "template_name_unfit"
    template = "A template cannot be called {name}."
    hint = "Use letters, digits, - and _ alone, without spaces."


class KeptTooLong(KeptError):
    code = "kept_too_long"
    template = "{name} has {length} characters; at most {limit} can be kept."
    hint = "Shorten it."


class ExamplesTooMany(KeptError):
    code = "examples_too_many"
    template = "{name} has {count} examples; at most {limit} can be kept."
    hint = "Take some of them away."


class TemplateUnfilled(KeptError):
    code = "template_unfilled"
    template = "The template {name} also needs this: {place}."
    hint = "Say it with the template."
