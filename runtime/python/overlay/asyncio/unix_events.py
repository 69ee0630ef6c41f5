"""In an image: the loop over the platform contract takes the place of selectors, signals and child processes."""

from pymirage.sched.overlay import DefaultEventLoopPolicy, EventLoop, SelectorEventLoop

__all__ = ("DefaultEventLoopPolicy", "EventLoop", "SelectorEventLoop")
