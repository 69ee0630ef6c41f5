"""`python -m pymirage` is the command `pymirage`."""

from pymirage.tool.main import main

if __name__ == "__main__":
    main()
