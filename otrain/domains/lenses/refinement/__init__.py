"""Proof of each lens: what a network says of it, refined with the likelihood of its pixels."""
