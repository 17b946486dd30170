"""Trust: Great Expectations at the two borders, what lands and what is published. Importing this package is cheap."""
