"""How connections end (RFC 9293 §3.6, §3.10.4, §3.10.5, §3.10.7.4)."""

from dataclasses import replace

from pymirage.net.tcp.failure import Failure
from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State
from pymirage.wire.drop import Drop
from tests.net.tcp.peer import ACK, SYN, SYN_ACK, Peer, Segment, established, listening


def in_time_wait(settings: Settings | None = None, syn: Segment = SYN) -> Peer:
    """A connection that we closed first, at 0 ms."""
    peer = established(settings, syn)
    stamp = None if syn.stamp is None else (syn.stamp[0] + 1, 0)
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.send(at=0, segment=Segment("F.", seq=1, ack=2, stamp=stamp))
    peer.expect(at=0, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.TIME_WAIT
    return peer


def test_we_close_first() -> None:
    """Figure 12, TCP peer A."""
    peer = established()
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    assert peer.state() is State.FIN_WAIT_1
    peer.send(at=5, segment=Segment(".", seq=1, ack=2))
    assert peer.state() is State.FIN_WAIT_2
    peer.send(at=9, segment=Segment("F.", seq=1, ack=2))
    peer.expect(at=9, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.TIME_WAIT
    assert peer.events() == ["connected", "end", "closed"]
    peer.expect_nothing(until=60_008)
    assert peer.stack.count() == 1
    peer.advance(at=60_009)
    assert peer.stack.count() == 0


def test_peer_closes_first() -> None:
    """Figure 12, TCP peer B."""
    peer = established()
    peer.send(at=0, segment=FIN)
    peer.expect(at=0, segment=Segment(".", seq=1, ack=2))
    assert peer.state() is State.CLOSE_WAIT
    assert peer.events() == ["connected", "end"]
    peer.advance(at=1000)
    peer.connection.shutdown()
    peer.expect(at=1000, segment=Segment("F.", seq=1, ack=2))
    assert peer.state() is State.LAST_ACK
    peer.send(at=1001, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.CLOSED
    assert peer.events() == ["connected", "end", "closed"]
    assert peer.stack.count() == 0


FIN = Segment("F.", seq=1, ack=1)


def test_peer_has_forgotten_before_our_fin_comes_again() -> None:
    """Its TIME-WAIT is over, its acknowledgments were lost: in LAST-ACK and CLOSING that is no error."""
    for late in (False, True):
        peer = established()
        if late:
            peer.connection.shutdown()
            peer.send(at=0, segment=FIN)
            assert peer.state() is State.CLOSING
        else:
            peer.send(at=0, segment=FIN)
            peer.connection.shutdown()
            peer.advance(at=0)
            assert peer.state() is State.LAST_ACK
        peer.send(at=1, segment=Segment("R", seq=2))
        assert peer.events() == ["connected", "end", "closed"]
        assert peer.stack.count() == 0


def test_reset_in_last_ack_when_data_may_be_lost() -> None:
    peer = established()
    peer.send(at=0, segment=FIN)
    peer.connection.write(b"bye")
    peer.connection.shutdown()
    peer.advance(at=0)
    assert peer.state() is State.LAST_ACK
    peer.send(at=1, segment=Segment("R", seq=2))
    assert peer.events() == ["connected", "end", Failure.RESET]
    assert peer.stack.count() == 0


def test_fin_is_answered_by_one_segment_when_the_application_closes_at_once() -> None:
    peer = established()
    peer.application.close_at_end = True
    peer.send(at=0, segment=FIN)
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=2))
    peer.expect_nothing(until=100)


def test_simultaneous_close() -> None:
    """Figure 13."""
    peer = established()
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.send(at=1, segment=FIN)
    peer.expect(at=1, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.CLOSING
    peer.send(at=2, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.TIME_WAIT
    peer.expect_nothing(until=60_002)
    assert peer.stack.count() == 0


def test_fin_goes_with_the_last_data() -> None:
    peer = established()
    peer.connection.write(b"bye")
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("FP.", seq=1, ack=1, data=b"bye"))
    peer.send(at=1, segment=Segment(".", seq=1, ack=4))
    assert peer.state() is State.FIN_WAIT_1, "the FIN is not acknowledged"
    peer.send(at=2, segment=Segment(".", seq=1, ack=5))
    assert peer.state() is State.FIN_WAIT_2


def test_half_close_peer_goes_on_sending() -> None:
    peer = established()
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.send(at=1, segment=Segment(".", seq=1, ack=2))
    for index in range(5):
        peer.send(at=1000 * index + 1000, segment=Segment("P.", seq=1 + 4 * index, ack=2, data=b"more"))
        peer.expect(at=1000 * index + 1040, segment=Segment(".", seq=2, ack=5 + 4 * index))
    assert peer.application.received == b"more" * 5
    assert peer.state() is State.FIN_WAIT_2


def test_half_close_we_go_on_sending() -> None:
    peer = established()
    peer.send(at=0, segment=FIN)
    peer.expect(at=0, segment=Segment(".", seq=1, ack=2))
    peer.write(at=10, data=b"more")
    peer.expect(at=10, segment=Segment("P.", seq=1, ack=2, data=b"more"))


def test_fin_is_sent_again() -> None:
    peer = established()
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    again = peer.connection.timers.next()
    assert again < peer.now + 1_000_000_000
    peer.advance(at=1000)
    assert peer.seen and peer.seen[0][1].flags == "F."


def test_fin_in_time_wait_is_acknowledged_and_time_wait_begins_again() -> None:
    peer = in_time_wait()
    peer.send(at=30_000, segment=Segment("F.", seq=1, ack=2))
    peer.expect(at=30_000, segment=Segment(".", seq=2, ack=2))
    peer.expect_nothing(until=89_999)
    assert peer.stack.count() == 1
    peer.advance(at=90_000)
    assert peer.stack.count() == 0
    assert not peer.stack.time_wait.entered, "nothing holds on to what it was"


def test_reset_does_not_end_time_wait() -> None:
    """RFC 1337."""
    peer = in_time_wait()
    assert peer.send(at=1, segment=Segment("R", seq=2)) is Drop.TCP_TIME_WAIT
    assert peer.state() is State.TIME_WAIT


def test_new_connection_takes_the_place_of_time_wait_by_sequence_number() -> None:
    peer = in_time_wait()
    last = peer.connection.snd_nxt
    old = peer.our_isn
    assert peer.send(at=100, segment=replace(SYN, seq=70_000)) is None
    answer = peer.seen.pop(0)[1]
    assert answer.flags == "S." and answer.ack == 70_001
    assert peer.our_isn is not None and old is not None
    assert 0 < (peer.our_isn - last) & 0xFFFF_FFFF < 1 << 31, "RFC 6191: our numbers go on above the old ones"


def test_new_connection_takes_the_place_of_time_wait_by_timestamp() -> None:
    """RFC 6191 §2: a newer timestamp allows any number."""
    peer = in_time_wait(Settings(), replace(SYN, stamp=(1000, 0)))
    peer.send(at=100, segment=replace(SYN, seq=-5000, stamp=(1100, 0)))
    answer = peer.seen.pop(0)[1]
    assert answer.flags == "S." and answer.ack == 0xFFFF_FFFF & -4999


def test_old_syn_does_not_take_the_place_of_time_wait() -> None:
    peer = in_time_wait(Settings(), replace(SYN, stamp=(1000, 0)))
    peer.send(at=100, segment=replace(SYN, seq=-5000, stamp=(900, 0)))
    peer.expect(at=100, segment=Segment(".", seq=2, ack=2))
    assert peer.state() is State.TIME_WAIT


def test_connections_in_time_wait_give_way_to_new_ones() -> None:
    """A server that closes first would else refuse its clients for a minute."""
    settings = Settings()
    settings.connections = 5
    peer = closed_one_after_the_other(settings, 20)
    assert peer.stack.count() == 5
    peer.their_port += 1
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)


def test_connections_in_use_do_not_give_way() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.connections = 5
    peer = listening(settings)
    for index in range(8):
        peer.their_port = 20_000 + index
        peer.send(at=0, segment=SYN)
        peer.send(at=0, segment=ACK)
    assert len(peer.acceptor.accepted) == 5
    assert peer.stack.count() == 5


def test_connections_in_time_wait_are_bounded() -> None:
    settings = Settings()
    settings.time_wait_connections = 5
    assert closed_one_after_the_other(settings, 20).stack.count() == 5


def closed_one_after_the_other(settings: Settings, count: int) -> Peer:
    """Each by us first."""
    settings.timestamps = False
    peer = listening(settings)
    for index in range(count):
        peer.their_port = 20_000 + index
        peer.send(at=0, segment=SYN)
        peer.expect(at=0, segment=SYN_ACK)
        peer.send(at=0, segment=ACK)
        peer.connection.shutdown()
        peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
        peer.send(at=0, segment=Segment("F.", seq=1, ack=2))
        peer.expect(at=0, segment=Segment(".", seq=2, ack=2))
    return peer


def test_abort() -> None:
    peer = established()
    peer.connection.abort(peer.now)
    peer.expect(at=0, segment=Segment("R.", seq=1, ack=1))
    assert peer.state() is State.CLOSED
    assert peer.events() == ["connected"], "it is the application's own doing"
    assert peer.stack.count() == 0
    assert peer.connection.write(b"x") == 0


def test_reset_by_peer() -> None:
    peer = established()
    peer.application.lazy = True
    peer.send(at=0, segment=Segment("P.", seq=1, ack=1, data=b"x"))
    peer.send(at=0, segment=Segment("R", seq=2))
    assert peer.events() == ["connected", Failure.RESET]
    assert peer.stack.count() == 0
    assert peer.stack.memory.used == 0


def test_close_with_unread_data_resets() -> None:
    """RFC 9293 §3.6.1: the peer must learn that its data was not read."""
    peer = established()
    peer.application.lazy = True
    peer.send(at=0, segment=Segment("P.", seq=1, ack=1, data=b"unread"))
    peer.connection.close(peer.now)
    peer.expect(at=0, segment=Segment("R.", seq=1, ack=7))
    assert peer.stack.count() == 0


def test_data_after_close_resets() -> None:
    peer = established()
    peer.connection.close(peer.now)
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.send(at=1, segment=Segment(".", seq=1, ack=2))
    assert peer.send(at=2, segment=Segment("P.", seq=1, ack=2, data=b"x")) is Drop.TCP_AFTER_CLOSE
    peer.expect(at=2, segment=Segment("R.", seq=2, ack=1))
    assert peer.events() == ["connected", Failure.ABORTED]


def test_closed_connection_does_not_wait_for_ever_for_the_peers_fin() -> None:
    peer = established()
    peer.connection.close(peer.now)
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.send(at=1, segment=Segment(".", seq=1, ack=2))
    peer.expect_nothing(until=60_000)
    assert peer.stack.count() == 1
    peer.advance(at=60_001)
    assert peer.stack.count() == 0
    assert peer.events() == ["connected", "closed"]


def test_fin_out_of_order_waits_for_the_data_before_it() -> None:
    peer = established()
    peer.send(at=0, segment=Segment("FP.", seq=4, ack=1, data=b"def"))
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1, sack=((4, 7),)))
    assert peer.state() is State.ESTABLISHED
    peer.send(at=1, segment=Segment("P.", seq=1, ack=1, data=b"abc"))
    peer.expect(at=1, segment=Segment(".", seq=1, ack=7))
    assert peer.application.received == b"abcdef"
    peer.send(at=2, segment=Segment("F.", seq=7, ack=1))
    peer.expect(at=2, segment=Segment(".", seq=1, ack=8))
    assert peer.state() is State.CLOSE_WAIT


