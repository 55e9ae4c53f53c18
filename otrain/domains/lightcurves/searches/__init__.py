"""Events looked for and measured without a network."""
