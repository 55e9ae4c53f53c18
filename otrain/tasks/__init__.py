"""What is asked of a network: head, loss, metrics and report."""
