// Whatever is told, in whatever order: no crash, no line wider than asked, the same text in color.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <regex>
#include <string>
#include <vector>

#include "observe/ladder.hpp"
#include "observe/text/utf8.hpp"
#include "unit/observe/stage.hpp"

namespace handfast::observe {
namespace {

using namespace test;

template <class E>
[[nodiscard]] E any_of() {
    return static_cast<E>(*rc::gen::inRange<int>(0, static_cast<int>(E::count)));
}

[[nodiscard]] std::uint64_t any_id() {
    return *rc::gen::inRange<std::uint64_t>(1, 12);
}
[[nodiscard]] trace::HostId any_host() {
    return trace::HostId{*rc::gen::inRange<std::uint16_t>(0, 3)};
}

[[nodiscard]] wire::Endpoint any_end() {
    const std::vector<wire::Endpoint> ends{
        client_end,
        server_end,
        {wire::IpAddress::v4(10, 0, 0, 9), wire::Port{80}},
        {*wire::IpAddress::parse("2001:db8:1234:5678:9abc:def0:1234:5678"), wire::Port{443}},
        {wire::IpAddress::v4(127, 0, 0, 1), wire::Port{0}}};
    return *rc::gen::elementOf(ends);
}
[[nodiscard]] wire::FlowTuple any_tuple() {
    return {.local = any_end(), .remote = any_end()};
}

[[nodiscard]] std::optional<trace::Drop> perhaps_drop() {
    if (*rc::gen::inRange(0, 2) == 0) return std::nullopt;
    return any_of<trace::Drop>();
}

[[nodiscard]] trace::TcpSummary any_segment() {
    trace::TcpSummary tcp;
    tcp.tuple = any_tuple();
    tcp.seq = wire::SeqNum{*rc::gen::arbitrary<std::uint32_t>()};
    tcp.ack = wire::SeqNum{*rc::gen::arbitrary<std::uint32_t>()};
    tcp.flags = {*rc::gen::arbitrary<std::uint8_t>()};
    tcp.length = *rc::gen::element<std::uint32_t>(0, 1, 1448, 65'000, 0xffff'ffff);
    tcp.gso_size = *rc::gen::element<std::uint16_t>(0, 1, 1448, 0xffff);
    tcp.window = *rc::gen::arbitrary<std::uint32_t>();
    if (tcp.flags.syn()) tcp.options.mss = *rc::gen::arbitrary<std::uint16_t>();
    tcp.options.sack.push_back({tcp.ack, tcp.seq});
    return tcp;
}

[[nodiscard]] std::vector<std::byte> any_frame() {
    const std::string text = *rc::gen::arbitrary<std::string>();
    wire::FlowTuple tuple = any_tuple();
    const bool v4 = tuple.local.address.is_v4() && tuple.remote.address.is_v4();
    const auto whole = v4 ? udp_octets(tuple, text) : std::vector<std::byte>(30);
    const bool error = v4 && *rc::gen::inRange(0, 3) == 0;
    auto octets = error ? port_unreachable(whole) : whole;
    if (*rc::gen::inRange(0, 4) == 0) octets.resize(octets.size() / 2);
    return octets;
}

void tell_frame(Observer& to, Instant at) {
    const auto octets = any_frame();
    const Bytes part{octets};
    to.on(trace::FrameSeen{
        .at = at,
        .host = any_host(),
        .direction = *rc::gen::element(trace::Direction::up, trace::Direction::down),
        .medium = *rc::gen::element(trace::Medium::raw_ip, trace::Medium::ethernet),
        .id = any_id(),
        .why = any_of<trace::Why>(),
        .attempt = *rc::gen::arbitrary<std::uint16_t>(),
        .gso_size = *rc::gen::element<std::uint16_t>(0, 1448),
        .parts = {&part, 1}});
}

void tell_something(Observer& to, Instant at) {
    switch (*rc::gen::inRange(0, 8)) {
        case 0:
            return to.on(trace::SegmentSent{.at = at,
                                            .host = any_host(),
                                            .id = any_id(),
                                            .why = any_of<trace::Why>(),
                                            .attempt = *rc::gen::arbitrary<std::uint16_t>(),
                                            .state = any_of<trace::TcpState>(),
                                            .tcp = any_segment()});
        case 1:
            return to.on(trace::SegmentReceived{.at = at,
                                                .host = any_host(),
                                                .id = any_id(),
                                                .drop = perhaps_drop(),
                                                .state = any_of<trace::TcpState>(),
                                                .tcp = any_segment()});
        case 2:
            return to.on(trace::StateEdge{.at = at,
                                          .host = any_host(),
                                          .tuple = any_tuple(),
                                          .from = any_of<trace::TcpState>(),
                                          .to = any_of<trace::TcpState>()});
        case 3:
            return to.on(trace::TimerFired{.at = at,
                                           .host = any_host(),
                                           .tuple = any_tuple(),
                                           .timer = any_of<trace::TimerKind>(),
                                           .attempt = *rc::gen::arbitrary<std::uint16_t>()});
        case 4:
            return to.on(trace::PacketDropped{
                .at = at, .host = any_host(), .id = any_id(), .reason = any_of<trace::Drop>()});
        case 5:
            return tell_frame(to, at);
        case 6:
            return to.on(Note{.at = at,
                              .host = any_host(),
                              .local = any_end(),
                              .text = *rc::gen::arbitrary<std::string>()});
        default:
            return to.on(trace::FrameFate{
                .at = at,
                .host = any_host(),
                .direction = *rc::gen::element(trace::Direction::up, trace::Direction::down),
                .id = any_id(),
                .lost = perhaps_drop(),
                .arrives = at + milliseconds{*rc::gen::inRange(0, 50)},
                .duplicate = *rc::gen::arbitrary<bool>(),
                .corrupted = *rc::gen::arbitrary<bool>()});
    }
}

void tell_many_things(Observer& to) {
    Instant at{seconds{1}};
    const int n = *rc::gen::inRange(0, 60);
    for (int i = 0; i < n; ++i) {
        if (*rc::gen::inRange(0, 3) == 0) at += microseconds{*rc::gen::inRange(0, 1'000'000)};
        tell_something(to, at);
    }
}

[[nodiscard]] LadderOptions any_options() {
    LadderOptions options;
    options.width = *rc::gen::element<std::size_t>(0, 1, 20, 59, 60, 80, 120, 200);
    options.look.glyphs = *rc::gen::element(Glyphs::unicode, Glyphs::ascii);
    options.show_arp = *rc::gen::arbitrary<bool>();
    options.max_conversations = *rc::gen::element<std::size_t>(0, 1, 2, 1024);
    options.hosts = both_hosts();
    options.hosts.resize(*rc::gen::inRange<std::size_t>(0, 3));
    return options;
}

RC_GTEST_PROP(Ladder, has_no_line_wider_than_asked_whatever_is_told, ()) {
    Recorder recorder{Recorder::Limits{}};
    tell_many_things(recorder);
    const LadderOptions options = any_options();
    for (const std::string& line : render(recorder, options)) {
        RC_ASSERT(display_width(line) <= options.width);
        RC_ASSERT(printable(line) == line);
    }
}

RC_GTEST_PROP(Ladder, says_the_same_in_color_whatever_is_told, ()) {
    Recorder recorder{Recorder::Limits{}};
    tell_many_things(recorder);
    LadderOptions options = any_options();
    const auto plain = render(recorder, options);
    options.look.color = Color::ansi;
    auto colored = render(recorder, options);
    for (std::string& line : colored) {
        line = std::regex_replace(line, std::regex{"\x1b\\[[0-9;]*m"}, "");
    }
    RC_ASSERT(colored == plain);
}

RC_GTEST_PROP(LadderStream, survives_rests_at_any_moment, ()) {
    const LadderOptions options = any_options();
    std::size_t widest = 0;
    LadderStream stream{
        options, [&](std::string_view line) { widest = std::max(widest, display_width(line)); }};
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
        tell_many_things(stream);
        stream.rest();
    }
    stream.finish();
    RC_ASSERT(widest <= options.width);
}

}  // namespace
}  // namespace handfast::observe
