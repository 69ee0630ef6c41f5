from pymirage.config import console, key, sleep, unikernel

hello = key("hello", str, default="Hello World!", help="What to say")
n = key("n", int, default=2, help="How many times to say it")
greeter = unikernel("unikernel:main", console.default(), sleep.default(), hello=hello, n=n)
