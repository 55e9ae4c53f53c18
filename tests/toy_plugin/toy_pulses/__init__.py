"""A package of somebody else: pulses in one dimension, and how wide each is; nothing of otrain is changed for it."""
