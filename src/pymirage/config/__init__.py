"""The configuration language: what config.py imports.

A configuration is made of values: devices from the catalogue below or from `device(...)`, keys, and
`unikernel(...)`. Making one does nothing; `pymirage configure` finds the unikernels by the names that
they are bound to.
"""

from pymirage.config import block as block
from pymirage.config import clock as clock
from pymirage.config import console as console
from pymirage.config import info as info
from pymirage.config import kv as kv
from pymirage.config import net as net
from pymirage.config import random as random
from pymirage.config import secret as secret
from pymirage.config import sleep as sleep
from pymirage.config import stack as stack
from pymirage.config import tls as tls
from pymirage.config.choose import if_ as if_
from pymirage.config.choose import match_ as match_
from pymirage.config.choose import target as target
from pymirage.config.devices import device as device
from pymirage.config.keys import configure_key as configure_key
from pymirage.config.keys import key as key
from pymirage.config.kinds import address as address
from pymirage.config.kinds import choice as choice
from pymirage.config.kinds import duration as duration
from pymirage.config.kinds import interface as interface
from pymirage.config.kinds import mac as mac
from pymirage.config.kinds import prefix as prefix
from pymirage.config.unikernels import unikernel as unikernel
