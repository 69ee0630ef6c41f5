"""The DHCP client as transcripts with a fake clock, against scripted answers and against our own server."""

from dataclasses import replace
from ipaddress import IPv4Network, ip_address

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net.deadline import FOREVER
from pymirage.net.dhcp.client import Client, State
from pymirage.net.dhcp.events import Broadcast, Configured, Event, Lost, Probe, Unanswered, Unicast
from pymirage.net.dhcp.lease import Lease, prefix_length
from pymirage.net.dhcp.server import Server, Settings
from pymirage.wire import dhcpv4
from pymirage.wire.dhcpv4 import Dhcp
from pymirage.wire.drop import Drop

SECOND = 1_000_000_000
MAC = b"\x02\0\0\0\0\x01"
EVERYBODY = b"\xff\xff\xff\xff"


def at(text: str) -> bytes:
    return ip_address(text).packed


SERVER = at("10.0.0.1")
OURS = at("10.0.0.10")


def middle(limit: int) -> int:
    """No jitter."""
    return limit // 2


def new_client() -> Client:
    return Client(MAC, middle, host_name="image")


def asked(events: list[Event]) -> list[Dhcp]:
    """The messages among the events."""
    messages = [dhcpv4.parse(e.payload, 0) for e in events if isinstance(e, Broadcast | Unicast)]
    return [message for message in messages if not isinstance(message, Drop)]


def answer(question: Dhcp, kind: int, address: bytes = OURS, **changes: bytes) -> bytes:
    options = {
        dhcpv4.SERVER_IDENTIFIER: SERVER,
        dhcpv4.LEASE_TIME: (1000).to_bytes(4, "big"),
        dhcpv4.SUBNET_MASK: at("255.255.255.0"),
        dhcpv4.ROUTER: SERVER,
        dhcpv4.DNS: SERVER + at("10.0.0.2"),
    }
    for name, value in changes.items():
        options[getattr(dhcpv4, name)] = value
    return dhcpv4.emit(Dhcp(dhcpv4.BOOT_REPLY, question.xid, kind, MAC, options, yours=address))


def bound(now: int = 0) -> tuple[Client, Lease, Dhcp]:
    """A client with a lease of 1000 seconds, asked for at `now`."""
    client = new_client()
    discover = asked(client.start(now))[0]
    request = asked(client.receive(answer(discover, dhcpv4.OFFER), now))[0]
    (probe,) = client.receive(answer(request, dhcpv4.ACK), now)
    assert isinstance(probe, Probe)
    (configured,) = client.probed(True, now)
    assert isinstance(configured, Configured)
    return client, configured.lease, request


def test_discover_offer_request_ack_probe() -> None:
    client = new_client()
    (event,) = client.start(0)
    assert isinstance(event, Broadcast)
    (discover,) = asked([event])
    assert (discover.kind, discover.broadcast, discover.client) == (dhcpv4.DISCOVER, True, bytes(4))
    assert discover.options[dhcpv4.HOST_NAME] == b"image"
    assert discover.options[dhcpv4.CLIENT_IDENTIFIER] == b"\x01" + MAC
    (request,) = asked(client.receive(answer(discover, dhcpv4.OFFER), SECOND))
    assert request.kind == dhcpv4.REQUEST
    assert request.options[dhcpv4.REQUESTED_ADDRESS] == OURS
    assert request.options[dhcpv4.SERVER_IDENTIFIER] == SERVER
    (probe,) = client.receive(answer(request, dhcpv4.ACK), 2 * SECOND)
    assert isinstance(probe, Probe)
    (configured,) = client.probed(True, 3 * SECOND)
    assert isinstance(configured, Configured)
    lease = configured.lease
    assert (lease.address, lease.prefix_length) == (OURS, 24)
    assert lease.routes == ((bytes(4), 0, SERVER),)
    assert lease.name_servers == (SERVER, at("10.0.0.2"))
    # Counted from the request, sent at second 1.
    assert (lease.renew_at, lease.rebind_at, lease.expires_at) == (501 * SECOND, 876 * SECOND, 1001 * SECOND)
    assert client.deadline() == 501 * SECOND


