"""Keep: build, gate and publish the warehouse file, and the `fupan` command line."""
