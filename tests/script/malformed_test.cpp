// Packets that nobody honest sends; those of IP are in malformed_ip_test.cpp. Each dies by its own
// name, draws no answer where none is due, and leaves nothing behind: every script ends with an
// empty pool.
#include <array>
#include <functional>
#include <gtest/gtest.h>

#include "core/wire/checksum.hpp"
#include "core/wire/ipv4.hpp"
#include "support/script.hpp"

namespace handfast::script {
namespace {

constexpr std::size_t ip_header = 20;

// After the transport's octets were changed by hand.
void mend_tcp_checksum(Octets& datagram) {
    const auto view = wire::Ipv4View::parse(datagram).value();
    const MutableBytes segment = MutableBytes{datagram}.subspan(view.header_size());
    store_be16(segment, 16, 0);
    wire::Checksum sum;
    sum.add_pseudo_header(view.source(), view.destination(), wire::Protocol::tcp, segment.size());
    store_be16(segment, 16, sum.add(segment).finish());
}

void set_total_length(Octets& datagram, std::size_t length) {
    store_be16(datagram, 2, static_cast<std::uint16_t>(length));
    mend_ip_checksum(datagram);
}

// ---- TCP ----------------------------------------------------------------------------------------

class MalformedTcp : public testing::Test {
protected:
    MalformedTcp() : c{s.accepted()} {}

