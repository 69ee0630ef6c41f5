"""Showing a configured unikernel: as a tree in the terminal, or drawn by Graphviz, Mermaid, a browser."""
