"""The architecture, as a test: who may import whom, and who may start Keras."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import otrain

ROOT = Path(otrain.__file__).parent
LAYERS = [
    {"errors", "registry", "catalogue"},
    {"data"},
    {"bundle", "models", "evaluation", "engine"},
    {"tasks", "explain", "plots", "feed", "tracking"},
    {"domains", "web"},
    {"answers"},
    {"workflows"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
KERAS_ROOMS = {"models", "feed", "explain", "workflows"}
KERAS_FILES = {"bundle/export.py"}
HEAVY = {"tensorflow", "keras", "astropy", "matplotlib", "scipy", "h5py", "sklearn", "cv2", "numpy",
         "onnxruntime", "jinja2"}
# One line each: what a room of numbers may use besides numpy and the standard library.
NUMBERS = {
    "data": {"numpy", "h5py", "astropy", "pyarrow", "backports", "compression"},
    "evaluation": {"numpy", "scipy", "sklearn"},
    "engine": {"numpy", "ray"},
}
MODULES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")
COMMANDS = sorted(p.stem for p in (ROOT / "cli").glob("[!_]*.py"))


def imports(path, *, top_level_only=False):
    tree = ast.parse(path.read_text())
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: use absolute imports"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_there_are_modules_and_commands_to_check():
    assert len(MODULES) > 40
    assert {"convert", "infer", "simulate", "train"} <= set(COMMANDS)


def test_every_room_has_a_place_in_the_layers():
    assert {room(path) for path in MODULES} <= set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_imports_only_lower_layers(path):
    own = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "otrain" and len(parts) > 1 and parts[1] in RANK and parts[1] != own:
            below = RANK[parts[1]] < RANK[own] or RANK[parts[1]] == RANK[own] == 0
            assert below, f"{own} must not import {parts[1]}"
        if parts[0] in {"keras", "tensorflow", "tf2onnx"}:
            allowed = own in KERAS_ROOMS or str(path.relative_to(ROOT)) in KERAS_FILES
            assert allowed, f"{path.relative_to(ROOT)} must not import {parts[0]}"


@pytest.mark.parametrize("path", [p for p in MODULES if room(p) in NUMBERS],
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_of_numbers_use_few_packages(path):
    allowed = NUMBERS[room(path)] | {"otrain"} | set(sys.stdlib_module_names)
    assert {name.split(".")[0] for name in imports(path)} <= allowed


@pytest.mark.parametrize("path", sorted((ROOT / "domains").glob("*/**/*.py")),
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_domains_do_not_know_each_other(path):
    own = path.relative_to(ROOT / "domains").parts[0]
    for name in imports(path):
        parts = name.split(".")
        if parts[:2] == ["otrain", "domains"] and len(parts) > 2:
            assert parts[2] in {own, "domain", "flags", "grid", "labels", "pictures"}, f"{own} must not import {parts[2]}"


@pytest.mark.parametrize("command", COMMANDS)
def test_command_modules_import_only_light_things_at_the_top(command):
    for name in imports(ROOT / "cli" / f"{command}.py", top_level_only=True):
        light = name.split(".")[0] in sys.stdlib_module_names or name.startswith(
            ("otrain.errors", "otrain.catalogue", "otrain.registry", "otrain.cli."))
        assert light, f"cli/{command}.py imports {name} before its flags are parsed"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_written_without_heavy_imports(command):
    code = (
        f"import sys; from otrain.cli.{command} import build_parser; "
        f"build_parser().format_help(); print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["checkinfer", "compare", "convert", "infer", "plot_results", "simulate"])
def test_workflows_that_need_no_keras_do_not_load_it(module):
    code = (f"import sys; import otrain.workflows.{module}; "
            "print(sorted({'tensorflow', 'keras', 'tf2onnx'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_opens_with_a_sentence(path):
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path}: say what the module gives"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_in_the_package_evaluates_text(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile", "__import__"}
    for name in imports(path):
        assert name.split(".")[0] not in {"pickle", "dill", "joblib", "marshal", "shelve", "yaml"}


VERBS = sorted(p for p in (ROOT / "workflows").glob("[!_]*.py") if p.stem in {
    "batch", "checkinfer", "compare", "convert", "diagnostics", "doctor", "grad_cam", "infer", "optimise_dataset_size", "plot_results",
    "simulate", "train"})
# What only a task, an answer or a domain may know.
KINDS = re.compile(r"\.maps\b|\.events is|\bndim\b|[\"'](bogus|real|flux|difference|science|planet)[\"']|"
                   r"== [\"'](transients|lightcurves|classification|segmentation|scores|events|images)[\"']")


def code_of(path):
    """Return the lines of a module without comments and docstrings."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree).splitlines()


@pytest.mark.parametrize("path", VERBS, ids=lambda p: p.stem)
def test_verbs_know_no_kind_of_data_no_class_and_no_channel(path):
    found = [line.strip() for line in code_of(path) if KINDS.search(line)]
    assert not found, f"{path.name}: a task, an answer or a domain should know this"


def test_the_rule_for_verbs_can_fail():
    assert len(VERBS) == 12 and KINDS.search('if task.maps:') and KINDS.search("if name == 'bogus':")


def graph():
    """Return which modules of the package each of them imports, without the lazy front door."""
    names = {".".join(("otrain", *p.relative_to(ROOT).with_suffix("").parts)): p for p in MODULES}
    names = {name.removesuffix(".__init__"): p for name, p in names.items()}
    found = {}
    for name, path in names.items():
        wanted = (part if part in names else part.rpartition(".")[0] for part in imports(path))
        found[name] = {part for part in wanted if part in names and part != name}
    return found


def test_files_form_no_circle():
    arrows, done = graph(), set()
    assert len(arrows) > 100

    def walk(name, above):
        assert name not in above, " -> ".join([*above[above.index(name):], name])
        if name not in done:
            for other in arrows[name]:
                walk(other, [*above, name])
            done.add(name)

    for name in arrows:
        walk(name, [])


def test_module_that_others_import_has_no_underscore():
    hidden = {(name, other) for name, others in graph().items() for other in others
              if other.rpartition(".")[2].startswith("_") and not other.startswith("otrain.cli._")}
    assert not hidden
