"""Judgement of scores in numpy: metrics, intervals, calibration, thresholds."""
