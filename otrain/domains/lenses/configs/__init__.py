"""The TOML files of droulette, translated: the problem, the training, the batch."""
