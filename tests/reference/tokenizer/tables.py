"""What both scripts that write tables need."""

ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def runs(values):
    """(first, last, value) for stretches of neighbours with one value."""
    out = []
    for c, value in sorted(values.items()):
        if out and out[-1][1] == c - 1 and out[-1][2] == value:
            out[-1][1] = c
        else:
            out.append([c, c, value])
    return out


def steps(points):
    """Distances between code points, seven bits a byte, low first."""
    out, last = [], 0
    for at in points:
        distance, last = at - last, at
        while distance > 127:
            out.append(distance & 127 | 128)
            distance >>= 7
        out.append(distance)
    return out


def array(doc, name, kind, values, form):
    cells = [form(value) for value in values]
    lines, line = [], "   "
    for cell in cells:
        if len(line) + len(cell) + 2 > 100:
            lines.append(line)
            line = "   "
        line += f" {cell},"
    body = "\n".join(lines + [line])
    docs = "".join(f"/// {text}\n" for text in doc)
    return f"{docs}#[rustfmt::skip]\npub static {name}: [{kind}; {len(cells)}] = [\n{body}\n];\n"
