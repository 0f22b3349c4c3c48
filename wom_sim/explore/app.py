"""The page's server: a few files by name, what never changes, pictures, and one business."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from wom_sim.explore.asked import Asked, Refused, Wish, wish_of
from wom_sim.explore.desk import Desk, Full, Overtaken
from wom_sim.explore.guard import SECOND, Guard
from wom_sim.market.graphs import NetworkError
from wom_sim.scenario.registry import PlugFailed
from wom_sim.show.live.assets import Asset
from wom_sim.show.live.telling import Told
from wom_sim.study.crew import WorkerDied

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def guarded(
    asked: Asked, setup: Told, assets: Mapping[str, Asset], port: int, *, exposed: bool = False
) -> Guard:
    """The application with its guard; `assets` are the files it gives out, by path."""
    desk = Desk()
    guard = Guard(_app(asked, setup, assets, desk, lambda: guard.second), port, exposed=exposed)
    return guard


def _app(
    asked: Asked, setup: Told, assets: Mapping[str, Asset], desk: Desk, second: Callable[[], str]
) -> Any:
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    async def asset(request: Request) -> Response:
        found = assets[request.url.path]
        return Response(found.content, media_type=found.kind, headers=dict(found.headers))

    async def told(request: Request) -> Response:
        return _json({**setup, "second": [SECOND, second()]})

    async def picture(request: Request) -> Response:
        return await _answer(await request.body(), asked, desk, asked.answer)

    async def business(request: Request) -> Response:
        return await _answer(await request.body(), asked, desk, asked.business)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        yield
        desk.close()

    routes = [Route(path, asset, methods=["GET"]) for path in assets]
    routes += [Route("/setup", told, methods=["GET"]),
               Route("/picture", picture, methods=["POST"]),
               Route("/business", business, methods=["POST"])]
    return Starlette(debug=False, routes=routes, lifespan=life)


async def _answer(
    body: bytes, asked: Asked, desk: Desk, give: Callable[[Wish, Callable[[], bool]], Told]
) -> Response:
    """What `give` gives for a wish, word that it was overtaken or waits in vain, or 422."""
    try:
        wish = wish_of(_content(body), asked.steps)
        return _json(await desk.run(lambda over: give(wish, over)))
    except Refused as error:
        return _json({"problem": str(error)}, 422)
    except (Overtaken, Full):
        # No fault of anybody's, so no error for a browser to report.
        return _json({"later": True})
    except (NetworkError, PlugFailed, WorkerDied) as error:
        return _json({"problem": str(error)}, 500)


def _content(body: bytes) -> Any:
    """What a request holds. Raises Refused where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("not JSON") from None


def _json(content: Any, status: int = 200) -> Response:
    from starlette.responses import Response

    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")
