"""Which way a packet goes."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net import route
from pymirage.net.deadline import FOREVER
from pymirage.net.route import Route, RouteTable


def at(text: str) -> bytes:
    return ip_address(text).packed


def to(prefix: str, gateway: str = "", metric: int = 0, origin: int = route.STATIC, **rest: int) -> Route:
    network = ip_network(prefix)
    hop = at(gateway) if gateway else route.ON_LINK
    return Route(network.network_address.packed, network.prefixlen, hop, 0, metric, origin, b"", **rest)


def table(*routes: Route) -> RouteTable:
    made = RouteTable()
    for entry in routes:
        assert made.add(entry)
    return made


def hop(routes: RouteTable, destination: str) -> str | None:
    found = routes.lookup(at(destination))
    return None if found is None else str(ip_address(found.next_hop(at(destination))))


def test_longest_prefix_wins() -> None:
    routes = table(
        to("0.0.0.0/0", "10.0.0.1"), to("10.0.0.0/24"), to("10.1.0.0/16", "10.0.0.2"), to("::/0", "fe80::1")
    )
    assert hop(routes, "10.0.0.9") == "10.0.0.9"
    assert hop(routes, "10.1.2.3") == "10.0.0.2"
    assert hop(routes, "192.0.2.1") == "10.0.0.1"
    assert hop(routes, "2001:db8::1") == "fe80::1"


def test_no_route() -> None:
    assert hop(table(to("10.0.0.0/24")), "192.0.2.1") is None


def test_lower_metric_wins_and_the_other_takes_over() -> None:
    routes = table(to("0.0.0.0/0", "10.0.0.2", 20), to("0.0.0.0/0", "10.0.0.1", 10))
    assert hop(routes, "192.0.2.1") == "10.0.0.1"
    routes.gateway_silent(at("10.0.0.1"))
    assert hop(routes, "192.0.2.1") == "10.0.0.2"
    routes.gateway_answers(at("10.0.0.1"))
    assert hop(routes, "192.0.2.1") == "10.0.0.1"


def test_silent_gateway_is_better_than_none() -> None:
    routes = table(to("0.0.0.0/0", "10.0.0.1"))
    routes.gateway_silent(at("10.0.0.1"))
    assert hop(routes, "192.0.2.1") == "10.0.0.1"


def test_answering_default_goes_before_silent_specific() -> None:
    """RFC 4191 §3.2."""
    routes = table(to("::/0", "fe80::1"), to("2001:db8::/32", "fe80::2"))
    routes.gateway_silent(at("fe80::2"))
    assert hop(routes, "2001:db8::1") == "fe80::1"


def test_equal_routes_share_destinations_and_each_keeps_to_one() -> None:
    routes = table(to("0.0.0.0/0", "10.0.0.1"), to("0.0.0.0/0", "10.0.0.2"))
    hops = {n: hop(routes, f"192.0.2.{n}") for n in range(1, 20)}
    assert set(hops.values()) == {"10.0.0.1", "10.0.0.2"}
    routes.answers.clear()
    assert hops == {n: hop(routes, f"192.0.2.{n}") for n in range(1, 20)}


def test_adding_again_replaces() -> None:
    routes = table(to("0.0.0.0/0", "10.0.0.1", 10), to("0.0.0.0/0", "10.0.0.1", 30))
    assert [entry.metric for entry in routes.routes] == [30]


def test_routes_expire() -> None:
    routes = table(
        to("::/0", "fe80::1", 0, route.ROUTER_ADVERTISEMENT, expires=100), to("::/0", "fe80::2", 50)
    )
    assert routes.deadline() == 100
    assert not routes.expire(99)
    assert hop(routes, "2001:db8::1") == "fe80::1"
    assert routes.expire(100)
    assert hop(routes, "2001:db8::1") == "fe80::2"
    assert routes.deadline() == FOREVER


def test_remove() -> None:
    routes = table(to("0.0.0.0/0", "10.0.0.1", 0, route.DHCP), to("10.0.0.0/8", "", 0, route.CONNECTED))
    assert routes.remove_origin(route.DHCP, 0)
    assert not routes.remove_origin(route.DHCP, 0)
    assert hop(routes, "192.0.2.1") is None
    assert routes.remove(at("10.0.0.0"), 8, route.ON_LINK)
    assert not routes.routes


def test_bounded() -> None:
    routes = RouteTable()
    for n in range(route.MAXIMUM + 10):
        accepted = routes.add(Route(n.to_bytes(4, "big"), 32, route.ON_LINK))
        assert accepted == (n < route.MAXIMUM)
    for n in range(3 * route.REMEMBERED):
        routes.lookup(n.to_bytes(4, "big"))
    assert len(routes.answers) <= route.REMEMBERED


@given(
    st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.integers(0, 32)), max_size=12),
    st.binary(min_size=4, max_size=4),
)
def test_agrees_with_ipaddress(prefixes: list[tuple[bytes, int]], destination: bytes) -> None:
    networks = {ip_network((prefix, length), strict=False) for prefix, length in prefixes}
    routes = table(*(to(str(network)) for network in networks))
    containing = [network for network in networks if ip_address(destination) in network]
    found = routes.lookup(destination)
    if not containing:
        assert found is None
        return
    best = max(containing, key=lambda network: network.prefixlen)
    assert found is not None
    assert (found.prefix, found.length) == (best.network_address.packed, best.prefixlen)
