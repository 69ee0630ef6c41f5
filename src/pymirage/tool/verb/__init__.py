"""The verbs of the command line, one file each; each file has its click command as `command`."""