def test_repeated_fin_in_close_wait() -> None:
    peer = established()
    peer.send(at=0, segment=FIN)
    peer.expect(at=0, segment=Segment(".", seq=1, ack=2))
    peer.send(at=1, segment=FIN)
    peer.expect(at=1, segment=Segment(".", seq=1, ack=2))
    assert peer.state() is State.CLOSE_WAIT


def test_shutdown_before_established() -> None:
    peer = listening()
    peer.send(at=0, segment=SYN)
    peer.expect(at=0, segment=SYN_ACK)
    peer.send(at=0, segment=ACK)
    peer.connection.shutdown()
    peer.connection.shutdown()
    peer.expect(at=0, segment=Segment("F.", seq=1, ack=1))
    peer.expect_nothing(until=0)
    assert peer.connection.write(b"late") == 0


def test_a_fin_by_itself_refers_to_no_data() -> None:
    """The last write left in two segments, so that the queue's offset is not 0."""
    peer = established()
    peer.connection.write(bytes(2000))
    peer.expect(at=0, segment=Segment(".", seq=1, size=1460))
    peer.expect(at=0, segment=Segment("P.", seq=1461, size=540))
    peer.connection.close(peer.now)
    peer.expect(at=0, segment=Segment("F.", seq=2001))
    last = peer.connection.flight.tail
    assert last is not None and (last.data, last.at) == (b"", 0)


