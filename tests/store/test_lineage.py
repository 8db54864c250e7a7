"""What pictures were made of and what was made of them, from rows and from the files alone."""

import shutil

import msgspec
import pytest

from studio.core.edits import Edit, Operation
from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.core.inputs import Role, UsedInput
from studio.core.records import Asset
from studio.store.library import Library
from studio.store.lineage import ancestors_of, lineage_of
from tests.store.conftest import stage
from tests.store.test_assets import asset


def made_of(parent: str, created: float = 0.0, document: str = "") -> Asset:
    one = asset(created=created)
    edit = Edit(operation=Operation.FILL, parent=parent, document=document)
    return msgspec.structs.replace(one, recipe=msgspec.structs.replace(one.recipe, edit=edit))


@pytest.fixture
def family(library) -> list[Asset]:
    """A picture, two made of it, and one made of the second; and a stranger."""
    root = asset(created=1.0)
    first, second = made_of(root.id, 2.0), made_of(root.id, 3.0)
    last = made_of(second.id, 4.0)
    every = [root, first, second, last]
    library.assets.put([*every, asset(created=5.0)])
    return every


def test_from_each_of_them_all_are_found_the_root_first(library, family):
    for one in family:
        found = lineage_of(library.assets, one.id)
        assert [(node.asset, node.parent) for node in found.nodes] == [
            (family[0], ""),
            (family[1], family[0].id),
            (family[2], family[0].id),
            (family[3], family[2].id),
        ]
        assert (found.missing, found.whole) == ((), True)
    assert found.children(family[0].id) == (family[1], family[2])
    assert ancestors_of(library.assets, family[3].id) == [family[2], family[0]]
    with pytest.raises(NotFound):
        lineage_of(library.assets, new_id())


def test_what_lies_in_the_trash_is_there_and_what_is_erased_is_told(library, family):
    library.assets.set_trashed([family[2].id], True)
    found = lineage_of(library.assets, family[3].id)
    assert [node.asset.trashed for node in found.nodes] == [False, False, True, False]
    library.assets.remove([family[0].id])
    found = lineage_of(library.assets, family[3].id)
    assert [node.asset.id for node in found.nodes] == [one.id for one in family[1:]]
    assert found.missing == (family[0].id,)


def test_pictures_that_name_each_other_end(library):
    first = made_of(new_id())
    second = made_of(first.id)
    edit = msgspec.structs.replace(first.recipe.edit, parent=second.id)
    first = msgspec.structs.replace(first, recipe=msgspec.structs.replace(first.recipe, edit=edit))
    library.assets.put([first, second])
    found = lineage_of(library.assets, first.id)
    assert {node.asset.id for node in found.nodes} == {first.id, second.id}
    assert ancestors_of(library.assets, first.id) == [second]


def test_of_very_many_the_first_are_shown(library, family):
    found = lineage_of(library.assets, family[0].id, most=2)
    assert [node.asset for node in found.nodes] == family[:2] and not found.whole
    assert lineage_of(library.assets, family[0].id, most=4).whole


def test_a_document_finds_what_was_made_for_it(library):
    document = new_id()
    made = [made_of("", created, document) for created in (1.0, 2.0, 3.0)]
    library.assets.put([*made, made_of("", 4.0, new_id()), asset()])
    library.assets.set_trashed([made[1].id], True)
    assert library.assets.proposed_to(document) == [made[0], made[2]]


@pytest.mark.parametrize("name", ["parent", "document"])
def test_nothing_but_an_index_is_read(library, name):
    ask = library.assets.proposed_to if name == "document" else library.assets.children_of
    plans = list[str]()
    connection = library.assets._connection
    connection.exec_trace = lambda cursor, sql, values: plans.append(sql) or True
    ask("anything")
    connection.exec_trace = None
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN {plans[-1]}", ('["a"]', 5)[: plans[-1].count("?")]
    ).fetchall()
    assert any(f"USING INDEX asset_of_{name}" in row[3] for row in plan), plan


def test_the_folder_alone_brings_lineage_back(library, paths):
    root = library.adopt(stage(paths))
    edit = Edit(operation=Operation.FILL, parent=root.id)
    child = library.adopt(stage(paths, edit=edit))
    before = lineage_of(library.assets, child.id)
    assert [node.asset.id for node in before.nodes] == [root.id, child.id]
    library.close()
    shutil.rmtree(paths.home)
    again = Library.open(paths)
    assert lineage_of(again.assets, child.id) == before
    again.close()


def test_a_hash_that_is_none_leads_to_no_file(library):
    edit = Edit(operation=Operation.FILL, document="d")
    used = UsedInput(role=Role.CHANGE, hash="../../../home/somebody/secret", name="house.png")
    made = asset(created=1.0)
    made = msgspec.structs.replace(
        made, recipe=msgspec.structs.replace(made.recipe, edit=edit, inputs=(used,))
    )
    library.assets.put([made])
    source = lineage_of(library.assets, made.id).source
    assert source is not None and source.picture.path == "" and source.picture.recipe.prompt == "house.png"


def test_what_was_made_of_one_file_belongs_together(library):
    document = new_id()
    used = UsedInput(role=Role.CHANGE, name="house.png", hash="a" * 64)
    made = list[Asset]()
    for created in (1.0, 2.0):
        one = made_of("", created, document)
        recipe = msgspec.structs.replace(one.recipe, inputs=(used,))
        made.append(msgspec.structs.replace(one, recipe=recipe))
    library.assets.put(made)
    found = lineage_of(library.assets, made[1].id)
    assert [node.asset for node in found.nodes] == made
    assert found.source.document == document and found.source.picture.recipe.prompt == "house.png"
