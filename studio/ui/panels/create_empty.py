"""What Create shows before the first picture: what the model can do, and prompts to start from."""

from studio.ui.widgets.examples import Examples


class FirstPicture(Examples):
    """Examples of the chosen model, to click."""

    def __init__(self) -> None:
        super().__init__("create", "Describe a picture", "Say what is to be seen, where and in which light.")
