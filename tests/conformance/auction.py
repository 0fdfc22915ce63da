"""The optimum welfare of books of orders, by the linear program of pymarket (PyPI, 0.7.6; it needs
numpy below 2, pandas below 2.3 and pulp below 3). Reads a JSON array of books from standard input, each
an array of [is_bid, quantity, price]; writes a JSON array of numbers. Exits with 42 without pymarket."""

import json
import os
import sys

try:
    import pymarket
    from pymarket.statistics.maximum_aggregated_utility import maximum_aggregated_utility
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(42)

books = json.load(sys.stdin)
# The solver writes to standard output: keep that for the answer.
answer = os.dup(1)
os.dup2(2, 1)
optima = []
for book in books:
    market = pymarket.Market()
    for member, (is_bid, quantity, price) in enumerate(book):
        market.accept_bid(quantity, price, member, is_bid)
    _, welfare, _ = maximum_aggregated_utility(market.bm.get_df())
    optima.append(welfare)
with os.fdopen(answer, "w") as out:
    json.dump(optima, out)
