"""What is done with what a network replies: scores, events, ... one folder for each kind of reply."""
