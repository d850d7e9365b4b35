"""Every sentence with a count has its English singular and plural."""

import ast
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cnn_studio
from cnn_studio.core.base.assets import resource

# Sentences that read the same for one and for many.
SAME = {"Only the first of its %n pictures is read.", "%n more after it."}


def counted(node, owner):
    """Give (context, sentence) of every `tr("... %n ...")` and `translate(context, "... %n ...")` in a tree."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            words = [each.value for each in child.args if isinstance(each, ast.Constant)]
            name = child.func.attr if isinstance(child.func, ast.Attribute) else ""
            if name == "tr" and words and "%n" in str(words[0]):
                yield owner, words[0]
            if name == "translate" and len(words) > 1 and "%n" in str(words[1]):
                yield words[0], words[1]
        yield from counted(child, child.name if isinstance(child, ast.ClassDef) else owner)


def test_every_count_has_a_singular_and_a_plural():
    tree = ElementTree.parse(resource("translations", "cnn_studio_en.ts"))
    known = {
        (context.findtext("name"), message.findtext("source"))
        for context in tree.iter("context")
        for message in context.iter("message")
    }
    used = {
        found
        for path in Path(cnn_studio.__file__).parent.rglob("*.py")
        for found in counted(ast.parse(path.read_text(encoding="utf-8")), "")
    }
    assert len(used) > 20
    assert {found for found in used - known if found[1] not in SAME} == set()
