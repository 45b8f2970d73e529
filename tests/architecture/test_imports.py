"""The house rules about who may import whom (docs/map.md), held against every file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform" / "impactmakelaar"

FEATURES = (
    "accounts",
    "organisations",
    "profiles",
    "admission",
    "badges",
    "register",
    "social_return",
    "tenders",
    "intake",
    "monitor",
    "toolbox",
    "api",
)
KINDS = {
    "rules": {"rules"},
    "models": {"rules", "models"},
    "queries": {"rules", "models", "queries"},
    "permissions": {"rules", "models", "queries", "permissions"},
    "mails": {"rules", "models", "mails"},
    "search": {"rules", "models", "queries", "search"},
    "services": {"rules", "models", "queries", "permissions", "mails", "search", "services"},
    "forms": {"rules", "queries", "forms"},
    "views": {"rules", "queries", "permissions", "services", "forms", "views"},
    "cli": {"rules", "queries", "services", "cli"},
}
"""Kind of file -> kinds of the package's feature files it may import."""
FURTHER_KINDS = {
    ("accounts", "identity"): {"rules", "models", "queries"},
    ("register", "catalogue"): {"rules"},
    ("intake", "timetable"): {"rules"},
    ("intake", "proposer"): {"rules"},
    ("badges", "images"): {"rules"},
    ("intake", "solver"): {"rules"},
}
"""Files with a name of their own, and why they may exist: docs/map.md."""
IMPORTABLE_BY_ALL_ABOVE = {
    ("accounts", "identity"),
    ("register", "catalogue"),
    ("intake", "timetable"),
    ("intake", "proposer"),
    ("badges", "images"),
    ("intake", "solver"),
}
BELOW_RULES = ("errors", "text", "dutch", "lazily")
"""The files of core that rules may know."""
FORBIDDEN_LIBRARIES = {
    "rules": {"flask", "sqlalchemy", "wtforms", "whoosh", "flask_login", "flask_wtf"},
    "services": {"wtforms", "flask_wtf", "whoosh"},
    "views": {"sqlalchemy", "whoosh"},
    "forms": {"sqlalchemy", "whoosh"},
    "queries": {"wtforms", "flask_wtf", "whoosh"},
    "models": {"wtforms", "flask_wtf", "whoosh"},
    "mails": {"sqlalchemy", "wtforms", "whoosh"},
}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "versions" not in p.parts)


def place(path: Path) -> tuple[str, str]:
    """("accounts", "views") for accounts/views.py and accounts/views_staff.py alike."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if len(parts) == 1:
        return "", parts[0]
    stem = parts[1]
    for kind in KINDS:
        if stem == kind or stem.startswith(kind + "_"):
            return parts[0], kind
    return parts[0], stem


def imported(path: Path) -> list[str]:
    """Every module that the file names, with ``a.b`` of ``from a import b``, and of ``Lazily``."""
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names.append(node.module)
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Lazily":
            assert isinstance(node.args[0], ast.Constant), f"{path}: a library without a name"
            names.append(node.args[0].value)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_file_imports_only_what_its_kind_may(path: Path) -> None:
    feature, kind = place(path)
    wrong = []
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "impactmakelaar":
            if parts[0] in FORBIDDEN_LIBRARIES.get(kind, set()) and feature in FEATURES:
                wrong.append(f"{name}: not in {kind}")
            continue
        if len(parts) < 3:
            continue
        other, other_kind = place(PACKAGE / parts[1] / f"{parts[2]}.py")
        if feature == "core" and other != "core":
            wrong.append(f"{name}: core knows no feature and no web")
        if feature == "web" and other in FEATURES:
            wrong.append(f"{name}: web knows no feature")
        if feature in FEATURES and other in FEATURES:
            if FEATURES.index(other) > FEATURES.index(feature):
                wrong.append(f"{name}: {other} stands above {feature}")
            allowed = KINDS.get(kind) or FURTHER_KINDS.get((feature, kind))
            assert allowed is not None, f"{path}: a file name that docs/map.md does not know"
            if other_kind not in allowed and (other, other_kind) not in IMPORTABLE_BY_ALL_ABOVE:
                wrong.append(f"{name}: {kind} may not import {other_kind}")
        if feature in FEATURES and other == "web" and kind not in ("views", "forms"):
            wrong.append(f"{name}: only views and forms know the web")
        if kind == "rules" and other == "core" and other_kind not in BELOW_RULES:
            wrong.append(f"{name}: rules know only core.errors, text, dutch and lazily")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_import_hides_inside_a_function(path: Path) -> None:
    hidden = [
        node.lineno
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, f"imports inside functions at lines {hidden}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_clock_reads_the_clock(path: Path) -> None:
    if path == PACKAGE / "core" / "clock.py":
        return
    reads = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in ("now", "today", "utcnow")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("datetime", "date")
    ]
    assert not reads, f"the clock is read at lines {reads}"


def test_whoosh_has_one_importer() -> None:
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if any(name.split(".")[0] == "whoosh" for name in imported(path))
    }
    assert importers <= {"core/search.py"}


def test_platform_is_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert not (ROOT / "platform.py").exists()


def test_init_files_hold_no_code() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        assert all(isinstance(node, ast.Expr) for node in body), path
