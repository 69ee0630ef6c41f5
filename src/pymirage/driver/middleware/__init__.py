"""Network interfaces that wrap another: what passes is recorded, counted or spoiled."""
