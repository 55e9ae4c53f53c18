"""What the commands ask about glitches alone."""

from otrain.domains.flags import DomainFlags, Flag

__all__ = ["FLAGS"]

_RANGE = ("LOW", "HIGH")

FLAGS = DomainFlags(
    title="glitches",
    simulate=(
        Flag("events", "events, each with a glitch in the strain [10]", int, "N", least=1),
        Flag("witnesses", "channels that see the glitches: linear, quadratic, delayed and saturating in turn "
                          "[4]", int, "N", least=0),
        Flag("decoys", "channels that look as if: always noisy, constant, loud by chance in turn [3]", int,
             "N", least=0),
        Flag("others", "channels of noise [10]", int, "N", least=0),
        Flag("duration", "of an event in s [16]", float, "SECONDS"),
        Flag("sample_rate", "of the strain in Hz [4096]", float, "HZ"),
        Flag("channel_rates", "of the other channels in Hz, in turn [256 512 1024]", float, "HZ", many="+"),
        Flag("psd", "noise of the strain [advanced-ligo]", choices=("advanced-ligo", "white", "red")),
        Flag("classes", "of the glitches: blip koi-fish line scattered-light scratchy sine-gaussian tomte "
                        "whistle [all]", str, "CLASS", many="+"),
        Flag("frequencies", "of the glitches in Hz [12 200]", float, _RANGE, many=2),
        Flag("snr", "of the glitches in the strain [8 50]", float, _RANGE, many=2),
        Flag("witness_snr", "of the glitches in a witness [15 60]", float, _RANGE, many=2),
        Flag("witnessed", "share of the glitches that witnesses see [1]", float, "SHARE"),
        Flag("largest_delay", "of a delayed witness in s [0.5]", float, "SECONDS"),
        Flag("chirps", "share of the events with an inspiral, which no witness sees [0]", float, "SHARE"),
        Flag("chirp_snr", "of the inspirals [8 50]", float, _RANGE, many=2),
        Flag("chirp_mass", "of the inspirals in solar masses [8 30]", float, _RANGE, many=2),
        Flag("start", "GPS time of the first event in s [1264316116]", float, "GPS"),
        Flag("reference", "name of the strain's channel [V1:Hrec_hoft_16384Hz]", str, "CHANNEL"),
    ),
    examples={"simulate": """\
  otrain-simulate glitches --out events --events 10 --frequencies 12 40 --seed 1
      # one HDF5 file per event for otrain-scan-channels; glitches.ecsv and channels.ecsv tell the truth
"""},
)
