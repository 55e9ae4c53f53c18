import os
import re
from pathlib import Path

import pytest
from damage import DAMAGE, damage, untouched

import otrain
from otrain.data.files.hidden import HIDDEN, PASSING, clear, hidden, is_hidden, require_usable
from otrain.errors import OutputError

LINKS = [name for name in DAMAGE if "link" in name or name in ("a folder", "a pipe")]


def test_every_kind_is_known_by_its_name_again():
    names = [hidden("out/scores.dat", kind).name for kind in (*HIDDEN, *(f"{kind}-123" for kind in PASSING))]
    assert names[:2] == [".scores.dat.lock", ".scores.dat.progress"] and len(set(names)) == len(names)
    assert all(map(is_hidden, names))
    assert not any(map(is_hidden, ("scores.dat", ".scores.dat", ".scores.dat.locked", ".lock", ".x.tmp", ".x.tmp-a")))


def test_unknown_kind_is_an_error_of_ours():
    with pytest.raises(ValueError, match="unknown kind of hidden file 'x'"):
        hidden("a", "x")


@pytest.mark.parametrize("path", ["/", ".."])
def test_output_without_a_name_has_no_hidden_files(path):
    with pytest.raises(OutputError, match="has no name"):
        hidden(path, "lock")


def test_no_other_module_spells_the_name_of_a_hidden_file():
    # Names that begin with a dot and are made of others: f".{...}".
    found, looked = [], 0
    for path in Path(otrain.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        looked += 1
        if re.search(r"""f["']\\?\.\{|["']\.(progress|lock|checkpoint|tmp)["'-]""", text) and path.name != "hidden.py":
            found.append([path.name, re.findall(r"""f["']\\?\.\{[^"']*""", text)])
    allowed = ["hidden.py"]
    wrong = [entry for entry in found if entry[0] not in allowed and any(
        re.search(rf"\.({'|'.join((*HIDDEN, *PASSING))})", name) for name in entry[1])]
    assert looked > 100 and not wrong


@pytest.mark.parametrize("kind", HIDDEN)
@pytest.mark.parametrize("name", LINKS)
def test_something_else_is_named_and_cleared_if_asked(tmp_path, kind, name):
    path = hidden(tmp_path / "out" / "cube", kind)
    outside = damage(path, name)
    if HIDDEN[kind].folder and name == "a folder":  # that is what belongs there
        require_usable(path, kind, overwrite=False)
        return
    with pytest.raises(OutputError, match=r"is a (link|folder|pipe).*Remove it, or begin anew with --overwrite\."):
        require_usable(path, kind, overwrite=False)
    with pytest.raises(OutputError, match=r"Remove it\.$"):
        require_usable(path, kind, overwrite=None)
    assert os.path.lexists(path)
    require_usable(path, kind, overwrite=True)
    assert not os.path.lexists(path) and untouched(outside)


def test_cleared_link_to_a_folder_leaves_the_folder(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").touch()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    clear(tmp_path / "link")
    clear(tmp_path / "not-there")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"] and (tmp_path / "folder" / "a").exists()
