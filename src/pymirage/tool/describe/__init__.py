"""Showing a configured unikernel: as a tree in the terminal, as a graph for Graphviz, Mermaid or a browser."""
