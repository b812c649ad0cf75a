"""Small files that connections keep beside the stores: there whole after any crash, or as they were before."""

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text beside, bring it to the disk, and put it in place.

    Parameters
    ----------
    path
        The file; its folder is made if it is not there.
    text
        What it holds from then on.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
