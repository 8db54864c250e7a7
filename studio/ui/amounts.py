"""Amounts of bytes as people read them."""


def size(amount: int) -> str:
    """Bytes in units of 1024: 800 B, 12.3 MB, 6.9 GB."""
    if amount < 1024:
        return f"{amount} B"
    units = ("KB", "MB", "GB", "TB")
    power = next((power for power in (1, 2, 3) if amount < 1000 * 1024**power), 4)
    scaled = amount / 1024**power
    return f"{scaled:.{0 if scaled >= 100 or power == 1 else 1}f} {units[power - 1]}"
