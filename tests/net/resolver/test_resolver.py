"""The stub resolver as transcripts with a fake clock: scripted servers answer what it sends."""

import random
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from pymirage.net.deadline import FOREVER
from pymirage.net.resolver.answer import Answer, Outcome
from pymirage.net.resolver.cache import Cache
from pymirage.net.resolver.events import AskTcp, ClosePort, CloseTcp, Event, Resolved, SendUdp
from pymirage.net.resolver.resolver import MAXIMUM_QUERIES, Resolver
from pymirage.wire import dns
from pymirage.wire.drop import Drop

SECOND = 1_000_000_000
HALF = SECOND // 2


def at(text: str) -> bytes:
    return ip_address(text).packed


FIRST = at("10.0.0.1")
SECOND_SERVER = at("10.0.0.2")
ADDRESS = at("192.0.2.1")
WWW = (b"www", b"example", b"org")
ALIAS = (b"host", b"example", b"net")


def name(text: str) -> dns.Name:
    found = dns.name_of(text)
    assert not isinstance(found, Drop)
    return found


def resolver(*servers: bytes, seed: int = 1) -> Resolver:
    made = Resolver(random.Random(seed).randrange)
    made.servers.set("configuration", servers or (FIRST,))
    return made


def a(owner: dns.Name, address: bytes = ADDRESS, ttl: int = 300) -> dns.Record:
    return dns.Record(owner, dns.A if len(address) == 4 else dns.AAAA, ttl, address)


def cname(owner: dns.Name, target: dns.Name, ttl: int = 300) -> dns.Record:
    return dns.Record(owner, dns.CNAME, ttl, b"", target)


def soa(minimum: int) -> dns.Record:
    return dns.Record((b"org",), dns.SOA, 900, b"\0\0" + bytes(16) + minimum.to_bytes(4, "big"))


def reply(
    payload: bytes,
    *answers: dns.Record,
    code: int = 0,
    flags: int = 0,
    authorities: tuple[dns.Record, ...] = (),
) -> bytes:
    asked = dns.parse(payload)
    assert not isinstance(asked, Drop)
    return dns.emit(
        dns.Message(asked.identifier, dns.RESPONSE | code | flags, asked.question, answers, authorities)
    )


def sent(events: list[Event]) -> SendUdp:
    (event,) = [event for event in events if isinstance(event, SendUdp)]
    return event


def resolved(events: list[Event]) -> Answer:
    (event,) = [event for event in events if isinstance(event, Resolved)]
    return event.answer


def test_question_and_answer() -> None:
    core = resolver()
    token, events = core.resolve(WWW, dns.A, 0)
    question = sent(events)
    assert question.server == FIRST
    events = core.receive_udp(question.port, FIRST, reply(question.payload, a(WWW)), HALF)
    assert events == [
        ClosePort(question.port),
        Resolved(token, Answer(Outcome.FOUND, (ADDRESS,), (), 300)),
    ]
    assert core.deadline() == FOREVER


def test_answers_are_remembered_as_long_as_they_live() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    core.receive_udp(question.port, FIRST, reply(question.payload, a(WWW, ttl=10)), 0)
    assert resolved(core.resolve((b"WWW", b"Example", b"ORG"), dns.A, 4 * SECOND)[1]).ttl == 6
    assert sent(core.resolve(WWW, dns.A, 10 * SECOND)[1])


def test_no_is_remembered_as_the_soa_says() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    no = reply(question.payload, code=dns.NAME_ERROR, authorities=(soa(30),))
    assert resolved(core.receive_udp(question.port, FIRST, no, 0)) == Answer(Outcome.NO_NAME, ttl=30)
    assert resolved(core.resolve(WWW, dns.A, 29 * SECOND)[1]).outcome is Outcome.NO_NAME
    assert sent(core.resolve(WWW, dns.A, 30 * SECOND)[1])


def test_no_such_record() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.AAAA, 0)[1])
    answer = resolved(core.receive_udp(question.port, FIRST, reply(question.payload), 0))
    assert answer.outcome is Outcome.NO_DATA


def test_the_same_question_is_sent_once() -> None:
    core = resolver()
    first, events = core.resolve(WWW, dns.A, 0)
    question = sent(events)
    second, events = core.resolve(WWW, dns.A, 0)
    assert events == []
    told = core.receive_udp(question.port, FIRST, reply(question.payload, a(WWW)), 0)
    assert [event.token for event in told if isinstance(event, Resolved)] == [first, second]


def test_forged_answers_are_ignored() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    good = reply(question.payload, a(WWW))
    other = dns.emit_query(0, dns.Question((b"evil",), dns.A), extended=False)
    wrong_name = good[:2] + reply(other, a((b"evil",)))[2:]
    wrong_number = bytes((good[0] ^ 1,)) + good[1:]
    for port, source, payload in (
        (question.port, SECOND_SERVER, good),
        (question.port ^ 1, FIRST, good),
        (question.port, FIRST, wrong_number),
        (question.port, FIRST, wrong_name),
        (question.port, FIRST, question.payload),
        (question.port, FIRST, good[:20]),
    ):
        assert core.receive_udp(port, source, payload, 0) == []
    assert resolved(core.receive_udp(question.port, FIRST, good, 0)).data == (ADDRESS,)


