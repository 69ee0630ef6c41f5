"""In an image: the loop over the platform contract, in place of selectors, signals and child processes."""

from pymirage.sched.overlay import DefaultEventLoopPolicy, EventLoop, SelectorEventLoop

__all__ = ("DefaultEventLoopPolicy", "EventLoop", "SelectorEventLoop")
