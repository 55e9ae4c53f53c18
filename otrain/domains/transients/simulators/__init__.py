"""Simulated candidates: a scene of the sky, a real or bogus candidate in it, a camera that sees both."""
