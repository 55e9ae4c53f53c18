"""Files of strangers that try to run code, read other files, write elsewhere or take all memory.

``models`` and ``data`` write them; ``child`` loads them in a process that watches itself.
"""