def test_ports_and_identifiers_are_drawn_anew() -> None:
    core = resolver()
    drawn = set()
    for number in range(100):
        question = sent(core.resolve((str(number).encode(),), dns.A, 0)[1])
        drawn.add((question.port, question.payload[:2]))
        assert 1024 <= question.port < 65536
    assert len(drawn) == 100


def test_silent_servers_are_asked_in_turn_with_growing_patience() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    _, events = core.resolve(WWW, dns.A, 0)
    story = [(0, sent(events).server)]
    answer = None
    while answer is None:
        now = core.deadline()
        events = core.expire(now)
        for event in events:
            if isinstance(event, SendUdp):
                story.append((now // HALF, event.server))
            elif isinstance(event, Resolved):
                answer = event.answer
                story.append((now // HALF, b"failed"))
    one, two = FIRST, SECOND_SERVER
    assert story == [(0, one), (3, two), (6, one), (12, two), (18, one), (30, two), (42, b"failed")]
    assert answer.outcome is Outcome.FAILED
    assert core.deadline() == FOREVER


def test_late_answer_is_an_answer() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    early = sent(core.resolve(WWW, dns.A, 0)[1])
    late = sent(core.expire(core.deadline()))
    events = core.receive_udp(early.port, FIRST, reply(early.payload, a(WWW)), 2 * SECOND)
    assert resolved(events).data == (ADDRESS,)
    assert {event.port for event in events if isinstance(event, ClosePort)} == {early.port, late.port}


def test_server_that_failed_is_asked_last() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    core.resolve(WWW, dns.A, 0)
    core.expire(core.deadline())
    assert sent(core.resolve(ALIAS, dns.A, 2 * SECOND)[1]).server == SECOND_SERVER
    assert sent(core.resolve((b"later",), dns.A, 40 * SECOND)[1]).server == FIRST


def test_server_failure_moves_on_at_once() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    failure = reply(question.payload, code=dns.SERVER_FAILURE)
    again = sent(core.receive_udp(question.port, FIRST, failure, 0))
    assert again.server == SECOND_SERVER


def test_unreachable_server_moves_on_at_once() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    assert sent(core.unreachable(question.port, 0)).server == SECOND_SERVER


def test_server_without_edns() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    assert question.payload[-11:-8] == b"\0\0\x29"
    again = sent(core.receive_udp(question.port, FIRST, reply(question.payload, code=dns.FORMAT_ERROR), 0))
    assert again.server == FIRST
    assert len(again.payload) == len(question.payload) - 11


def test_truncated_answer_is_asked_for_over_tcp() -> None:
    core = resolver()
    token, events = core.resolve(WWW, dns.A, 0)
    question = sent(events)
    closed, ask = core.receive_udp(question.port, FIRST, reply(question.payload, flags=dns.TRUNCATED), 0)
    assert closed == ClosePort(question.port)
    assert isinstance(ask, AskTcp)
    assert ask.server == FIRST
    assert ask.payload[:2] == len(ask.payload[2:]).to_bytes(2, "big")
    answer = reply(ask.payload[2:], a(WWW))
    stream = len(answer).to_bytes(2, "big") + answer
    for octet in stream[:-1]:
        assert core.receive_tcp(ask.attempt, bytes((octet,)), 0) == []
    assert core.receive_tcp(ask.attempt, stream[-1:], 0) == [
        CloseTcp(ask.attempt),
        Resolved(token, Answer(Outcome.FOUND, (ADDRESS,), (), 300)),
    ]


def test_tcp_that_fails_moves_on() -> None:
    core = resolver(FIRST, SECOND_SERVER)
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    _, ask = core.receive_udp(question.port, FIRST, reply(question.payload, flags=dns.TRUNCATED), 0)
    assert isinstance(ask, AskTcp)
    assert sent(core.tcp_failed(ask.attempt, 0)).server == SECOND_SERVER


def test_alias_in_one_message() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    both = reply(question.payload, cname(WWW, ALIAS, ttl=20), a(ALIAS, ttl=100))
    answer = resolved(core.receive_udp(question.port, FIRST, both, 0))
    assert (answer.data, answer.ttl) == ((ADDRESS,), 20)


def test_alias_whose_target_must_be_asked_for() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    alias = reply(question.payload, cname(WWW, ALIAS, ttl=20))
    further = sent(core.receive_udp(question.port, FIRST, alias, 0))
    parsed = dns.parse(further.payload)
    assert not isinstance(parsed, Drop)
    assert parsed.question is not None
    assert parsed.question.name == ALIAS
    answer = resolved(core.receive_udp(further.port, FIRST, reply(further.payload, a(ALIAS)), 0))
    assert (answer.data, answer.ttl) == ((ADDRESS,), 20)
    assert resolved(core.resolve(WWW, dns.A, 0)[1]).data == (ADDRESS,)


def test_aliases_in_a_circle_end() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    events = core.receive_udp(question.port, FIRST, reply(question.payload, cname(WWW, ALIAS)), 0)
    for _ in range(20):
        if any(isinstance(event, Resolved) for event in events):
            break
        question = sent(events)
        asked = dns.parse(question.payload)
        assert not isinstance(asked, Drop)
        assert asked.question is not None
        other = ALIAS if asked.question.name == WWW else WWW
        answer = reply(question.payload, cname(asked.question.name, other))
        events = core.receive_udp(question.port, FIRST, answer, 0)
    assert resolved(events).outcome is Outcome.FAILED


def test_aliases_in_a_circle_in_one_message() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    circle = reply(question.payload, cname(WWW, ALIAS), cname(ALIAS, WWW))
    assert resolved(core.receive_udp(question.port, FIRST, circle, 0)).outcome is Outcome.FAILED


def test_records_of_other_names_are_not_believed() -> None:
    core = resolver()
    question = sent(core.resolve(WWW, dns.A, 0)[1])
    poison = reply(question.payload, a((b"bank", b"example")), a(WWW))
    assert resolved(core.receive_udp(question.port, FIRST, poison, 0)).data == (ADDRESS,)
    assert sent(core.resolve((b"bank", b"example"), dns.A, 0)[1])


def test_name_of_an_address() -> None:
    core = resolver()
    owner = dns.reverse_name(ADDRESS)
    question = sent(core.resolve(owner, dns.PTR, 0)[1])
    record = dns.Record(owner, dns.PTR, 60, b"", WWW)
    assert resolved(core.receive_udp(question.port, FIRST, reply(question.payload, record), 0)).names == (
        WWW,
    )


def test_localhost_needs_no_server() -> None:
    core = resolver()
    assert resolved(core.resolve((b"LocalHost",), dns.A, 0)[1]).data == (at("127.0.0.1"),)
    assert resolved(core.resolve((b"localhost",), dns.AAAA, 0)[1]).data == (at("::1"),)
    assert resolved(core.resolve((b"x", b"invalid"), dns.A, 0)[1]).outcome is Outcome.NO_NAME


def test_no_servers() -> None:
    core = Resolver(random.Random(1).randrange)
    assert resolved(core.resolve(WWW, dns.A, 0)[1]).outcome is Outcome.FAILED


def test_cancelled_question_closes_its_port() -> None:
    core = resolver()
    first, events = core.resolve(WWW, dns.A, 0)
    question = sent(events)
    second, _ = core.resolve(WWW, dns.A, 0)
    assert core.cancel(first) == []
    assert core.cancel(second) == [ClosePort(question.port)]
    assert core.receive_udp(question.port, FIRST, reply(question.payload, a(WWW)), 0) == []


def test_questions_are_bounded() -> None:
    core = resolver()
    for number in range(MAXIMUM_QUERIES):
        core.resolve((str(number).encode(),), dns.A, 0)
    assert resolved(core.resolve((b"more",), dns.A, 0)[1]).outcome is Outcome.REFUSED


def test_memory_is_bounded_and_forgets_the_longest_unused() -> None:
    cache = Cache(3)
    answer = Answer(Outcome.FOUND, (ADDRESS,), ttl=100)
    for label in (b"a", b"b", b"c"):
        cache.put((label,), dns.A, answer, 0)
    cache.get((b"a",), dns.A, 0)
    cache.put((b"d",), dns.A, answer, 0)
    assert [cache.get((label,), dns.A, 0) is not None for label in (b"a", b"b", b"c", b"d")] == [
        True, False, True, True,
    ]  # fmt: skip


@given(
    st.lists(st.sampled_from(("time", "answer", "failure", "truncated", "unreachable", "tcp")), max_size=40)
)
def test_every_story_ends_with_one_answer_and_nothing_open(story: list[str]) -> None:
    core = resolver(FIRST, SECOND_SERVER)
    _, events = core.resolve(WWW, dns.A, 0)
    seen = list(events)
    now = 0
    for step in [*story, *["time"] * 40]:
        udp = [event for event in seen if isinstance(event, SendUdp)]
        tcp = [event for event in seen if isinstance(event, AskTcp)]
        if step == "time":
            now = max(now, core.deadline()) if core.deadline() != FOREVER else now
            seen += core.expire(now)
        elif step == "tcp" and tcp:
            seen += core.tcp_failed(tcp[-1].attempt, now)
        elif step == "unreachable":
            seen += core.unreachable(udp[-1].port, now)
        elif step != "tcp":
            code = dns.SERVER_FAILURE if step == "failure" else 0
            flags = dns.TRUNCATED if step == "truncated" else 0
            records = [a(WWW)] if step == "answer" else []
            seen += core.receive_udp(
                udp[-1].port, udp[-1].server, reply(udp[-1].payload, *records, code=code, flags=flags), now
            )
    assert len([event for event in seen if isinstance(event, Resolved)]) == 1
    assert {e.port for e in seen if isinstance(e, SendUdp)} == {
        e.port for e in seen if isinstance(e, ClosePort)
    }
    assert {e.attempt for e in seen if isinstance(e, AskTcp)} == {
        e.attempt for e in seen if isinstance(e, CloseTcp)
    }
    assert core.deadline() == FOREVER