def test_asks_again_with_doubling_intervals_and_says_so_once() -> None:
    client = new_client()
    client.start(0)
    times, complaints = [], []
    for _ in range(7):
        now = client.deadline()
        times.append(now // SECOND)
        complaints += [e for e in client.expire(now) if isinstance(e, Unanswered)]
    assert times == [4, 12, 28, 60, 124, 188, 252]
    assert complaints == [Unanswered(4)]


def test_nothing_is_done_before_the_deadline() -> None:
    client = new_client()
    client.start(0)
    assert client.expire(client.deadline() - 1) == []


def test_answers_to_others_are_ignored() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    other = Dhcp(1, discover.xid ^ 1, dhcpv4.DISCOVER, MAC, {})
    assert client.receive(answer(other, dhcpv4.OFFER), 0) == []
    assert client.receive(answer(discover, dhcpv4.OFFER, address=at("127.0.0.1")), 0) == []
    assert client.receive(b"nonsense", 0) == []


def test_offer_that_is_not_honoured_starts_over() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    client.receive(answer(discover, dhcpv4.OFFER), 0)
    kinds = []
    for _ in range(5):
        kinds += [message.kind for message in asked(client.expire(client.deadline()))]
    assert kinds == [dhcpv4.REQUEST] * 3 + [dhcpv4.DISCOVER] * 2


def test_refusal_starts_over_after_a_pause() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    (request,) = asked(client.receive(answer(discover, dhcpv4.OFFER), 0))
    assert client.receive(answer(request, dhcpv4.NAK, SERVER_IDENTIFIER=at("10.0.0.9")), 0) == []
    assert client.receive(answer(request, dhcpv4.NAK), 0) == []
    assert client.state is State.INIT
    assert client.deadline() == SECOND
    assert [m.kind for m in asked(client.expire(SECOND))] == [dhcpv4.DISCOVER]


def test_taken_address_is_declined() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    (request,) = asked(client.receive(answer(discover, dhcpv4.OFFER), 0))
    client.receive(answer(request, dhcpv4.ACK), 0)
    (decline,) = asked(client.probed(False, SECOND))
    assert decline.kind == dhcpv4.DECLINE
    assert decline.options[dhcpv4.REQUESTED_ADDRESS] == OURS
    assert decline.client == bytes(4)
    assert client.deadline() == 11 * SECOND
    assert [m.kind for m in asked(client.expire(11 * SECOND))] == [dhcpv4.DISCOVER]


def test_conflict_while_in_use() -> None:
    client, lease, _ = bound()
    lost, declined = client.conflict(100 * SECOND)
    assert isinstance(lost, Lost)
    assert lost.lease == lease
    assert [m.kind for m in asked([declined])] == [dhcpv4.DECLINE]


def test_renews_with_its_server() -> None:
    client, lease, _ = bound()
    (event,) = client.expire(500 * SECOND)
    assert isinstance(event, Unicast)
    assert event.server == SERVER
    (request,) = asked([event])
    assert (request.kind, request.client, request.broadcast) == (dhcpv4.REQUEST, OURS, False)
    assert dhcpv4.SERVER_IDENTIFIER not in request.options
    assert dhcpv4.REQUESTED_ADDRESS not in request.options
    # Nothing but the times changed: nothing to reconfigure.
    assert client.receive(answer(request, dhcpv4.ACK), 501 * SECOND) == []
    assert client.lease == replace(
        lease,
        obtained=500 * SECOND,
        renew_at=1000 * SECOND,
        rebind_at=1375 * SECOND,
        expires_at=1500 * SECOND,
    )


def test_changed_lease_reconfigures() -> None:
    client, _, _ = bound()
    (request,) = asked(client.expire(500 * SECOND))
    (event,) = client.receive(answer(request, dhcpv4.ACK, ROUTER=at("10.0.0.254")), 500 * SECOND)
    assert isinstance(event, Configured)
    assert event.lease.routes == ((bytes(4), 0, at("10.0.0.254")),)


def test_rebinds_with_anybody_then_gives_up() -> None:
    """§4.4.5: half of the time that remains between questions, but a minute at least."""
    client, lease, _ = bound()
    seen = []
    while client.lease is not None:
        now = client.deadline()
        for event in client.expire(now):
            if isinstance(event, Unicast):
                seen.append((now // SECOND, "anybody" if event.server == EVERYBODY else "server"))
            elif isinstance(event, Lost):
                seen.append((now // SECOND, "lost"))
                assert event.lease == lease
    assert seen == [
        (500, "server"),
        (687, "server"),
        (781, "server"),
        (841, "server"),
        (875, "anybody"),
        (937, "anybody"),
        (997, "anybody"),
        (1000, "lost"),
    ]
    assert client.state is State.SELECTING


def test_refused_renewal_loses_the_address() -> None:
    client, lease, _ = bound()
    (request,) = asked(client.expire(500 * SECOND))
    (lost,) = client.receive(answer(request, dhcpv4.NAK), 500 * SECOND)
    assert isinstance(lost, Lost)
    assert lost.lease == lease


def test_another_address_in_a_renewal_is_not_taken() -> None:
    client, lease, _ = bound()
    (request,) = asked(client.expire(500 * SECOND))
    assert client.receive(answer(request, dhcpv4.ACK, address=at("10.0.0.66")), 500 * SECOND) == []
    assert client.lease == lease


def test_remembered_address_is_asked_for_first() -> None:
    client = new_client()
    (request,) = asked(client.start(0, OURS))
    assert request.kind == dhcpv4.REQUEST
    assert request.options[dhcpv4.REQUESTED_ADDRESS] == OURS
    assert dhcpv4.SERVER_IDENTIFIER not in request.options
    (probe,) = client.receive(answer(request, dhcpv4.ACK), 0)
    assert isinstance(probe, Probe)


def test_release() -> None:
    client, _, _ = bound()
    event, lost = client.release(SECOND)
    assert isinstance(event, Unicast)
    assert asked([event])[0].kind == dhcpv4.RELEASE
    assert isinstance(lost, Lost)
    assert client.deadline() == FOREVER


def test_infinite_lease_is_never_renewed() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    (request,) = asked(client.receive(answer(discover, dhcpv4.OFFER), 0))
    client.receive(answer(request, dhcpv4.ACK, LEASE_TIME=b"\xff" * 4), 0)
    client.probed(True, 0)
    assert client.deadline() == FOREVER


def test_classless_routes_replace_the_router() -> None:
    client = new_client()
    (discover,) = asked(client.start(0))
    (request,) = asked(client.receive(answer(discover, dhcpv4.OFFER), 0))
    routes = ((bytes(4), 0, at("10.0.0.3")), (at("192.0.2.0"), 24, at("10.0.0.4")))
    (probe,) = client.receive(answer(request, dhcpv4.ACK, CLASSLESS_ROUTES=dhcpv4.emit_routes(routes)), 0)
    assert isinstance(probe, Probe)
    assert probe.lease.routes == routes


def test_masks() -> None:
    assert prefix_length(at("255.255.240.0"), OURS) == 20
    assert prefix_length(at("255.0.255.0"), OURS) == 8
    assert prefix_length(b"", at("192.168.1.1")) == 24
    assert prefix_length(at("255.255.255.255"), OURS) == 32


# -- the server --


def settings(**changes: object) -> Settings:
    base = Settings(
        SERVER, IPv4Network("10.0.0.0/24"), OURS, at("10.0.0.12"), 1000, (SERVER,), (SERVER,), "test"
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def obtain(server: Server, mac: bytes, now: int = 0, *, identifier: bytes = b"") -> Lease | None:
    """Let a new client talk to the server until it has a lease, or is not answered."""
    client = Client(mac, middle, identifier=identifier)
    events = client.start(now)
    for _ in range(10):
        if not events:
            return None
        event = events.pop(0)
        if isinstance(event, Configured):
            return event.lease
        if isinstance(event, Probe):
            events += client.probed(True, now)
        elif isinstance(event, Broadcast):
            reply = server.receive(event.payload, now)
            if reply is not None:
                assert reply.destination == EVERYBODY
                events += client.receive(reply.payload, now)
    return None


def mac(number: int) -> bytes:
    return b"\x02\0\0\0\0" + bytes((number,))


def test_server_gives_each_client_its_own_address() -> None:
    server = Server(settings())
    leases = [obtain(server, mac(number)) for number in range(3)]
    assert [lease.address if lease else None for lease in leases] == [OURS, at("10.0.0.11"), at("10.0.0.12")]
    assert obtain(server, mac(4)) is None
    again = obtain(server, mac(1), 10 * SECOND)
    assert again is not None
    assert again.address == at("10.0.0.11")


def test_server_gives_ended_leases_away() -> None:
    server = Server(settings(first=OURS, last=OURS))
    assert obtain(server, mac(1)) is not None
    assert obtain(server, mac(2), 999 * SECOND) is None
    assert obtain(server, mac(2), 1000 * SECOND) is not None


def test_server_reserves() -> None:
    server = Server(settings(reserved={mac(9): at("10.0.0.99")}))
    lease = obtain(server, mac(9))
    assert lease is not None
    assert lease.address == at("10.0.0.99")


def test_server_keeps_away_from_declined_addresses() -> None:
    server = Server(settings())
    lease = obtain(server, mac(1))
    assert lease is not None
    options = {
        dhcpv4.REQUESTED_ADDRESS: lease.address,
        dhcpv4.SERVER_IDENTIFIER: SERVER,
        dhcpv4.CLIENT_IDENTIFIER: b"\x01" + mac(1),
    }
    server.receive(dhcpv4.emit(Dhcp(1, 1, dhcpv4.DECLINE, mac(1), options)), 0)
    other = obtain(server, mac(1))
    assert other is not None
    assert other.address != lease.address


def test_server_refuses_an_address_of_another_network() -> None:
    server = Server(settings())
    client = new_client()
    (event,) = client.start(0, at("192.168.0.9"))
    assert isinstance(event, Broadcast)
    reply = server.receive(event.payload, 0)
    assert reply is not None
    assert client.receive(reply.payload, 0) == []
    assert client.state is State.INIT


@given(st.binary(max_size=600))
def test_no_payload_raises(payload: bytes) -> None:
    client = new_client()
    client.start(0)
    client.receive(payload, 0)
    Server(settings()).receive(payload, 0)


@given(
    st.lists(
        st.sampled_from(("offer", "ack", "nak", "free", "taken", "conflict", "time", "release")), max_size=30
    )
)
def test_any_story_leaves_a_client_that_goes_on(story: list[str]) -> None:
    client = new_client()
    now = 0
    last = asked(client.start(now))[0]
    for step in story:
        events: list[Event] = []
        if step == "time":
            if client.deadline() != FOREVER:
                now = max(now, client.deadline())
                events = client.expire(now)
        elif step == "free":
            events = client.probed(True, now)
        elif step == "taken":
            events = client.probed(False, now)
        elif step == "conflict":
            events = client.conflict(now)
        elif step == "release":
            events = client.release(now) + client.start(now)
        else:
            kind = {"offer": dhcpv4.OFFER, "ack": dhcpv4.ACK, "nak": dhcpv4.NAK}[step]
            events = client.receive(answer(last, kind), now)
        last = (asked(events) or [last])[-1]
        assert client.deadline() != FOREVER or client.state is State.PROBING
