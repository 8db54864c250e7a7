"""Pages, searches and counts over real rows."""

import random
import time

import msgspec
import pytest

from studio.core.errors import NotFound
from studio.core.ids import new_id
from studio.core.recipe import Recipe
from studio.core.records import Asset, AssetQuery
from tests.store.conftest import picture_job

PROMPTS = [
    "a boat with red sails at sunset",
    "山水画，远山和小河",
    "Élan vital: a café (at night)",
    "quotes \" and 'ticks' -- NOT * { } [ ] : ^",
]


def asset(prompt="", created=0.0, **fields):
    asset_id = new_id()
    recipe = Recipe(asset=asset_id, prompt=prompt, negative_prompt="blurry", model_name="Postcards")
    return Asset(
        id=asset_id, path=f"{asset_id}.png", width=2, height=3, created=created, recipe=recipe, **fields
    )


def test_rows_give_back_what_was_put(library):
    stored = [asset(prompt, index) for index, prompt in enumerate(PROMPTS)]
    library.assets.put(stored)
    assert library.assets.many(one.id for one in stored) == stored
    moved = asset("another file at the same path")
    moved = type(moved)(
        **{name: getattr(moved, name) for name in moved.__struct_fields__} | {"path": stored[0].path}
    )
    library.assets.put([moved])
    assert library.assets.get(stored[0].id) is None
    assert library.assets.at(stored[0].path) == moved


def test_pictures_of_jobs_of_this_home_are_told_from_all_others(library):
    job = picture_job()
    library.jobs.add(job, "instance")

    def made_by(job_id: str, **fields):
        one = asset(created=fields.pop("created", 0.0), **fields)
        return msgspec.structs.replace(one, recipe=msgspec.structs.replace(one.recipe, job=job_id))

    own = [made_by(job.id, created=float(index)) for index in range(3)]
    library.assets.put([*own, made_by("elsewhere"), made_by(""), made_by(job.id, trashed=True)])
    assert library.assets.of_jobs(10) == own[::-1]
    assert library.assets.of_jobs(2) == [own[2], own[1]]


def test_pages_are_newest_first_and_meet_without_gap_or_overlap(library):
    times = [1000.0] * 40 + [random.Random(1).uniform(0, 2000) for _ in range(60)]  # many at the same moment
    library.assets.put([asset(str(index), created) for index, created in enumerate(times)])
    found, before = [], None
    while page := library.assets.page(AssetQuery(limit=7, before=before)):
        found += page
        before = page[-1].id
    assert len({one.id for one in found}) == len(found) == 100
    created = [one.created for one in found]
    assert created == sorted(created, reverse=True)
    assert library.assets.page(AssetQuery(limit=7, offset=14)) == found[14:21]


def test_pictures_of_one_moment_keep_the_order_of_their_ids(library):
    now = time.time()
    stored = [asset(str(index), now) for index in range(20)]
    library.assets.put(stored[::-1])
    assert library.assets.page(AssetQuery()) == stored[::-1]
    assert library.assets.page(AssetQuery(text="postcards")) == stored[::-1]


@pytest.mark.parametrize("pictures", [((99, 1), (100, 0)), ((100, 0), (100, 1)), ((100, 2), (101, 0))])
def test_an_id_drawn_before_or_after_its_picture_keeps_the_order(library, pictures):
    # Millisecond and counter of each id; both pictures were made in millisecond 100.
    ids = [f"{made << 16 | 0x7000 | counter:016x}8000000000000000" for made, counter in pictures]
    stored = [
        msgspec.structs.replace(asset(), id=asset_id, path=f"{asset_id}.png", created=0.1005)
        for asset_id in ids
    ]
    library.assets.put(stored)
    assert library.assets.page(AssetQuery()) == stored[::-1]


def test_a_page_after_a_picture_that_is_gone(library):
    with pytest.raises(NotFound):
        library.assets.page(AssetQuery(before=new_id()))


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("boat", [0]),
        ("BOA sun", [0]),  # beginnings of words, any case, all of them
        ("boat 山", []),
        ("山水", [1]),
        ("水画", [1]),
        ("小", [1]),
        ("山河", []),
        ("elan cafe", [2]),
        ('quotes "', [3]),
        ("NOT", [2 - 2, 3]),  # a word like any other: it begins "nothing" and stands in the last one
        ("prompt:boat", []),
        ("blurry", [0, 1, 2, 3]),
        ("postc", [0, 1, 2, 3]),
        ("(", []),
        ("\x00", [0, 1, 2, 3]),
        ("  ", [0, 1, 2, 3]),
    ],
)
def test_search_takes_any_text(library, text, hits):
    stored = [asset(prompt, index) for index, prompt in enumerate([PROMPTS[0] + " nothing", *PROMPTS[1:]])]
    library.assets.put(stored)
    query = AssetQuery(text=text)
    assert [stored.index(one) for one in library.assets.page(query)] == hits[::-1]
    assert library.assets.count(query) == len(hits)


def test_filters_combine_with_text_and_pages(library):
    stored = [asset("a boat", index, starred=index % 2 == 0, trashed=index % 3 == 0) for index in range(12)]
    library.assets.put(stored)
    starred = [one for one in reversed(stored) if one.starred and not one.trashed]
    assert library.assets.page(AssetQuery(starred=True)) == starred
    assert library.assets.page(AssetQuery(starred=True, text="boat", before=starred[0].id)) == starred[1:]
    assert library.assets.count(AssetQuery(trashed=True)) == 4
    library.assets.remove([one.id for one in stored])
    assert library.assets.count(AssetQuery(text="boat")) == 0


def test_pages_need_no_sorting_and_jobs_no_scan(library):
    seen = []
    connection = library.assets._connection
    stored = asset("a boat")
    library.assets.put([stored])
    connection.exec_trace = lambda cursor, sql, values: seen.append((sql, values)) or True
    for filters in ({}, {"trashed": True}, {"starred": True}, {"text": "boat"}):
        library.assets.page(AssetQuery(before=stored.id, **filters))
    library.jobs.history(10, None, "one")
    library.jobs.history(10, "image", "one")
    library.jobs.pending("image")
    connection.exec_trace = None
    assert len(seen) == 11
    for sql, values in seen:
        plan = connection.execute("EXPLAIN QUERY PLAN " + sql, values).fetchall()
        steps = [step for *_, step in plan if "VIRTUAL TABLE" not in step]
        assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN asset")], sql
