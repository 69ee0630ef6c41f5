"""Drivers for an ordinary Unix process: what `pymirage run` uses while an application is being written."""
