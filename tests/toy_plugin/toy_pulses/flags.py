"""What the commands ask about pulses alone."""

from otrain.domains.flags import Dialect, DomainFlags, Flag

__all__ = ["FLAGS"]

FLAGS = DomainFlags(
    title="pulses",
    convert=(Flag("samples", "samples that are kept of each pulse [48]", int, "N", least=8),),
    infer=(Flag("gain", "volts are multiplied by it [1]", float, "FACTOR"),),
    simulate=(Flag("pulses", "number of pulses [60]", int, "N", least=1, default=60),
              Flag("noise", "standard deviation of the noise in V [0.05]", float, "V", default=0.05)),
    about={"convert": "Text files: a first line with the name and the width, then one voltage a line."},
    examples={"convert": "  otrain-convert --domain pulses --cutouts pulses --samples 32\n",
              "simulate": "  otrain-simulate pulses --out pulses --pulses 100\n"},
    dialects={"simulate": Dialect("toy_pulses.dialect:translate", ("generator",))},
)
