"""What an image starts with: its keys, its command line and the two stages *initialise* and *start*.

This package ships in every image and runs before the first line of the application, so it imports
little: help texts, logging and addresses are loaded when they are asked for. A generated program ends in
`pymirage.boot.start.boot`, which needs an event loop; the tool uses the rest without one.
"""

from pymirage.boot.arguments import Arguments as Arguments
from pymirage.boot.facts import Facts as Facts
from pymirage.boot.key import Key as Key
from pymirage.boot.stages import when_built as when_built
from pymirage.boot.stages import when_started as when_started
