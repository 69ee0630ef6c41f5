"""Receiving: order, windows, acknowledgments, segments that should not have come (RFC 9293 §3.8)."""

from dataclasses import replace

from pymirage.net.tcp.settings import Settings
from pymirage.net.tcp.state import State
from pymirage.wire.drop import Drop
from tests.net.tcp.peer import SYN, Segment, established

FULL = b"x" * 1460


def data(seq: int, octets: bytes, ack: int = 1) -> Segment:
    return Segment("P.", seq=seq, ack=ack, data=octets)


def test_small_segment_is_acknowledged_with_delay() -> None:
    peer = established()
    peer.send(at=0, segment=data(1, b"hello"))
    assert peer.application.received == b"hello"
    peer.expect(at=40, segment=Segment(".", seq=1, ack=6))


def test_answer_carries_the_acknowledgment() -> None:
    peer = established()
    peer.send(at=0, segment=data(1, b"hello"))
    peer.write(at=10, data=b"world")
    peer.expect(at=10, segment=Segment("P.", seq=1, ack=6, data=b"world"))
    peer.send(at=20, segment=Segment(".", seq=6, ack=6))
    peer.expect_nothing(until=200)


def test_every_second_full_segment_is_acknowledged_at_once() -> None:
    peer = established()
    peer.send(at=0, segment=data(1, FULL))
    peer.expect_nothing(until=0)
    peer.send(at=1, segment=data(1461, FULL))
    peer.expect(at=1, segment=Segment(".", seq=1, ack=2921))
    peer.send(at=2, segment=data(2921, FULL))
    peer.expect(at=42, segment=Segment(".", seq=1, ack=4381))


def test_a_batch_is_acknowledged_and_told_once() -> None:
    peer = established()
    peer.send_together(0, *(data(1 + 1460 * index, FULL) for index in range(6)))
    assert len(peer.application.received) == 6 * 1460
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1 + 6 * 1460))
    peer.expect_nothing(until=200)
    assert peer.application.told == 1


def test_a_long_batch_is_acknowledged_in_between() -> None:
    """The sender's window must not run empty meanwhile."""
    peer = established(syn=replace(SYN, scale=7))
    peer.send(at=0, segment=data(1, b"x"))
    peer.expect(at=0, segment=Segment(".", seq=1, ack=2))
    peer.send_together(50, *(data(2 + 1460 * index, FULL) for index in range(64)))
    peer.expect(at=50, segment=Segment(".", seq=1, ack=2 + 45 * 1460))
    peer.expect(at=50, segment=Segment(".", seq=1, ack=2 + 64 * 1460))


def test_data_and_the_end_of_the_stream_in_one_batch() -> None:
    peer = established()
    peer.send_together(0, data(1, b"hello"), Segment("F.", seq=6, ack=1))
    assert peer.application.received == b"hello"
    assert peer.connection.at_end()
    peer.expect(at=0, segment=Segment(".", seq=1, ack=7))


def test_what_the_handler_writes_carries_the_acknowledgment_of_a_batch() -> None:
    peer = established()
    peer.application.answer = b"answer"
    peer.send_together(0, data(1, FULL), data(1461, FULL))
    peer.expect(at=0, segment=Segment("P.", seq=1, ack=2921, data=b"answer"))
    peer.expect_nothing(until=39)


def test_gap_is_reported_at_once() -> None:
    peer = established()
    peer.send(at=0, segment=data(11, b"3" * 10))
    peer.expect(at=0, segment=Segment(".", ack=1, sack=((11, 21),)))
    peer.send(at=1, segment=data(31, b"5" * 10))
    peer.expect(at=1, segment=Segment(".", ack=1, sack=((31, 41), (11, 21))))
    peer.send(at=2, segment=data(21, b"4" * 10))
    peer.expect(at=2, segment=Segment(".", ack=1, sack=((11, 41),)))
    assert peer.application.received == b""
    peer.send(at=3, segment=data(1, b"1" * 10))
    peer.expect(at=3, segment=Segment(".", ack=41, sack=()))
    assert peer.application.received == b"1" * 10 + b"3" * 10 + b"4" * 10 + b"5" * 10


def test_four_blocks_at_most_the_newest_first() -> None:
    peer = established()
    for index in range(6):
        peer.send(at=index, segment=data(11 + 20 * index, b"x" * 10))
        first = (11 + 20 * index, 21 + 20 * index)
        sent = peer.expect(at=index, segment=Segment(".", ack=1))
        assert sent.sack is not None and sent.sack[0] == first
    assert sent.sack == ((111, 121), (91, 101), (71, 81), (51, 61))