def test_what_an_orphan_left_is_taken_or_cut_off() -> None:
    """A peer that keeps its window closed, and answers every probe, after the application has gone."""
    peer = established(window=0)
    peer.write(at=0, data=b"hello")
    peer.connection.close(peer.now)
    for second in range(1, 100):
        peer.advance(at=1000 * second)
        peer.seen.clear()
        peer.send(at=1000 * second, segment=Segment(".", seq=1, ack=1, window=0))
    assert peer.state() is State.FIN_WAIT_1
    peer.advance(at=100_000)
    assert peer.seen[-1][1].flags == "R." and peer.state() is State.CLOSED
    assert peer.stack.count() == 0


def drain(peer: Peer, until: int, window: int) -> None:
    """The peer takes so much every ten seconds, from ten seconds on."""
    taken = 1
    for second in range(10, until, 10):
        peer.advance(at=1000 * second)
        sent = [segment.seq + len(segment.data) for _, segment in peer.seen if segment.data and segment.seq]
        taken = max([taken, *sent])
        peer.seen.clear()
        peer.send(at=1000 * second, segment=Segment(".", seq=1, ack=taken, window=window))


def test_an_orphan_whose_peer_takes_an_octet_now_and_then_is_cut_off() -> None:
    peer = established(window=1)
    peer.write(at=0, data=b"a" * 1000)
    peer.connection.close(peer.now)
    drain(peer, 100, window=1)
    assert peer.state() is State.FIN_WAIT_1
    peer.advance(at=100_000)
    assert peer.seen[-1][1].flags == "R." and peer.stack.count() == 0


