"""Who does the work: worker processes, an executor of the caller's, or nobody but this process.

Work that a worker takes with it when it dies, and work that does not end in its time, is done
again; what it gives does not depend on who did it, or in what order.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from types import FrameType
from typing import Any, NamedTuple, TypeVar

from wom_sim.market.graphs import NetworkError
from wom_sim.market.record import LawBroken
from wom_sim.processes import end, lost_one, pool_of
from wom_sim.scenario.plugins import PluginError
from wom_sim.scenario.registry import PlugFailed
from wom_sim.study import patience

Found = TypeVar("Found")

ATTEMPTS = 3
BREATH = 0.1
"""Seconds between looks for signals."""
AHEAD = 2
"""Pieces of work that are with the executor for each worker: one being done, one waiting."""

TOLD = (NetworkError, PlugFailed, PluginError, LawBroken, MemoryError)
"""What work raises that doing it again would not mend."""


class WorkerDied(Exception):
    """Work that no worker could finish; the message says in one line what, and why.

    `kept` says what is left of the rest of the work.
    """

    def __init__(self, message: str, kept: str = "nothing was written") -> None:
        super().__init__(message)
        self.kept = kept


class WorkFailed(Exception):
    """What work raised elsewhere, as text, since not everything that is raised can be sent."""


class Task(NamedTuple):
    """A piece of work: what it is to the user, the function, what it is given, and how many
    seconds it may take.
    """

    name: Any
    work: Callable[..., Any]
    given: tuple[Any, ...]
    limit: float = math.inf


class Crew:
    """An executor and how many work there; without one, work is done in this process.

    `renew` makes another executor where the first is broken, or has to be broken; an executor
    that cannot be renewed is the caller's, who alone can end work that has no end there.
    """

    def __init__(
        self, executor: Executor | None, workers: int, renew: Callable[[], Executor] | None = None
    ) -> None:
        self.executor, self.workers, self._renew = executor, workers, renew
        self.renewable = renew is not None
        self.signals = _Signals()

    def one(self, work: Callable[..., Found], *given: object) -> Found:
        """Do one piece of work, however long it takes. Raises WorkerDied where no worker could."""
        ((_, found),) = self.each([Task("the work", work, given)])
        done: Found = found
        return done

    def each(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        """Each task with what its work gave, as it comes.

        Work whose worker dies is done again, alone, so that only its own deaths count against
        it; after `ATTEMPTS` of them it is left, and the rest is done. Then, at the end, raises
        WorkerDied with the tasks that are left; what work itself has to say (`TOLD`) at once.

        Work that takes longer than its limit is ended with its worker, and counts as a death.
        Nobody can be killed for it where this process works alone: then WorkerDied comes at once,
        as it does where all workers are taken by work without end.
        """
        if self.executor is None:
            for task in tasks:
                yield task, _here(task)
            return
        yield from _Round(self, iter(tasks)).run()

    def lost_one(self) -> bool:
        """Whether a worker of an executor that can be renewed is dead."""
        return self.renewable and self.executor is not None and lost_one(self.executor)

    def renew(self) -> Executor:
        """Another executor for a broken one. Raises WorkerDied where it is the caller's."""
        if self._renew is None:
            raise WorkerDied("the executor lost its workers")
        self.executor = self._renew()
        return self.executor