def test_three_blocks_beside_timestamps() -> None:
    peer = established(Settings(), replace(SYN, sack_permitted=True, stamp=(1, 0)))
    for index in range(5):
        peer.send(at=index, segment=replace(data(11 + 20 * index, b"x" * 10), stamp=(2, 0)))
        sent = peer.expect(at=index, segment=Segment(".", ack=1))
    assert sent.sack == ((91, 101), (71, 81), (51, 61))


def test_no_blocks_without_agreement() -> None:
    peer = established(syn=SYN)
    peer.send(at=0, segment=data(11, b"x"))
    peer.expect(at=0, segment=Segment(".", ack=1, sack=()))


def test_duplicate_is_reported_once() -> None:
    """RFC 2883 §4.1."""
    peer = established()
    peer.send(at=0, segment=data(1, b"abcdef"))
    peer.expect(at=40, segment=Segment(".", ack=7))
    peer.send(at=50, segment=data(1, b"abcdef"))
    peer.expect(at=50, segment=Segment(".", ack=7, sack=((1, 7),)))
    peer.send(at=60, segment=data(20, b"x"))
    peer.expect(at=60, segment=Segment(".", ack=7, sack=((20, 21),)))


def test_overlap_is_trimmed() -> None:
    peer = established()
    peer.send(at=0, segment=data(1, b"abc"))
    peer.send(at=1, segment=data(2, b"bcdef"))
    peer.expect(at=1, segment=Segment(".", ack=7))
    assert peer.application.received == b"abcdef"


def test_duplicate_within_blocks() -> None:
    """RFC 2883 §4.2: the duplicate first, then the block that holds it."""
    peer = established()
    peer.send(at=0, segment=data(11, b"abcdefghij"))
    peer.expect(at=0, segment=Segment(".", ack=1, sack=((11, 21),)))
    peer.send(at=1, segment=data(13, b"cde"))
    peer.expect(at=1, segment=Segment(".", ack=1, sack=((13, 16), (11, 21))))


def test_window_closes_and_opens() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.receive_initial = settings.receive_maximum = 4000
    peer = established(settings)
    peer.application.lazy = True
    peer.send(at=0, segment=data(1, FULL))
    peer.send(at=0, segment=data(1461, FULL))
    peer.expect(at=0, segment=Segment(".", ack=2921, window=1080))
    peer.send(at=1, segment=data(2921, FULL[:1080]))
    peer.expect(at=41, segment=Segment(".", ack=4001, window=0))
    assert peer.send(at=50, segment=data(4001, b"z")) is Drop.TCP_SEQUENCE
    peer.expect(at=50, segment=Segment(".", ack=4001, window=0))
    peer.advance(at=60)
    assert len(peer.connection.read(1000, peer.now)) == 1000
    peer.expect_nothing(until=60)
    assert len(peer.connection.read(2000, peer.now)) == 2000
    peer.expect(at=60, segment=Segment(".", ack=4001, window=3000))


def test_window_does_not_shrink() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.receive_initial = 10_000
    peer = established(settings)
    peer.application.lazy = True
    edge = 1 + 10_000
    at = 0
    for index in range(20):
        peer.send(at=at, segment=data(1 + 100 * index, b"x" * 100))
        sent = peer.expect(at=at + 40, segment=Segment("."))
        assert sent.ack is not None and sent.window is not None
        assert sent.ack + sent.window >= edge
        edge = sent.ack + sent.window
        at += 50


def test_data_beyond_the_window_is_cut() -> None:
    settings = Settings()
    settings.receive_initial = settings.receive_maximum = 1000
    settings.timestamps = False
    peer = established(settings)
    peer.application.lazy = True
    peer.send(at=0, segment=data(1, b"x" * 1400))
    peer.expect(at=0, segment=Segment(".", ack=1001, window=0))
    assert peer.connection.readable() == 1000


def test_buffer_grows_with_what_the_application_reads() -> None:
    peer = established(syn=replace(SYN, sack_permitted=True, scale=7))
    connection = peer.connection
    before = connection.window.limit
    sequence = 1
    for round_trip in range(40):
        for _ in range(64):
            peer.send(at=10 * round_trip, segment=data(sequence, FULL))
            sequence += 1460
    assert connection.window.limit > 2 * before
    assert connection.window.limit <= peer.stack.settings.receive_maximum