    // The connection does not care.
    void dies(const Octets& datagram, std::string_view what, Drop reason) {
        s.in_raw(datagram, what).drops(reason);
        s.silent();
        c.read_nothing().state_is(TcpState::established);
    }
    void dies(std::string_view what, Drop reason, const std::function<void(Octets&)>& how) {
        Octets datagram = s.octets("P. 1:21(20) ack 1");
        how(datagram);
        mend_tcp_checksum(datagram);
        dies(datagram, what, reason);
    }
    Script s;
    Sock c;
};

TEST_F(MalformedTcp, shorter_than_a_header) {
    for (std::size_t n = 0; n < 20; ++n) {
        Octets datagram = s.octets("P. 1:21(20) ack 1");
        datagram.resize(ip_header + n);
        set_total_length(datagram, datagram.size());
        dies(datagram, "a part of a TCP header", Drop::tcp_truncated);
    }
}

TEST_F(MalformedTcp, whose_data_offset_is_too_small__attack_a30) {
    for (unsigned words = 0; words < 5; ++words)
        dies("data offset too small", Drop::tcp_malformed, [&](Octets& d) {
            d[ip_header + 12] = static_cast<std::byte>(words << 4);
        });
}

TEST_F(MalformedTcp, whose_data_offset_is_past_the_end__attack_a30) {
    dies("data offset 60 of 40 octets", Drop::tcp_truncated, [](Octets& d) {
        d[ip_header + 12] = std::byte{0xf0};
    });
}

TEST_F(MalformedTcp, whose_options_do_not_end__attack_a28) {
    for (const std::array<std::uint8_t, 4>& option : {std::array<std::uint8_t, 4>{2, 0, 0, 0},
                                                      {2, 1, 0, 0},
                                                      {2, 5, 0, 0},
                                                      {1, 1, 1, 2},
                                                      {5, 255, 0, 0},
                                                      {253, 0, 0, 0}}) {
        Octets datagram = s.octets("P. 1:21(20) ack 1 <nop,nop,nop,nop>");
        for (std::size_t i = 0; i < option.size(); ++i)
            datagram[ip_header + 20 + i] = std::byte{option[i]};
        mend_tcp_checksum(datagram);
        dies(datagram, "an option that does not end", Drop::tcp_malformed);
    }
}

TEST_F(MalformedTcp, with_all_flags_or_none) {
    s.in("SFRPUEW. 70000:70020(20) ack 1").drops(Drop::tcp_out_of_window).silent();
    s.in("- 1:21(20)").drops(Drop::tcp_no_ack_bit).silent();
    s.in("FPU 1:21(20)").drops(Drop::tcp_no_ack_bit).silent();
    c.state_is(TcpState::established);
}

TEST_F(MalformedTcp, with_reserved_bits_is_taken__rfc9293_3_1) {
    Octets datagram = s.octets("P. 1:21(20) ack 1");
    datagram[ip_header + 12] |= std::byte{0x0f};
    mend_tcp_checksum(datagram);
    s.in_raw(datagram, "reserved bits").takes();
    s.out(". 1:1(0) ack 21");
    c.read(20);
}

TEST_F(MalformedTcp, with_a_text_that_wraps_the_numbers) {
    s.in("P. 2147483640:2147483660(20) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 1:1(0) ack 1");
    s.in("P. 4294967290:4294967294(4) ack 1").drops(Drop::tcp_old_duplicate);
    s.out(". 1:1(0) ack 1");
}

TEST(MalformedTcpElsewhere, christmas_trees_open_nothing) {
    Script s;
    s.socket().bind(own_port).listen();
    s.in("SFRPUEW. 0:0(0) ack 1");
    s.in("SFPUEW 0:0(0)").drops(Drop::tcp_bad_syn);
    s.in("SR 0:0(0)");
    s.in("- 0:0(0)").drops(Drop::tcp_bad_syn);
    s.silent(10s);
    EXPECT_EQ(s.shard().tcp().connections(), 0U);
}

TEST(MalformedTcpElsewhere, land_attack_is_dropped__attack_a44) {
    Script s;
    s.socket().bind(own_port).listen();
    s.peer(own_port);
    s.in("S 0:0(0) <mss 1460>", {.source = own_address}).drops(Drop::ip_martian_source);
    s.silent(10s);
    EXPECT_EQ(s.shard().tcp().connections(), 0U);
}

TEST(MalformedTcpElsewhere, port_zero_belongs_to_nobody) {
    Script s;
    s.socket().bind(own_port).listen();
    s.to_port(0).in("S 0:0(0) <mss 1460>").drops(Drop::tcp_no_connection);
    s.out("R. 0:0(0) ack 1");
}

TEST(MalformedTcpElsewhere, syn_flood_is_bounded__attack_a14) {
    Given given;
    given.limits.tcp.syn_queue = 64;
    Script s{given};
    Sock listener = s.socket().bind(own_port).listen(64);
    for (std::uint16_t port = 1; port <= 2000; ++port)
        s.peer(port).in("S 0:0(0) <mss 1460>").forget();
    EXPECT_LE(s.shard().tcp().connections(), 64U);
    EXPECT_EQ(s.dropped(Drop::tcp_syn_queue_full), 2000U - 64U);
    EXPECT_EQ(s.pool().blocks_in_use(), 0U);
    s.advance(5min);
    s.forget();
    EXPECT_EQ(s.shard().tcp().connections(), 0U);
    s.peer().in("S 0:0(0) <mss 1460>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    listener.accept();
}

TEST(MalformedTcpElsewhere, flood_of_resets_and_acks_draws_a_bounded_answer__attack_a40) {
    Script s;
    Sock c = s.accepted();
    for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::string seq = std::to_string(100'000 + i);
        s.in(". " + seq + ":" + seq + "(0) ack 1");
        s.in("R " + seq + ":" + seq + "(0)");
        s.in(". 1:1(0) ack " + std::to_string(5000 + i));
    }
    s.out(". 1:1(0) ack 1");
    s.silent();
}

// ---- UDP ----------------------------------------------------------------------------------------

class MalformedUdp : public testing::Test {
protected:
    MalformedUdp() : u{s.datagram().bind(own_port)} {}

    void dies(std::size_t said, Drop reason) {
        Octets datagram = s.octets("udp (20)", {.wrong = Wrong::no_checksum});
        store_be16(datagram, ip_header + 4, static_cast<std::uint16_t>(said));
        s.in_raw(datagram, "UDP length " + std::to_string(said)).drops(reason);
        s.silent();
        u.read_nothing();
    }
    Script s;
    Sock u;
};

TEST_F(MalformedUdp, shorter_than_a_header) {
    for (std::size_t n = 0; n < 8; ++n) {
        Octets datagram = s.octets("udp (0)");
        datagram.resize(ip_header + n);
        set_total_length(datagram, datagram.size());
        s.in_raw(datagram, "a part of a UDP header").drops(Drop::udp_truncated);
        s.silent();
    }
}

TEST_F(MalformedUdp, whose_length_lies__attack_a31) {
    for (const std::size_t said : {0U, 1U, 7U}) dies(said, Drop::udp_malformed);
    for (const std::size_t said : {29U, 1500U, 65'535U}) dies(said, Drop::udp_truncated);
}

TEST_F(MalformedUdp, that_brings_more_than_it_says_is_cut_as_on_linux) {
    Octets datagram = s.octets("udp (20)", {.wrong = Wrong::no_checksum});
    store_be16(datagram, ip_header + 4, 8 + 5);
    s.in_raw(datagram, "UDP of 5 in 20").takes();
    u.read_datagram(5);
    u.read_nothing();
}

// ---- ICMP ---------------------------------------------------------------------------------------

class MalformedIcmp : public testing::Test {
protected:
    MalformedIcmp() : c{s.accepted()} {
        c.write(10);
        s.out("P. 1:11(10) ack 1");
    }
    // An error about the segment in flight, changed.
    void dies(std::string_view what, Drop reason, const std::function<void(Octets&)>& how) {
        Octets datagram = s.octets("icmp unreachable port [1:11(10)]");
        how(datagram);
        set_total_length(datagram, datagram.size());
        const MutableBytes message = MutableBytes{datagram}.subspan(ip_header);
        if (message.size() >= 4) {
            store_be16(message, 2, 0);
            store_be16(message, 2, wire::Checksum{}.add(message).finish());
        }
        s.in_raw(datagram, what).drops(reason);
        s.silent();
        c.error_is(std::nullopt).state_is(TcpState::established);
    }
    static constexpr std::size_t quoted = ip_header + 8;
    Script s;
    Sock c;
};

TEST_F(MalformedIcmp, without_a_header) {
    for (std::size_t n = 0; n < 8; ++n)
        dies("a part of an ICMP header", Drop::icmp_malformed, [&](Octets& d) {
            d.resize(ip_header + n);
        });
}

TEST_F(MalformedIcmp, whose_quotation_is_cut_short) {
    for (const std::size_t n : {0U, 1U, 19U, 20U, 27U})
        dies("a part of a quotation", Drop::icmp_malformed, [&](Octets& d) {
            d.resize(quoted + n);
        });
}

TEST_F(MalformedIcmp, whose_quotation_is_no_datagram__attack_a32) {
    dies("quotes version 6", Drop::icmp_malformed, [](Octets& d) { d[quoted] = std::byte{0x65}; });
    dies("quotes IHL 0", Drop::icmp_malformed, [](Octets& d) { d[quoted] = std::byte{0x40}; });
    dies("quotes IHL 15", Drop::icmp_malformed, [](Octets& d) { d[quoted] = std::byte{0x4f}; });
    dies("quotes length 0", Drop::icmp_malformed, [](Octets& d) { store_be16(d, quoted + 2, 0); });
    dies("quotes a later fragment", Drop::icmp_malformed, [](Octets& d) {
        store_be16(d, quoted + 6, 100);
    });
}

TEST_F(MalformedIcmp, whose_quotation_is_of_somebody_else__attack_a10) {
    dies("quotes another source", Drop::icmp_no_flow, [](Octets& d) {
        store_be32(d, quoted + 12, far_address.v4_value());
    });
    dies("quotes another destination", Drop::icmp_no_flow, [](Octets& d) {
        store_be32(d, quoted + 16, far_address.v4_value());
    });
    dies("quotes another port", Drop::icmp_no_flow, [](Octets& d) {
        store_be16(d, quoted + 22, 1);
    });
    dies("quotes a protocol that nobody speaks", Drop::icmp_no_flow, [](Octets& d) {
        d[quoted + 9] = std::byte{99};
    });
}

TEST_F(MalformedIcmp, with_codes_that_nobody_knows_is_soft_at_most) {
    Octets datagram = s.octets("icmp unreachable 200 [1:11(10)]");
    s.in_raw(datagram, "unreachable, code 200");
    s.silent();
    c.state_is(TcpState::established);
}

// ---- All at once --------------------------------------------------------------------------------

// Every octet of the headers of a segment, turned over bit by bit, with the checksums mended: no
// crash, no answer to what cannot be ours, memory goes back to zero (at the end of the script).
TEST(MalformedSegment, with_any_bit_of_its_headers_turned_over_leaves_nothing_behind) {
    Script s;
    Sock listener = s.socket().bind(own_port).listen();
    s.in("S 0:0(0) <mss 1460,sackOK,ts 100/0,nop,wscale 7>");
    s.out("S. 0:0(0) ack 1");
    s.in(". 1:1(0) ack 1");
    Sock c = listener.accept();
    c.write(100);
    const Octets honest = s.octets("PU. 1:21(20) ack 1 urg 5 <nop,nop,ts *,sack 11:21>");
    for (std::size_t bit = 0; bit < 8 * (honest.size() - 20); ++bit) {
        Octets datagram = honest;
        datagram[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
        mend_ip_checksum(datagram);
        if (wire::Ipv4View::parse(datagram)) mend_tcp_checksum(datagram);
        s.in_raw(datagram, "bit " + std::to_string(bit)).forget();
    }
    s.advance(1h);
    s.forget();
    EXPECT_EQ(s.shard().next_deadline().value_or(s.now()) < s.now(), false);
}

}  // namespace
}  // namespace handfast::script
