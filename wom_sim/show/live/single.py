"""The page as one file that works from the disk: everything inside, and nothing may be fetched."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from wom_sim.show.live.assets import own, plotly, programs, styles
from wom_sim.show.live.telling import Told

MARK = '<meta name="generator" content="wom_sim explore">'
"""By this a page is known that may be replaced."""


def single_file(setup: Told, pictures: Sequence[Told], business: Told) -> str:
    """The page with a picture for every setting, the last slider varying fastest.

    `business` is shown at the setting that the page starts with, and at no other.
    Large parts are packed, and unpacked by the browser. What may run is named by its hash.
    Raises NoPlotly.
    """
    run = list(programs().values())
    allowed = " ".join(f"'sha256-{_digest(text)}'" for text in (*run, plotly()))
    policy = (f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline';"
              " img-src data:; base-uri 'none'; form-action 'none'")
    head = (f'{MARK}<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f'<link rel="icon" href="data:,"><style>{"".join(styles().values())}</style>')
    foot = "".join((
        _data("setup", "application/json", _safe(setup)),
        _data("pictures", "application/gzip", _packed(_json(list(pictures)))),
        _data("business", "application/gzip", _packed(_json(business))),
        _data("plotly", "application/gzip", _packed(plotly())),
        *(f"<script>{program}</script>" for program in run),
    ))
    return own("page.html").replace("<!-- head -->", head).replace("<!-- foot -->", foot)


def _data(name: str, kind: str, text: str) -> str:
    return f'<script id="{name}" type="{kind}">{text}</script>\n'


def _safe(content: Any) -> str:
    """JSON that cannot end the element it stands in, whatever names it holds."""
    return _json(content).replace("<", "\\u003c")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _packed(text: str) -> str:
    # Without a time, so that equal pages are equal bytes.
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