def test_an_orphan_whose_peer_is_slow_has_its_time() -> None:
    """100 octets a second are enough, however long it takes."""
    peer = established(window=3000)
    peer.write(at=0, data=b"a" * 1_000_000)
    peer.connection.close(peer.now)
    drain(peer, 1000, window=3000)
    assert peer.state() is State.FIN_WAIT_1 and 0 < peer.connection.outgoing.size < 900_000


def test_an_orphan_that_is_taken_ends_as_it_should() -> None:
    peer = established(window=0)
    peer.write(at=0, data=b"hello")
    peer.connection.close(peer.now)
    peer.send(at=59_000, segment=Segment(".", seq=1, ack=1, window=100))
    peer.seen.clear()
    peer.send(at=59_001, segment=Segment(".", seq=1, ack=7, window=100))
    assert peer.state() is State.FIN_WAIT_2
    peer.send(at=110_000, segment=Segment("F.", seq=1, ack=7))
    assert peer.state() is State.TIME_WAIT
    peer.advance(at=170_000)
    assert peer.state() is State.CLOSED and not any("R" in segment.flags for _, segment in peer.seen)


def test_a_window_that_stays_closed_costs_who_did_not_close_nothing() -> None:
    """A half-close is no close: the application may still wait for the other half."""
    peer = established(window=0)
    peer.write(at=0, data=b"hello")
    peer.connection.shutdown()
    for minute in range(1, 20):
        peer.advance(at=60_000 * minute)
        peer.seen.clear()
        peer.send(at=60_000 * minute, segment=Segment(".", seq=1, ack=1, window=0))
    assert peer.state() is State.FIN_WAIT_1
