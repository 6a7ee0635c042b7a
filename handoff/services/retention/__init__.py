"""What is kept until when, what holds it back, and its disposal."""