def test_buffer_of_a_slow_reader_does_not_grow() -> None:
    peer = established(syn=replace(SYN, sack_permitted=True, scale=7))
    peer.application.lazy = True
    before = peer.connection.window.limit
    for index in range(80):
        peer.send(at=index, segment=data(1 + 1460 * index, FULL))
    assert peer.connection.window.limit == before


def test_old_timestamp_is_refused() -> None:
    """PAWS, RFC 7323 §5.3."""
    peer = established(Settings(), replace(SYN, stamp=(1000, 0)))
    peer.send(at=0, segment=replace(data(1, b"a"), stamp=(1001, 0)))
    assert peer.send(at=1, segment=replace(data(2, b"b"), stamp=(999, 0))) is Drop.TCP_TIMESTAMP
    sent = peer.expect(at=1, segment=Segment(".", ack=2))
    assert sent.stamp is not None and sent.stamp[1] == 1001
    assert peer.application.received == b"a"


def test_segment_without_the_timestamp_agreed_upon_is_dropped() -> None:
    peer = established(Settings(), replace(SYN, stamp=(1000, 0)))
    assert peer.send(at=0, segment=data(1, b"a")) is Drop.TCP_TIMESTAMP
    peer.expect_nothing(until=100)


def test_echo_is_that_of_the_segment_that_advances() -> None:
    """RFC 7323 §4.3: with a gap the echo stays that of the last segment in order."""
    peer = established(Settings(), replace(SYN, stamp=(1000, 0), sack_permitted=True))
    peer.send(at=0, segment=replace(data(1, b"a"), stamp=(1010, 0)))
    peer.send(at=1, segment=replace(data(3, b"c"), stamp=(1020, 0)))
    sent = peer.expect(at=1, segment=Segment(".", ack=2))
    assert sent.stamp is not None and sent.stamp[1] == 1010
    peer.send(at=2, segment=replace(data(2, b"b"), stamp=(1015, 0)))
    sent = peer.expect(at=2, segment=Segment(".", ack=4))
    assert sent.stamp is not None and sent.stamp[1] == 1015


def test_reset_in_window_is_challenged() -> None:
    """RFC 5961 §3.2."""
    peer = established()
    assert peer.send(at=0, segment=Segment("R", seq=2)) is Drop.TCP_RESET
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1))
    assert peer.send(at=0, segment=Segment("R", seq=100_000)) is Drop.TCP_RESET
    peer.expect_nothing(until=100)
    assert peer.state() is State.ESTABLISHED


def test_syn_is_challenged() -> None:
    """RFC 5961 §4.2."""
    peer = established()
    assert peer.send(at=0, segment=Segment("S", seq=100, mss=1460)) is Drop.TCP_SYN
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1))
    assert peer.state() is State.ESTABLISHED


def test_acknowledgment_of_what_was_not_sent_is_challenged() -> None:
    """RFC 5961 §5.2."""
    peer = established()
    assert peer.send(at=0, segment=Segment(".", seq=1, ack=1000)) is Drop.TCP_ACK
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1))
    assert peer.send(at=0, segment=Segment(".", seq=1, ack=-100_000)) is Drop.TCP_ACK
    peer.expect(at=0, segment=Segment(".", seq=1, ack=1))


def test_challenges_are_bounded() -> None:
    """RFC 5961 §7, and CVE-2016-5696: the bound of each second is not a fixed number."""
    peer = established()
    counts = []
    for second in range(4):
        for _ in range(500):
            peer.send(at=1000 * second + 1, segment=Segment("R", seq=2))
        counts.append(len(peer.seen))
        peer.seen.clear()
    assert all(50 <= count <= 150 for count in counts)
    assert len(set(counts)) > 1


def test_segments_outside_of_the_window_are_answered_sparsely() -> None:
    peer = established()
    for index in range(100):
        assert peer.send(at=index, segment=Segment(".", seq=-1000, ack=1)) is Drop.TCP_SEQUENCE
    assert len(peer.seen) == 1


def test_keepalive_of_the_peer_is_answered() -> None:
    peer = established()
    peer.send(at=5000, segment=Segment(".", seq=0, ack=1))
    peer.expect(at=5000, segment=Segment(".", seq=1, ack=1))


def test_segment_without_ack_is_dropped() -> None:
    peer = established()
    assert peer.send(at=0, segment=Segment("P", seq=1, data=b"x")) is Drop.TCP_FLAGS
    assert peer.application.received == b""


def test_urgent_data_is_delivered_in_line() -> None:
    peer = established()
    peer.send(at=0, segment=Segment("UP.", seq=1, ack=1, data=b"now"))
    assert peer.application.received == b"now"


