"""What pip sees: metadata, dependencies and the README's two commands."""

import re
import subprocess
import sys
from configparser import ConfigParser
from importlib import metadata
from pathlib import Path

import pytest

import otrain

ROOT = Path(__file__).parent.parent
CONFIG = ConfigParser()
CONFIG.read(ROOT / "setup.cfg")
README = (ROOT / "README.md").read_text()


def requirements(text):
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


CORE = requirements(CONFIG["options"]["install_requires"])


def test_metadata_stands_in_setup_cfg_alone():
    import tomllib

    assert "project" not in tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert CONFIG["metadata"]["version"] == "attr: otrain.__version__"
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", otrain.__version__)


def test_every_file_of_the_package_is_shipped():
    patterns = {package: [one.strip() for one in re.split(r"[,\n]", listed) if one.strip()]
                for package, listed in CONFIG["options.package_data"].items()}
    held = [path for path in (ROOT / "otrain").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert not [path for path in held if path.suffix == ".py" and not (path.parent / "__init__.py").exists()]

    def is_shipped(path):
        packages = [path.parent] + [one for one in path.parents if (one / "__init__.py").exists()]
        return any(path.relative_to(package).match(pattern) for package in packages
                   for pattern in patterns.get(".".join(package.relative_to(ROOT).parts), []) + patterns.get("*", [])
                   if package == path.parent or "/" in pattern)

    others = [path for path in held if path.suffix != ".py"]
    assert len(others) > 5 and not [str(path) for path in others if not is_shipped(path)]


def test_keras_floor_excludes_releases_with_known_holes():
    assert "keras >=3.15,<4" in CORE


def test_default_install_asks_for_no_cuda():
    assert not [line for line in CORE if "cuda" in line or "nvidia" in line]
    assert "cuda" in CONFIG["options.extras_require"]["gpu"]


@pytest.mark.parametrize("line", CORE)
def test_core_dependency_is_installed_and_permissive(line):
    name = re.match(r"[A-Za-z0-9_.-]+", line).group()
    info = metadata.metadata(name)
    # Some packages put the licences of all that they bundle into one field: its beginning is their own.
    words = " ".join([info.get("License-Expression") or (info.get("License") or "")[:300],
                      *(info.get_all("Classifier") or [])])
    copyleft = re.search(r"\bA?GPL|General Public", words.replace("LGPL", ""))
    assert words and not copyleft, f"{name}: {words[:200]}"


def test_no_core_module_imports_a_gpl_package():
    gpl = {"fitsio", "pympc", "gwpy", "psls"}
    for path in (ROOT / "otrain").rglob("*.py"):
        found = set(re.findall(r"^\s*(?:import|from)\s+(\w+)", path.read_text(), re.M)) & gpl
        assert not found, f"{path}: {found}"


@pytest.mark.parametrize("extra", sorted(set(CONFIG["options.extras_require"]) - {"test", "docs", "gpu"}))
def test_every_extra_of_users_is_named_where_it_is_missing(extra):
    text = "".join(path.read_text() for path in (ROOT / "otrain").rglob("*.py"))
    assert re.search(rf'MissingExtraError\([^)]*["\']{extra}["\']\)', text)


@pytest.mark.parametrize("marker", ["main job", "test command"])
def test_readme_has_one_command_under_the_marker(marker):
    block = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", README, re.S).group(1)
    assert block.count("\n") == 1 and "venv" in block and "pip install" in block


def test_ci_runs_the_test_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text()
    assert "<!-- test command -->" in script and "README.md" in script


@pytest.mark.parametrize("pattern", [r"(?<![\w.])/(?:tmp|work|root|home)/[A-Za-z]"])
def test_no_file_names_a_path_of_one_machine(pattern):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    paths = [ROOT / name for name in listed if name] or [p for p in ROOT.rglob("*.py") if ".venv" not in p.parts]
    texts = [p for p in paths if p.suffix in {".py", ".md", ".cfg", ".toml", ".sh", ".j2", ".html"} and p.is_file()]
    assert len(texts) > 50
    for path in texts:
        if path != Path(__file__):
            assert not re.search(pattern, path.read_text()), path


def test_version_is_printed_by_a_command():
    out = subprocess.run([sys.executable, "-m", "otrain.cli.convert", "--version"], capture_output=True, text=True)
    assert out.stdout.strip() == f"otrain-convert {otrain.__version__}"
