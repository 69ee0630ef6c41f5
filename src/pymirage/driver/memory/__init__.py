"""Drivers that touch nothing outside the process: fakes for tests, and stores that end with it."""
