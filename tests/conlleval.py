"""The measure of the script `conlleval`, by its published rules (Tjong Kim Sang and Buchholz 2000), one token after the other."""

from collections import Counter

# With these letters a chunk ends, or begins, between two tags of one type; between two types it does whatever their letters.
_ENDS = {"BB", "BO", "IB", "IO", "EE", "EI", "EO"}
_BEGINS = {"BB", "IB", "OB", "OI", "EE", "EI", "OE"}


def conlleval(gold, predicted):
    """Token accuracy, and for each type, and None for all, precision, recall and FB1, all as percentages."""
    right, golds, found = Counter(), Counter(), Counter()
    num_right = num_tokens = 0
    for sides in zip(gold, predicted, strict=True):
        previous = [("O", ""), ("O", "")]
        within = None
        # A boundary of sentences is a token outside of all chunks, which is not counted.
        for tags in [*zip(*sides, strict=True), ("O", "O")]:
            now = [(tag[0], tag[2:]) for tag in tags]
            ends = [_ends(*pair) for pair in zip(previous, now, strict=True)]
            begins = [_begins(*pair) for pair in zip(previous, now, strict=True)]
            if within is not None:
                if all(ends):
                    right[within] += 1
                if any(ends):
                    within = None
            if all(begins) and now[0][1] == now[1][1]:
                within = now[0][1]
            golds[now[0][1]] += begins[0]
            found[now[1][1]] += begins[1]
            num_right += tags[0] == tags[1]
            num_tokens += 1
            previous = now
        num_right, num_tokens = num_right - 1, num_tokens - 1
    types = sorted(name for name in {*golds, *found} if golds[name] or found[name])
    rows = {name: _shares(golds[name], found[name], right[name]) for name in types}
    return 100 * num_right / max(num_tokens, 1), {**rows, None: _shares(golds.total(), found.total(), right.total())}


def _ends(previous, now):
    return previous[0] + now[0] in _ENDS or (previous[0] != "O" and previous[1] != now[1])


def _begins(previous, now):
    return previous[0] + now[0] in _BEGINS or (now[0] != "O" and previous[1] != now[1])


def _shares(gold, found, right):
    precision = 100 * right / found if found else 0.0
    recall = 100 * right / gold if gold else 0.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0
