import shutil
import subprocess

import pytest

from otrain.cli._completion import completion
from otrain.errors import UsageError


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("shell") / "otrain.bash"
    path.write_text(completion(["bash"]))
    return path


def press_tab(script, line):
    """Return what bash offers for the last word of a line, as it finds out itself."""
    command, *words = line.split(" ")
    code = f"""
source {script}
function=$(complete -p {command} | sed -E 's/.*-F ([^ ]+).*/\\1/')
COMP_WORDS=({command} {' '.join(word or "''" for word in words)}); COMP_CWORD={len(words)}
$function {command}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    out = subprocess.run(["bash", "--norc", "-c", code], capture_output=True, text=True, check=True, cwd=script.parent)
    return out.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(("line", "offered"), [
    ("otrain tr", ["train"]),
    ("otrain train --epo", ["--epochs"]),
    ("otrain completion ", ["bash", "zsh"]),
    ("otrain-train --sched", ["--scheduler"]),
    ("otrain-train --scheduler co", ["cosine", "constant"]),
    ("otrain-train --architecture unet3", ["unet3p"]),
    ("otrain-grad-cam --method occ", ["occlusion"]),
    ("otrain-convert --store np", ["npz"]),
    ("otrain-diagnostics --path-d", ["--path-diagnostics"]),
    ("otrain-simulate light", ["lightcurves"]),
    ("otrain-train --cube otrain.b", ["otrain.bash"]),
])
def test_tab_completes_commands_flags_values_and_files(script, line, offered):
    assert press_tab(script, line) == offered


def test_script_for_zsh_names_every_command():
    text = completion(["zsh"])
    assert "#compdef otrain\n" in text and "#compdef otrain-train\n" in text


@pytest.mark.parametrize("words", [[], ["fish"], ["bash", "zsh"]])
def test_other_shells_are_refused(words):
    with pytest.raises(UsageError, match="Known: bash, zsh"):
        completion(words)