class _Round:
    """Tasks on their way through an executor."""

    def __init__(self, crew: Crew, tasks: Iterator[Task]) -> None:
        self.crew, self.tasks = crew, tasks
        self.running: dict[Future[Any], Task] = {}
        self.again: deque[Task] = deque()
        # By the id of a task, with the task itself, that no other one gets its id.
        self.deaths: defaultdict[int, list[Task]] = defaultdict(list)
        self.suspects: dict[int, Task] = {}
        self.lost: list[tuple[Task, str]] = []
        self.spent: dict[Future[Any], float] = {}
        self.looked = time.monotonic()
        self.overdue = 0
        """Tasks that were ended since the last one that was done."""

    def run(self) -> Iterator[tuple[Task, Any]]:
        while not self._hopeless() and self._submit():
            broken = False
            alone = len(self.running) == 1
            came = wait(self.running, timeout=BREATH, return_when=FIRST_COMPLETED).done
            self.crew.signals.let()
            for future in came:
                task = self.running.pop(future)
                self.spent.pop(future, None)
                try:
                    found = future.result()
                except TOLD:
                    raise
                except Exception as error:  # also what an executor says when it loses a worker
                    broken = broken or isinstance(error, BrokenExecutor)
                    self._failed(task, error, alone)
                else:
                    self.overdue = 0
                    yield task, found
            if broken or (not came and self.crew.lost_one()):
                self._start_again()
            elif self.crew.renewable:
                self._end_overdue()
        if self.lost:
            names = ", ".join(str(task.name) for task, _ in self.lost[:3])
            more = f" and {len(self.lost) - 3} more" if len(self.lost) > 3 else ""
            raise WorkerDied(f"{names}{more} failed {ATTEMPTS} times: {self.lost[0][1]}")

    def _submit(self) -> bool:
        """Hand out work while there is room; whether any is out."""
        executor = self.crew.executor
        assert executor is not None
        while self.again or len(self.running) < AHEAD * self.crew.workers:
            # Who may have killed a worker works alone, that nobody else is lost or blamed.
            if self.again and self.running:
                break
            task = self.again.popleft() if self.again else next(self.tasks, None)
            if task is None:
                break
            try:
                self.running[executor.submit(_sendable, task.work, *task.given)] = task
            except BrokenExecutor:
                self.again.append(task)
                self._start_again()
                executor = self.crew.executor
                assert executor is not None
            if self.again or id(task) in self.suspects:
                break
        return bool(self.running)

    def _start_again(self) -> None:
        """Gather what a broken executor was doing, and do it on another one."""
        for task in self.running.values():
            self._again(task)
        self._renew()

    def _renew(self) -> None:
        self.running.clear()
        self.spent.clear()
        self.crew.renew()

    def _end_overdue(self) -> None:
        """Kill the workers of work that has taken too long; what the others did is not blamed."""
        now, before = time.monotonic(), self.looked
        self.looked = now
        # Work is taken up in the order it was handed out: the first are those being done.
        for future in list(self.running)[: self.crew.workers]:
            more = min(max(0.0, now - before), patience.TICK) if future in self.spent else 0.0
            self.spent[future] = self.spent.get(future, 0.0) + more
        late = {id(self.running[future]) for future, seconds in self.spent.items()
                if seconds > self.running[future].limit}
        if not late:
            return
        self.overdue += len(late)
        again = [task for task in self.running.values()
                 if id(task) not in late or not self._counted(task, patience.in_words(task.limit))]
        self._renew()
        self.tasks = chain(again, self.tasks)

    def _hopeless(self) -> bool:
        """Whether nothing is done any more but work without end."""
        return bool(self.lost) and self.overdue >= ATTEMPTS

    def _again(self, task: Task) -> None:
        self.suspects[id(task)] = task
        self.again.append(task)

    def _failed(self, task: Task, error: Exception, alone: bool) -> None:
        why = _reason(error)
        # Of several at work when the pool broke nobody knows whose fault it was.
        unknown = isinstance(error, BrokenExecutor) and not alone
        if unknown or not self._counted(task, why):
            self._again(task)

    def _counted(self, task: Task, why: str) -> bool:
        """Count a death against a task; whether it was its last."""
        self.deaths[id(task)].append(task)
        if len(self.deaths[id(task)]) < ATTEMPTS:
            return False
        self.lost.append((task, why))
        return True


def _here(task: Task) -> Any:
    """What the work gives in this process. Raises WorkerDied where it does not end in its time."""
    try:
        with patience.alarm(task.limit):
            return task.work(*task.given)
    except patience.Overdue:
        raise WorkerDied(f"{task.name} was given up: {patience.in_words(task.limit)}") from None


def _reason(error: Exception) -> str:
    if isinstance(error, BrokenExecutor):
        return "a worker process died (out of memory, or killed); try fewer --workers"
    text = " ".join(str(error).split())
    return text if isinstance(error, WorkFailed) else f"{type(error).__name__}: {text}"


def _sendable(work: Callable[..., Found], *given: Any) -> Found:
    """Do the work in a worker; raise only what can be sent back."""
    try:
        return work(*given)
    except TOLD:
        raise
    except (Exception, SystemExit) as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})" if trace else ""
        raise WorkFailed(f"{type(error).__name__}: {error}{place}") from None


@contextmanager
def workforce(executor: Executor | None, workers: int) -> Iterator[Crew]:
    """The executor, or `workers` processes for as long as the block; none of them for one.

    An executor is left open; as many work there as it says, or else `workers`. Processes are
    gone after the block, at once if it is left early.
    """
    if executor is not None or workers <= 1:
        crew = Crew(executor, getattr(executor, "_max_workers", max(workers, 2)) if executor else 1)
        with crew.signals.held(executor is not None):
            yield crew
        return
    pools: list[ProcessPoolExecutor] = []

    def renew() -> ProcessPoolExecutor:
        for pool in pools:
            end(pool)
        pools[:] = [pool_of(workers)]
        return pools[0]

    crew = Crew(None, workers, renew)
    with crew.signals.held():
        try:
            crew.renew()
            yield crew
        except BaseException:
            for pool in pools:
                end(pool)
            raise
        finally:
            for pool in pools:
                pool.shutdown(wait=True, cancel_futures=True)


class _Signals:
    """Signals that wait until no lock of an executor can be held.

    A handler may raise between any two steps of this thread; one of them is between taking a lock
    that the executor's own threads need, and giving it back.
    """

    def __init__(self) -> None:
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}
        self._came: list[int] = []

    @contextmanager
    def held(self, really: bool = True) -> Iterator[None]:
        """Hold back those that somebody handles, for the block; they are let through after it."""
        if not really or threading.current_thread() is not threading.main_thread():
            yield
            return
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            handler = None if number is None else signal.getsignal(number)
            if number is not None and callable(handler):
                self._handlers[number] = handler
                signal.signal(number, lambda number, frame: self._came.append(number))
        try:
            yield
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        self.let()

    def let(self) -> None:
        """Do what the handlers of those that came would have done."""
        while self._came:
            number = self._came.pop(0)
            self._handlers[number](number, None)
