"""Draws the results: bars of ratios against their goals, and latency over
stored quotes. One SVG, without script or style of others."""

import math
from xml.sax.saxutils import escape

WIDTH = 960
ROW = 22
LABEL = 330  # room for the names, at the left
RIGHT = 110  # and for the figures, at the right
PLOT_HEIGHT = 300
INK, DIM, MET, UNMET = "#1b1f24", "#8b949e", "#2da44e", "#cf6a4c"
LINES = "#0969da", "#8250df", "#bf8700", "#1a7f37", "#cf222e"


def text(x, y, content, anchor="start", fill=INK, size=13):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
            f' fill="{fill}" font-size="{size}">{escape(content)}</text>')


def line(x1, y1, x2, y2, stroke=DIM, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
            f' stroke="{stroke}"{more}/>')


def bar(row, y):
    """A ratio, in parts of its goal: goals differ, and all stand at 1."""
    room = WIDTH - LABEL - RIGHT
    goal_at = LABEL + room * 0.8
    yield text(LABEL - 8, y + 14, row["name"], "end")
    if "why_not" in row:
        yield text(LABEL + 4, y + 14, "not measured", fill=DIM)
    else:
        share = min(row["ratio"] / row["goal"], 1.25)
        yield (f'<rect x="{LABEL}" y="{y + 3}" height="{ROW - 7}"'
               f' width="{room * 0.8 * share:.1f}"'
               f' fill="{MET if row["is_met"] else UNMET}"/>')
        yield text(WIDTH - 4, y + 14,
                   f"{row['ratio']:.2f} of {row['goal']:g}", "end")
    yield line(goal_at, y, goal_at, y + ROW, INK)


def bars(rows, y):
    yield text(0, y, "Ratio to the floor of the same run; the line is the goal",
               size=15)
    for number, row in enumerate(rows):
        yield from bar(row, y + 12 + number * ROW)


def points_of(growth, name, key):
    return [(step["rows"], step["latency"][name][key]) for step in growth
            if step["latency"].get(name, {}).get(key)]


def scale(values, low, high):
    """Maps logarithms of values to low … high."""
    first, last = math.log10(min(values)), math.log10(max(values))
    span = last - first or 1

    def to(value):
        return low + (math.log10(value) - first) / span * (high - low)
    return to


def decades(values):
    return [10 ** power for power in range(
        math.floor(math.log10(min(values))),
        math.ceil(math.log10(max(values))) + 1)]


def plot(growth, y):
    names = list(dict.fromkeys(
        name for step in growth for name in step["latency"]))
    curves = [(name, key, points_of(growth, name, key))
              for name in names for key in ("p50_ms", "p99_ms")]
    rows = [x for _, _, points in curves for x, _ in points]
    times = [t for _, _, points in curves for _, t in points]
    if not rows:
        return
    yield text(0, y, "Latency in ms over stored quotes, 4 connections:"
               " p50, and p99 dashed", size=15)
    ticks = decades(times)
    to_x = scale(rows, 60, WIDTH - 190)
    to_y = scale(ticks, y + PLOT_HEIGHT, y + 20)
    for value in ticks:
        yield line(60, to_y(value), WIDTH - 190, to_y(value), "#d0d7de")
        yield text(52, to_y(value) + 4, f"{value:g}", "end", DIM)
    for value in sorted(set(rows)):
        yield text(to_x(value), y + PLOT_HEIGHT + 18, f"{value:,}", "middle",
                   DIM)
    for name, key, points in curves:
        colour = LINES[names.index(name) % len(LINES)]
        dash = ' stroke-dasharray="5 4"' if key == "p99_ms" else ""
        path = " ".join(f"{to_x(x):.1f},{to_y(t):.1f}" for x, t in points)
        yield (f'<polyline points="{path}" fill="none" stroke="{colour}"'
               f' stroke-width="2"{dash}/>')
        for x, t in points:
            yield (f'<circle cx="{to_x(x):.1f}" cy="{to_y(t):.1f}" r="3"'
                   f' fill="{colour}"/>')
    for number, name in enumerate(names):
        yield text(WIDTH - 175, y + 34 + number * 20, name,
                   fill=LINES[number % len(LINES)])


def draw(results, path):
    rows = results["figures"]
    plot_at = 50 + len(rows) * ROW + 50
    height = plot_at + PLOT_HEIGHT + 40 if results["growth"] else plot_at
    machine = results["machine"]
    about = (f"{machine['cpu']}, {machine['cores']} cores, "
             f"{results['workers']} workers, {results['at']}, "
             f"{machine['commit'] or 'no commit'}")
    parts = [text(0, 16, about, fill=DIM, size=12), *bars(rows, 44),
             *plot(results["growth"], plot_at)]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}"'
        f' height="{height}" viewBox="-8 0 {WIDTH + 16} {height}"'
        ' font-family="sans-serif">\n'
        f'<rect x="-8" width="{WIDTH + 16}" height="{height}" fill="#fff"/>\n'
        + "\n".join(parts) + "\n</svg>\n")
