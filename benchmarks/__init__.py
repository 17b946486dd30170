"""What `make bench` runs: our side and a plain reference, side by side in one run, each in a process of its own."""
