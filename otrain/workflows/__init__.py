"""One public function per command: the only place where layers meet."""
