"""What the short words of a resource's file do not mean is refused, with its file and place."""

import load
import pytest

from contract.widgets import WIDGETS

OPERATION = "paths: {/x: {get: {%s}}}"
POST = "paths: {/x: {post: {%s}}}"
ENUMERATION = "components: {schemas: {a: {words: %s}}}"
RESOURCE = "resources: {it: {bare: true, properties: {a: id}, %s}}"
REFUSED = {
    "unknown word of a file": ("resource: {}", "resource does not belong in a room; tag, defaults, resources"),
    "tag of no form": ("tag: {name: a}", "tag: a name and a description, or the name of a tag"),
    "unknown default": ("defaults: {x-problems: []}", "defaults: x-problems is not known here"),
    "unknown default of reads": ("defaults: {reads: {writes: {}}}", "defaults.reads: writes is not known here"),
    "no mapping": ("paths: [a]", "paths: a mapping was expected"),
    "no mapping of a path": ("paths: {/x: [a]}", "/x: a mapping was expected"),
    "no mapping of an operation": ("paths: {/x: {get: a}}", "GET /x: a mapping was expected"),
    "no mapping of components": ("components: {schemas: [a]}", "components.schemas: a mapping was expected"),
    "no mapping of a schema": ("components: {schemas: {a: id}}", "components.schemas.a: a mapping was expected"),
    "name of a type": ("components: {schemas: {string: {type: string}}}", "components.schemas.string: string is the name of a type"),
    "unknown word of a resource": ("resources: {it: {property: {}}}", "resources.it: property is not known here"),
    "resource twice": ("resources: {maker: {properties: {}}}", "resources.maker: maker is already defined elsewhere"),
    "implied property": ("resources: {it: {properties: {id: id}}}", "resources.it: id is implied"),
    "unknown schema": ("resources: {it: {properties: {a: colours}}}", "resources.it.a: there is no schema colours"),
    "unknown schema in depth": ("components: {schemas: {a: {type: object, properties: {b: [[nothing]]}}}}",
                                "components.schemas.a.b.items.items: there is no schema nothing"),
    "word in one language": (ENUMERATION % "{one: {ja: 一}}", "components.schemas.a.words.one: has a text ja and a text en"),
    "word without a text": (ENUMERATION % "{one: {ja: 一, en: ''}}", "components.schemas.a.words.one: has a text ja and a text en"),
    "word that is a text": (ENUMERATION % "{one: 一}", "components.schemas.a.words.one: a mapping was expected"),
    "words told alike": (ENUMERATION % "{one: {ja: 一, en: One}, two: {ja: 二, en: Two, also: 一}}",
                         "components.schemas.a.words.two: is told as another word is"),
    "list of words": (ENUMERATION % "[one]", "components.schemas.a.words: a mapping was expected"),
    "words of nothing": (ENUMERATION % "[one], of: colour", "components.schemas.a: words are a list of those of colour"),
    "enum beside words": (ENUMERATION % "{one: {ja: 一, en: One}}, enum: [one]", "components.schemas.a: enum is not known here"),
    "enum of no name": (ENUMERATION % "{one: {ja: 一, en: One}}, x-enum: one", "components.schemas.a: x-enum is how"),
    "words without a name": ("resources: {it: {properties: {a: {words: {one: {ja: 一, en: One}}}}}}",
                             "resources.it.a: words stand in a schema of components"),
    "null twice": ("resources: {it: {properties: {a: {is: 'rank?'}}}}", "resources.it.a: rank takes null already"),
    "list of no form": ("components: {schemas: {a: {type: object, properties: {b: [id, date]}}}}",
                        "components.schemas.a.b: a list has the schema of its items"),
    "members and what follows": ("components: {schemas: {a: {type: object, members: {}}}}",
                                 "components.schemas.a: type follows from members"),
    "schema of itself": ("components: {schemas: {a: {type: array, items: 'a?'}}}", "components.schemas.a.items.items: a leads back to itself"),
    "unknown optional": (RESOURCE % "optional: [b]", "resources.it.optional: there is no property b"),
    "unknown member": (RESOURCE % "create: [b]", "resources.it.create: neither properties nor write_only have b"),
    "member twice": (RESOURCE % "create: [a, a!]", "resources.it.create: a stands twice"),
    "no member": (RESOURCE % "create: [a!!]", "resources.it.create: a!! is no member"),
    "no list of members": (RESOURCE % "create: {description: a}", "resources.it.create: a list of members was expected"),
    "must in a change": (RESOURCE % "change: [a!]", "resources.it.change: a!: in a change nothing must be there"),
    "required beside members": (RESOURCE % "create: {members: [a], required: [a]}", "resources.it.create: required follows from members"),
    "written and a property": (RESOURCE % "create: [a], write_only: {a: id}", "resources.it.write_only: a is a property"),
    "written nowhere": (RESOURCE % "create: [a], write_only: {b: id}", "resources.it.write_only: neither create nor change has b"),
    "unknown word of an operation": (OPERATION % "reads: maker", "GET /x: reads is not known in an operation"),
    "two verbs": (OPERATION % "read: maker, list: maker", "GET /x: list and read are two operations"),
    "verb of another method": (OPERATION % "create: maker, takes: maker", "GET /x: create is POST or PUT"),
    "list of nothing": (OPERATION % "list: makers", "GET /x: there is no schema makers"),
    "create without a shape": (POST % "create: maker", "POST /x: there is no schema maker_create"),
    "takes nothing": (POST % "takes: makers", "POST /x: there is no schema makers"),
    "answers nothing": (POST % "answers: makers", "POST /x: there is no schema makers"),
    "imports what": (POST % "imports: maker", "POST /x: imports says what the columns are"),
    "sort without a list": (OPERATION % "read: maker, sort: [a]", "GET /x: sort does not stand beside read"),
    "filter without a list": (POST % "answers: maker, filter: {}", "POST /x: filter belongs to a list"),
    "query of a list": (OPERATION % "list: maker, query: {}", "GET /x: query does not stand beside list"),
    "answers beside a verb": (OPERATION % "read: maker, answers: maker", "GET /x: answers does not stand beside read"),
    "body of a read": (OPERATION % "read: maker, takes: maker", "GET /x: takes does not stand beside read"),
    "sort of no fields": (OPERATION % "list: maker, sort: a", "GET /x: sort is a list of fields"),
    "filter without a schema": (OPERATION % "list: maker, filter: {a: }", "GET /x: a has no schema"),
    "filter of an unknown schema": (OPERATION % "list: maker, filter: {a: [b]}", "GET /x: filter.a.items: there is no schema b"),
    "two scopes": (OPERATION % "read: maker, scope: none, security: []", "GET /x: scope and security say the same"),
    "many scopes": (OPERATION % "read: maker, scope: [a]", "GET /x: scope is the one with which API clients may, or none"),
    "unknown parameter": (OPERATION % "read: maker, parameters: [day]", "GET /x: there is no parameter day"),
    "no parameter of a path": ("paths: {'/x/{as_of}': {get: {read: maker}}}", "GET /x/{as_of}: the parameter as_of is not one of a path"),
    "two bodies": (POST % "takes: maker, requestBody: {}", "POST /x: the body is written out and derived as well"),
    "text of no answer": (POST % "responses: {200: Done.}", "POST /x: 200: nothing says what is answered"),
}


@pytest.mark.parametrize("text, sentence", REFUSED.values(), ids=REFUSED)
def test_is_refused(merge, text, sentence):
    _, complaints = merge(text)
    assert any(line.startswith(f"stock/widgets.yaml: {sentence}") for line in complaints), complaints


def test_what_nothing_refers_to_is_refused(merge):
    document, complaints = merge(WIDGETS.replace(", create: widget", ", takes: maker, answers: widget"))
    assert complaints == []
    load.check_used(document, complaints)
    assert "components.schemas.widget_create: nothing refers to it" in complaints
