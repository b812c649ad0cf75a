"""The Python on the pages runs as printed, each page's blocks in order."""

import numpy as np

from pilothouse.packs.declared.mechanism import load_mechanism

ELSEWHERE = {
    "README.md": "needs a demo: test_readme.py",
    "bring-your-own-plant.md": "is a package of its own: test_bring_your_own_plant.py",
}


class AnyFeature(dict):
    """Whatever feature a mechanism asks for, on three rows."""

    def __missing__(self, name):
        return np.array([0.0, 1.0, 2.0])


def test_it_runs(page, blocks, tmp_path, monkeypatch):
    if page.name in ELSEWHERE:
        return
    monkeypatch.chdir(tmp_path)
    names = {}
    for text in blocks(page, "python"):
        exec(compile(text, page.name, "exec"), names)  # noqa: S102
        if "mechanism" in names:
            file = tmp_path / "mechanism.py"
            file.write_text(text, encoding="utf-8")
            terms, values = load_mechanism(file)(AnyFeature({"result.now": np.array([1580.0, 1590.0, 1600.0])}))
            assert values.shape == (3, len(terms))
            del names["mechanism"]
