"""Entry point of `dreambridge` and `python -m dreambridge`."""

from dreambridge.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
