"""The door to the command line: `pilothouse ...` or `python -m pilothouse ...`."""

import sys


def main() -> None:
    """Run a command; say what is missing where the system lacks the OpenMP runtime that LightGBM needs."""
    try:
        from pilothouse.cli.app import main as run  # noqa: PLC0415 - what is missing must be said, not shown as a traceback
    except OSError as error:
        if "libgomp" not in str(error):
            raise
        sys.exit(f"pilothouse: {error}. Install the OpenMP runtime; on Debian or Ubuntu: apt-get install libgomp1")
    run()


if __name__ == "__main__":
    main()
