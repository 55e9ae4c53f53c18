"""What `import otrain` gives: quickly, lazily, and the same names tomorrow."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import otrain

# What is public. A name that is added belongs into docs/reference/python.md; one that goes breaks somebody's notebook.
NAMES = {"__version__", "batch", "checkinfer", "compare", "convert", "diagnostics", "doctor", "grad_cam", "infer",
         "lightcurves", "open_cube", "open_network", "optimise_dataset_size", "plot_results",
         "scan_channels", "simulate", "train"}
VERBS = sorted(NAMES - {"__version__", "open_cube", "open_network"})


def test_public_names_are_those_that_are_written_down():
    assert set(otrain.__all__) == NAMES and set(dir(otrain)) >= NAMES


def test_page_describes_every_public_name():
    page = (Path(otrain.__file__).parent.parent / "docs" / "reference" / "python.md").read_text()
    described = set(re.findall(r"autofunction:: otrain\.(\w+)", page))
    assert described == NAMES - {"__version__"}
    assert all(f"schemas/{name}.json" in page for name in VERBS)


def calls_in_documents():
    """Yield ``(page, name, keywords)`` of every call of a public function in a Python block of a page."""
    root = Path(otrain.__file__).parent.parent
    for page in (root / "README.md", *sorted((root / "docs").glob("**/*.md"))):
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S):
            for node in ast.walk(ast.parse(block if "import otrain" in block else "")):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("otrain.") and (
                        ast.unparse(node.func).count(".") == 1):
                    yield page.name, node.func.attr, [keyword.arg for keyword in node.keywords]


def test_documents_call_functions_as_they_are():
    calls = list(calls_in_documents())
    assert {"convert", "train", "diagnostics", "open_network"} <= {name for _, name, _ in calls}
    for page, name, keywords in calls:
        known = {*inspect.signature(getattr(otrain, name)).parameters, *otrain._further(name)}
        assert set(keywords) <= known, f"{page}: otrain.{name}({', '.join(keywords)})"


def test_type_checkers_see_every_name():
    """What is imported on use stands in the block that a type checker reads, from the same module."""
    source = Path(otrain.__file__).read_text()
    seen = re.findall(r"^    from ([\w.]+) import (\w+) as \2$", source, re.M)
    assert {name for _, name in seen} == NAMES - {"__version__"}
    assert all(getattr(otrain, name).__module__ == module for module, name in seen)
    assert (Path(otrain.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("name", VERBS)
def test_verb_says_which_outcome_it_returns(name):
    kind = inspect.signature(getattr(otrain, name)).return_annotation
    kind = getattr(sys.modules[f"otrain.workflows.{name}"], kind) if isinstance(kind, str) else kind
    assert {"path", "notes", "exit_code", "to_dict"} <= {*dir(kind), *kind.__annotations__}


def test_import_loads_nothing_but_itself():
    code = "import sys; before = set(sys.modules); import otrain; print(sorted(set(sys.modules) - before))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "['otrain']"


def test_names_are_imported_without_tensorflow():
    code = ("import sys, otrain; [getattr(otrain, name) for name in otrain.__all__]; "
            "print(sorted({'tensorflow', 'keras', 'matplotlib', 'onnxruntime'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("name", VERBS)
def test_verb_is_documented_and_refuses_unknown_keywords(name):
    verb = getattr(otrain, name)
    assert inspect.getdoc(verb) and verb.__name__ == name
    if name in ("convert", "infer", "simulate"):  # the domain looks at these
        return
    with pytest.raises(TypeError, match=r"takes no keyword .overwrit.\. Did you mean .overwrite."):
        verb("x", overwrit=True)


def test_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'opencube'\. Did you mean 'open_cube'"):
        otrain.opencube  # noqa: B018