def test_wrong_checksum_and_broadcast_are_dropped() -> None:
    from pymirage.net.packet import BROADCAST, Packet
    from tests.net.tcp.surroundings import packet_of

    peer = established()
    frame = peer._encode(data(1, b"hello"), peer.their_port)
    packet = packet_of(peer.interface, frame[:-1] + b"!")
    assert peer.stack.receive_packet(packet, peer.now) is Drop.CHECKSUM
    good = packet_of(peer.interface, frame)
    broadcast = Packet(
        peer.interface,
        frame,
        good.ip_at,
        good.at,
        good.end,
        4,
        6,
        good.source_high,
        good.source_low,
        good.destination_high,
        good.destination_low,
        64,
        0,
        BROADCAST,
        False,
    )
    assert peer.stack.receive_packet(broadcast, peer.now) is Drop.MARTIAN
    verified = packet_of(peer.interface, frame[:-1] + b"!", verified=True)
    assert peer.stack.receive_packet(verified, peer.now) is None
    peer.poll()
    assert peer.application.received == b"hell!"


def test_memory_for_all_connections_is_bounded() -> None:
    settings = Settings()
    settings.timestamps = False
    settings.memory = 20_000
    peer = established(settings)
    peer.application.lazy = True
    reasons = [peer.send(at=index, segment=data(1 + 1460 * index, FULL)) for index in range(40)]
    assert peer.stack.memory.used <= settings.memory + 1460
    assert Drop.TCP_MEMORY in reasons or Drop.TCP_SEQUENCE in reasons
    read = 0
    while octets := peer.connection.read(4096, peer.now):
        read += len(octets)
    assert read >= 10_000
    assert peer.stack.memory.used == 0


def test_blocks_out_of_order_are_bounded() -> None:
    from pymirage.net.tcp import assembler

    peer = established()
    for index in range(assembler.LIMIT + 50):
        peer.send(at=0, segment=data(3 + 2 * index, b"x"))
    assert len(peer.connection.assembler.blocks) == assembler.LIMIT
    assert peer.reason is Drop.TCP_MEMORY


def test_joined_segments_of_a_device_are_acknowledged_at_once() -> None:
    """Receive offload hands up several segments as one."""
    peer = established()
    peer.send(at=0, segment=data(1, b"y" * 14_600))
    peer.expect(at=0, segment=Segment(".", ack=14_601))
    assert len(peer.application.received) == 14_600


def test_acknowledgment_counts_although_the_window_is_closed() -> None:
    """RFC 9293 §3.10.7.4: ACKs are processed, data is not; SACK blocks are read, numbers are checked."""
    settings = Settings()
    settings.timestamps = False
    settings.receive_initial = settings.receive_maximum = 1000
    peer = established(settings, round_trip=30)
    peer.application.lazy = True
    peer.connection.set_no_delay(True)
    for _ in range(3):
        peer.write(at=30, data=b"y" * 10)
        peer.advance(at=30)
    peer.seen.clear()
    peer.send(at=30, segment=data(1, b"x" * 1000))
    peer.expect(at=70, segment=Segment(".", ack=1001, window=0))
    beyond = Segment(".", seq=1001, ack=11, data=b"z", sack=((21, 31),))
    assert peer.send(at=80, segment=beyond) is Drop.TCP_SEQUENCE
    assert peer.connection.flight.size == 20
    assert peer.connection.flight.sacked == 10
    assert peer.send(at=81, segment=Segment(".", seq=1001, ack=5000, data=b"z")) is Drop.TCP_SEQUENCE
    assert peer.connection.flight.size == 20


def test_timestamp_outside_of_the_window_is_not_recorded() -> None:
    peer = established(Settings(), replace(SYN, stamp=(1000, 0)))
    peer.send(at=0, segment=replace(data(-100_000, b"a"), stamp=(50_000, 0)))
    assert peer.connection.ts_recent == 1000


def test_tiny_segments_in_reverse_are_few_pieces() -> None:
    """What counts as few octets must not be many objects."""
    peer = established()
    data = bytes(number % 251 for number in range(4000))
    for at in range(3998, 0, -2):
        peer.send(at=0, segment=Segment(".", seq=1 + at, ack=1, data=data[at : at + 2]))
    (block,) = peer.connection.assembler.blocks
    assert len(block.pieces) == 1 and peer.connection.assembler.size == 3998
    peer.send(at=0, segment=Segment(".", seq=1, ack=1, data=data[:2]))
    assert peer.application.received == data
