// Malformed IP and fragments, as in malformed_test.cpp: RFC 791, RFC 815, RFC 5722.
#include <functional>
#include <gtest/gtest.h>

#include "core/wire/ipv4.hpp"
#include "support/script.hpp"

namespace handfast::script {
namespace {

constexpr std::size_t ip_header = 20;

Octets changed(Octets datagram, const std::function<void(Octets&)>& how) {
    how(datagram);
    return datagram;
}

void set_total_length(Octets& datagram, std::size_t length) {
    store_be16(datagram, 2, static_cast<std::uint16_t>(length));
    mend_ip_checksum(datagram);
}

// ---- IP -----------------------------------------------------------------------------------------

class MalformedIp : public testing::Test {
protected:
    void dies(const Octets& datagram, std::string_view what, Drop reason) {
        s.in_raw(datagram, what).drops(reason);
        s.silent();
    }
    void dies(std::string_view what, Drop reason, const std::function<void(Octets&)>& how) {
        dies(changed(s.octets("udp (20)"), how), what, reason);
    }
    Script s;
};

TEST_F(MalformedIp, shorter_than_a_header) {
    const Octets whole = s.octets("udp (20)");
    for (std::size_t n = 1; n < ip_header; ++n)
        dies(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)),
             "a part of a header",
             Drop::ip_truncated);
}

TEST_F(MalformedIp, of_another_version) {
    for (const unsigned version : {0U, 1U, 5U, 6U, 15U})
        dies("another version", Drop::ip_bad_version, [&](Octets& d) {
            d[0] = static_cast<std::byte>(version << 4 | 5);
        });
}

TEST_F(MalformedIp, whose_header_is_shorter_than_a_header) {
    for (unsigned words = 0; words < 5; ++words)
        dies("IHL too small", Drop::ip_malformed, [&](Octets& d) {
            d[0] = static_cast<std::byte>(0x40 | words);
        });
}

TEST_F(MalformedIp, whose_header_is_longer_than_the_datagram) {
    Octets datagram = s.octets("udp (0)");
    datagram[0] = std::byte{0x4f};
    dies(datagram, "IHL 60 of 28 octets", Drop::ip_truncated);
}

TEST_F(MalformedIp, whose_total_length_is_less_than_its_header) {
    for (const std::size_t length : {0U, 1U, 19U})
        dies("total length too small", Drop::ip_malformed, [&](Octets& d) {
            set_total_length(d, length);
        });
}

