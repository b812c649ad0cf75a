"""The optional mechanism of a declared scenario: known physics as named terms.

A plant folder may hold one Python file with a function

    def mechanism(row: Mapping[str, NDArray]) -> Mapping[str, NDArray]

that gets every feature by name (one value per row; what is missing is replaced by what is usual) and gives named
terms of the change of the result: a heat gain, a heat loss, a chill. How strong each term is, is learnt from the
record. What the mechanism leaves over is learnt as residual.
"""

import hashlib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import ConfigError

Columns = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """A mechanism read from a plant folder.

    Parameters
    ----------
    file
        Where it stands.
    digest
        SHA-256 of its text; part of the model's version.
    terms
        From features to terms.
    """

    file: Path
    digest: str
    terms: Callable[[Columns], Columns]

    def __call__(self, features: Columns) -> tuple[tuple[str, ...], NDArray[np.float64]]:
        """Names (m,) and values (n, m) of the terms of features without gaps.

        Raises
        ------
        ConfigError
            If the function fails, or gives something else than finite terms of one length.
        """
        rows = len(next(iter(features.values())))
        try:
            columns = {str(name): np.asarray(term, dtype=np.float64) for name, term in self.terms(features).items()}
        except Exception as error:  # what a plant's own function may raise is not ours to know
            raise ConfigError(
                f"the mechanism failed: {type(error).__name__}: {error}",
                hint="correct the function; it gets the features that plant.toml declares, by name",
                file=str(self.file),
                line=str(_line_of(error, self.file)),
            ) from error
        wrong = [f"{name} {term.shape}" for name, term in columns.items() if term.shape != (rows,)]
        if wrong or not columns:
            got = ", ".join(wrong) or "none"
            raise ConfigError(
                f"the mechanism's terms: expected at least one, each of shape ({rows},), got {got}",
                hint="give each term one value a row",
                file=str(self.file),
            )
        names, values = tuple(columns), np.column_stack(list(columns.values()))
        if not np.isfinite(values).all():
            bad = ", ".join(n for n, c in zip(names, values.T, strict=True) if not np.isfinite(c).all())
            raise ConfigError(
                f"the mechanism's terms {bad} are not finite numbers",
                hint="guard divisions and logarithms",
                file=str(self.file),
            )
        return names, values


def load_mechanism(file: Path) -> Mechanism:
    """Read a mechanism.

    Raises
    ------
    ConfigError
        If the file is missing, is no Python, or has no function ``mechanism``.
    """
    if not file.is_file():
        raise ConfigError("the mechanism's file is missing", hint="create it, or remove `mechanism`", file=str(file))
    space: dict[str, object] = {"__name__": file.stem, "__file__": str(file)}
    try:
        text = file.read_text(encoding="utf-8")
        exec(compile(text, str(file), "exec"), space)  # noqa: S102 - the plant's own folder, like its configuration
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"the mechanism is not usable Python: {type(error).__name__}: {error}",
            hint="correct it",
            file=str(file),
            line=str(_line_of(error, file)),
        ) from error
    function = space.get("mechanism")
    if not callable(function):
        raise ConfigError(
            "the file has no function `mechanism`",
            hint="define mechanism(row) that returns named terms",
            file=str(file),
        )
    return Mechanism(file=file, digest=hashlib.sha256(text.encode()).hexdigest(), terms=function)


def _line_of(error: BaseException, file: Path) -> int:
    """The last line of the file that led to an error."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return (lines[-1] if lines else None) or 1
