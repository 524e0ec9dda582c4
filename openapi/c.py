"""What is written of C: literals, tables and enumerations."""

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def c_text(text):
    """A C string literal, or NULL for none; other control characters as octal, which never runs into the next character."""
    if text is None:
        return "NULL"
    return '"' + "".join(
        ESCAPES.get(letter) or (f"\\{ord(letter):03o}" if ord(letter) < 32 or ord(letter) == 127 else letter)
        for letter in text) + '"'


def c_number(value):
    """Whole numbers as long double, fractions as the double that a parsed value is as well."""
    return f"{value}.0L" if isinstance(value, int) else repr(value)


def c_list(items):
    return "{" + ", ".join(map(str, items)) + "}"


def c_array(of, items):
    """A constant array that needs no name."""
    return f"(const {of}[]){c_list(items)}"


def c_texts(items):
    return c_array("char *const", (*map(c_text, items), "NULL"))


def c_table(declaration, rows):
    lines = "".join(f"        {row},\n" for row in rows)
    return f"const {declaration} = {{\n{lines}}};\n"


def c_enum(name, constants):
    """From 1 on, as 0 is none."""
    lines = "".join(f"        {constant}{' = 1' if index == 0 else ''},\n" for index, constant in enumerate(constants))
    return f"enum {name} {{\n{lines}}};\n"
