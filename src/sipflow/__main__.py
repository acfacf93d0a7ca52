"""`python -m sipflow` is `sipflow`."""

from sipflow.cli import main

if __name__ == "__main__":
    main()
