from pymirage.config import key, unikernel

seconds = key("seconds", int, default=2, help="how long to work")

soak = unikernel("unikernel:main", seconds=seconds)