TEST_F(MalformedIp, whose_total_length_is_more_than_came) {
    for (const std::size_t length : {49U, 1500U, 65'535U})
        dies("total length too large", Drop::ip_truncated, [&](Octets& d) {
            set_total_length(d, length);
        });
}

TEST_F(MalformedIp, that_is_only_a_header) {
    Octets header = s.octets("udp (0)");
    header.resize(ip_header);
    set_total_length(header, ip_header);
    dies(header, "no UDP", Drop::udp_truncated);
    header[9] = std::byte{6};
    mend_ip_checksum(header);
    dies(header, "no TCP", Drop::tcp_truncated);
    header[9] = std::byte{1};
    mend_ip_checksum(header);
    dies(header, "no ICMP", Drop::icmp_malformed);
}

TEST_F(MalformedIp, whose_options_run_past_the_header) {
    Octets datagram = s.octets("udp (20)", {.options = {7, 200, 4, 0}});
    s.in_raw(datagram, "an option of 200 octets").drops(Drop::ip_malformed);
    s.out("icmp parameter_problem 20");
}

// A smuggled segment: what lies behind the total length is not looked at.
TEST_F(MalformedIp, with_a_segment_behind_its_end) {
    Octets datagram = s.octets("udp (0)");
    const Octets hidden = s.octets("S 0:0(0) <mss 1460>");
    datagram.insert(datagram.end(), hidden.begin(), hidden.end());
    s.in_raw(datagram, "udp (0) with a SYN behind").drops(Drop::udp_no_port);
    s.out("icmp unreachable port [udp (0)]");
}

// ---- Fragments ----------------------------------------------------------------------------------

class MalformedFragments : public testing::Test {
protected:
    MalformedFragments() : u{s.datagram().bind(own_port)}, whole{s.octets("udp (3000)")} {}

    Script& piece(Piece p) {
        return s.in_raw(fragment(whole, p),
                        "fragment " + std::to_string(p.offset) + "+" + std::to_string(p.length));
    }
    // Nothing was delivered, nothing is said of it, and nothing is kept beyond the minute.
    void nothing_comes_of_it() {
        u.read_nothing();
        s.silent();
        s.advance(61s);
        s.forget();
        EXPECT_EQ(s.pool().blocks_in_use(), 0U);
    }
    Script s;
    Sock u;
    Octets whole;
};

TEST_F(MalformedFragments, that_overlap_drop_the_whole_datagram__rfc5722__attack_a22) {
    piece({.offset = 0, .length = 800}).takes();
    s.in_raw(fragment(whole, {.offset = 792, .length = 800}), "overlap");
    EXPECT_EQ(s.dropped(Drop::ip_fragment_overlap), 2U);
    piece({.offset = 1592, .length = 1416, .more = false}).drops(Drop::ip_fragment_overlap);
    piece({.offset = 0, .length = 800}).drops(Drop::ip_fragment_overlap);
    nothing_comes_of_it();
}

// The second lies within the first, by a length that a careless subtraction makes negative.
TEST_F(MalformedFragments, as_teardrop_sends_them__attack_a22) {
    piece({.offset = 0, .length = 40});
    s.in_raw(fragment(whole, {.offset = 24, .length = 4, .more = false}), "teardrop");
    EXPECT_EQ(s.dropped(Drop::ip_fragment_overlap), 2U);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, that_end_beyond_a_datagram__attack_a23) {
    piece({.offset = 65'528, .length = 800, .more = false}).drops(Drop::ip_fragment_malformed);
    piece({.offset = 65'528, .length = 8}).drops(Drop::ip_fragment_malformed);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, whose_length_is_no_multiple_of_eight) {
    piece({.offset = 0, .length = 801}).drops(Drop::ip_fragment_malformed);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, that_are_empty) {
    piece({.offset = 0, .length = 0}).drops(Drop::ip_fragment_malformed);
    piece({.offset = 800, .length = 0, .more = false}).drops(Drop::ip_fragment_malformed);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, whose_first_holds_no_whole_header__attack_a24) {
    s.accepted();
    whole = s.octets("P. 1:101(100) ack 1");
    piece({.offset = 0, .length = 16}).drops(Drop::ip_fragment_malformed);
    piece({.offset = 16, .length = 104, .more = false}).drops(Drop::ip_fragment_malformed);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, with_two_ends) {
    piece({.offset = 1600, .length = 800, .more = false});
    piece({.offset = 2400, .length = 608, .more = false});
    EXPECT_EQ(s.dropped(Drop::ip_fragment_overlap), 2U);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, with_octets_behind_the_end) {
    piece({.offset = 2400, .length = 608});
    piece({.offset = 1600, .length = 800, .more = false});
    EXPECT_EQ(s.dropped(Drop::ip_fragment_overlap), 2U);
    nothing_comes_of_it();
}

TEST_F(MalformedFragments, that_do_not_stop_coming_are_bounded__attack_a21) {
    Octets datagram = whole;
    for (std::uint16_t id = 0; id < 2000; ++id) {
        store_be16(datagram, 4, id);
        s.in_raw(fragment(datagram, {.offset = 800, .length = 800}), "one of many");
    }
    EXPECT_GT(s.dropped(Drop::ip_fragment_limit), 1900U);
    EXPECT_LE(s.pool().records_in_use(), 64U);
    s.silent();
}

TEST_F(MalformedFragments, of_one_datagram_that_are_too_many) {
    for (std::size_t i = 0; i < 100; ++i) piece({.offset = 8 * (2 * i + 1), .length = 8});
    EXPECT_GT(s.dropped(Drop::ip_fragment_limit), 60U);
    nothing_comes_of_it();
}

// The checksum of what was put together is checked too.
TEST_F(MalformedFragments, that_make_a_wrong_datagram) {
    whole = s.octets("udp (1000)", {.wrong = Wrong::checksum});
    piece({.offset = 0, .length = 800});
    piece({.offset = 800, .length = 208, .more = false}).drops(Drop::udp_bad_checksum);
    nothing_comes_of_it();
}

}  // namespace
}  // namespace handfast::script
