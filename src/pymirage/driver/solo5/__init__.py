"""Drivers for images: Python's side of the platform contract, the same on unix, spt and hvt."""
