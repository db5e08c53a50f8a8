import threading

import pytest

from letspic_device.states import WORKING, Snapshot, State, StateMachine
from letspic_shared.errors import KnownError

LEGAL = {
    State.BOOTING: {State.UNPAIRED, State.IDLE, State.STOPPING},
    State.UNPAIRED: {State.PAIRING, State.IDLE, State.STOPPING},
    State.PAIRING: {State.UNPAIRED, State.IDLE, State.STOPPING},
    State.IDLE: {State.UNPAIRED, State.PAIRING, State.STOPPING},
    State.STOPPING: set(),
}
WAYS = {
    State.BOOTING: [],
    State.UNPAIRED: [State.UNPAIRED],
    State.PAIRING: [State.UNPAIRED, State.PAIRING],
    State.IDLE: [State.IDLE],
    State.STOPPING: [State.STOPPING],
}


def machine_in(state: State) -> StateMachine:
    machine = StateMachine()
    for step in WAYS[state]:
        machine.enter(step)
    return machine


@pytest.mark.parametrize("before", LEGAL)
@pytest.mark.parametrize("after", State)
def test_only_what_makes_sense_is_entered(before: State, after: State) -> None:
    machine = machine_in(before)
    if after in LEGAL[before] or after is before:
        machine.enter(after)
        assert machine.snapshot.state is after
    else:
        with pytest.raises(ValueError, match=f"from {before.value} to {after.value}"):
            machine.enter(after)
        assert machine.snapshot.state is before


@pytest.mark.parametrize("work", WORKING)
@pytest.mark.parametrize("resting", [State.IDLE, State.PAIRING])
def test_work_begins_and_ends_in_the_resting_state(work: State, resting: State) -> None:
    machine = machine_in(resting)
    with machine.working(work):
        machine.progress(3, 10)
        assert machine.snapshot == Snapshot(state=work, done=3, total=10)
    assert machine.snapshot == Snapshot(state=resting)


def test_work_inside_work_changes_nothing() -> None:
    machine = machine_in(State.IDLE)
    with machine.working(State.SEARCHING):
        with machine.working(State.EXTRACTING):
            assert machine.snapshot.state is State.SEARCHING
        assert machine.snapshot.state is State.SEARCHING
    assert machine.snapshot.state is State.IDLE


def test_work_that_fails_ends_too() -> None:
    machine = machine_in(State.IDLE)
    with pytest.raises(ZeroDivisionError), machine.working(State.TRAINING):
        raise ZeroDivisionError
    assert machine.snapshot.state is State.IDLE


@pytest.mark.parametrize("meanwhile", [State.PAIRING, State.UNPAIRED])
def test_pairing_and_leaving_may_happen_during_work(meanwhile: State) -> None:
    machine = machine_in(State.IDLE)
    with machine.working(State.EXTRACTING):
        machine.enter(meanwhile)
        assert machine.snapshot.state is State.EXTRACTING
        assert machine.resting is meanwhile
    assert machine.snapshot.state is meanwhile


def test_stopping_shows_at_once_and_stays() -> None:
    machine = machine_in(State.IDLE)
    with machine.working(State.EXTRACTING):
        machine.enter(State.STOPPING)
        assert machine.snapshot.state is State.STOPPING
    assert machine.snapshot.state is State.STOPPING


@pytest.mark.parametrize("resting", [State.UNPAIRED, State.STOPPING])
def test_a_device_without_a_desktop_does_not_work(resting: State) -> None:
    with pytest.raises(KnownError, match="has left its group"), machine_in(resting).working(State.TRAINING):
        pytest.fail("it worked")


def test_nothing_works_before_the_start() -> None:
    with pytest.raises(ValueError, match="booting"), StateMachine().working(State.TRAINING):
        pytest.fail("it worked")


def test_a_resting_state_is_no_work() -> None:
    with pytest.raises(ValueError, match="idle"), machine_in(State.IDLE).working(State.UNPAIRED):
        pytest.fail("it worked")


def test_any_thread_may_read() -> None:
    machine = machine_in(State.IDLE)
    seen: set[State] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(machine.snapshot.state)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(200):
        with machine.working(State.TRAINING):
            machine.progress(1, 2)
    stop.set()
    reader.join(5)
    assert not reader.is_alive()
    assert seen <= {State.IDLE, State.TRAINING}
