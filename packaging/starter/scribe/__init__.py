"""The recipe of Scribe, the starter text model. From the folder above: `python -m scribe.train`."""
