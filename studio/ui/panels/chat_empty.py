"""What Chat shows before the first message: what the model can do, and messages to start from."""

from studio.ui.widgets.examples import Examples


class FirstMessage(Examples):
    """Examples of the chosen model, to click."""

    def __init__(self) -> None:
        super().__init__("chat", "Write to the model", "Ask, or say what it should write.")
