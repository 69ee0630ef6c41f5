"""QEMU as the tender of the target virtio: it takes the options that every tender takes.

`python -m pymirage.tool.qemu --net:service=tap0 --block:storage=FILE --mem=64 -- IMAGE ARGUMENT…`
"""
