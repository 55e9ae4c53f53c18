"""Network architectures: one builder per file."""
