"""A room of widgets in short words, what it stands on, and how the full contract names its parts."""

SHARED = """
components:
  parameters:
    limit: {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 200}}
    as_of: {name: as_of, in: query, schema: date}
    widget_name: {name: name, in: path, required: true, schema: short_text}
  schemas:
    id: {type: string, format: uuid}
    timestamp: {type: string, format: date-time, maxLength: 35, pattern: "^2", x-hint: {ja: あ, en: a}}
    date: {type: string, format: date}
    short_text: {type: string, format: line, minLength: 1, maxLength: 100}
    texts: {type: array, maxItems: 20, uniqueItems: true, items: short_text}
    colour: {type: string, enum: [red, blue]}
    amount: {type: integer, minimum: 1, maximum: 9, x-bound: AMOUNT}
    maker: {type: object, additionalProperties: false, properties: {name: short_text}}
    rank: {type: [string, "null"], enum: [high, null]}
    one: {type: string, const: one}
"""
WIDGETS = """
tag: {name: widgets, description: Things.}
defaults:
  x-regulation: [art5.1.2]
  reads: {scope: devices:read, x-roles: [user]}
  writes: {scope: devices:write, x-roles: [operator], x-regulation: [art3.1.2]}
resources:
  widget:
    properties:
      code: short_text
      colour: colour?
      made_on: {is: "date?", description: Day of making.}
    write_only: {reason: short_text}
    create: [code!, "colour?", made_on, reason!]
    change: [code, colour]
paths:
  /widgets:
    get: {operationId: list_widgets, summary: Widgets, description: All., list: widget, sort: [-made_on, code]}
    post: {operationId: create_widget, summary: Make one, description: Anew., x-problems: [conflict], create: widget}
  /widgets/{widget_id}:
    get: {operationId: get_widget, summary: A widget, read: widget}
    patch: {operationId: change_widget, summary: Change one, description: A little., change: widget}
"""


def schema(name):
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name):
    return {"$ref": f"#/components/parameters/{name}"}


def answer(description, name):
    return {"description": description, "content": {"application/json": {"schema": schema(name)}}}
