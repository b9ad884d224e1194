"""The command line's door: an interrupt while it loads is one sentence too."""

import sys


def run() -> int:
    """Load the commands and run the one that is asked for."""
    try:
        from local.commands import main  # noqa: PLC0415 - loading takes a second of its own

        return main()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted before anything was started.\n")
        return 130


if __name__ == "__main__":
    sys.exit(run())
