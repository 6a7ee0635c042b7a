"""What is kept until when, holds, proofs of disposal, and what is asked for research."""
