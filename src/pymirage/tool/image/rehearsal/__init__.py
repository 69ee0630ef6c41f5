"""A start of an image that is rehearsed while the image is built: what is at the other end of its wire.

What every start runs stays awake in the image, and what it writes to lies together (DESIGN.md, "Instant
boot"). Nothing else of a rehearsal stays.
"""
