"""What the project is made of, and whether that is safe: known findings, secrets in the code, patterns, the bill."""
