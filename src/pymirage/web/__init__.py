"""HTTP joined to flows and devices: server, client, files, applications."""
