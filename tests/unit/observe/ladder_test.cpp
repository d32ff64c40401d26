#include "observe/ladder.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <regex>
#include <string>
#include <vector>

#include "core/wire/arp.hpp"
#include "core/wire/ethernet.hpp"
#include "observe/text/utf8.hpp"
#include "unit/observe/golden.hpp"
#include "unit/observe/scenes.hpp"
#include "unit/observe/stage.hpp"

namespace handfast::observe {
namespace {

using namespace test;
using Scene = void (*)(Stage&);

[[nodiscard]] LadderOptions options(std::size_t width) {
    LadderOptions out;
    out.width = width;
    out.hosts = both_hosts();
    return out;
}

[[nodiscard]] std::vector<std::string> lines_of(Scene scene, const LadderOptions& options) {
    Recorder recorder{Recorder::Limits{}};
    Stage stage{recorder};
    scene(stage);
    return render(recorder, options);
}

[[nodiscard]] std::string ladder_of(Scene scene, const LadderOptions& options) {
    return joined(lines_of(scene, options));
}

[[nodiscard]] std::string without_color(const std::string& text) {
    return std::regex_replace(text, std::regex{"\x1b\\[[0-9;]*m"}, "");
}

[[nodiscard]] bool has_line(const std::string& text, const std::string& pattern) {
    return std::regex_search(text, std::regex{pattern});
}

TEST(Ladder, draws_handshake_data_and_four_way_close_at_80_and_120_columns) {
    expect_golden("exchange-80", ladder_of(exchange, options(80)));
    expect_golden("exchange-120", ladder_of(exchange, options(120)));
}

TEST(Ladder, draws_every_loss_and_its_retransmission_at_80_and_120_columns) {
    expect_golden("losses-80", ladder_of(losses, options(80)));
    expect_golden("losses-120", ladder_of(losses, options(120)));
}

TEST(Ladder, draws_crossing_split_copied_and_late_lost_packets_at_80_and_120_columns) {
    expect_golden("traffic-80", ladder_of(traffic, options(80)));
    expect_golden("traffic-120", ladder_of(traffic, options(120)));
}

TEST(Ladder, draws_a_wrong_ack_refused_by_rst) {
    expect_golden("wrong_ack-80", ladder_of(wrong_ack, options(80)));
}

TEST(Ladder, draws_datagrams_and_the_icmp_error_about_one) {
    expect_golden("datagrams-80", ladder_of(datagrams, options(80)));
}

TEST(Ladder, leaves_out_a_family_that_none_of_our_hosts_speaks) {
    const auto with_a_router_solicitation = [](Stage& stage) {
        std::vector<std::byte> octets(
            48);  // RFC 4861 §4.1, as a kernel sends it to a new TUN device
        octets[0] = std::byte{0x60};
        octets[5] = std::byte{8};
        octets[6] = std::byte{58};
        octets[8] = std::byte{0xfe};
        octets[9] = std::byte{0x80};
        octets[24] = std::byte{0xff};
        octets[25] = octets[39] = std::byte{2};
        stage.frame(Who::server, octets, Why::foreign, std::nullopt);
        stage.datagram(Who::client, "hello", std::nullopt);
    };
    const auto shown = ladder_of(with_a_router_solicitation, options(80));
    EXPECT_FALSE(has_line(shown, "ff02::2")) << shown;
    EXPECT_TRUE(has_line(shown, "UDP 1")) << shown;
    LadderOptions all = options(80);
    all.hosts.clear();
    EXPECT_TRUE(has_line(ladder_of(with_a_router_solicitation, all), "ff02::2"));
}

TEST(Ladder, shows_the_states_of_a_stranger_as_inferred) {
    LadderOptions only_client = options(80);
    only_client.hosts.resize(1);
    const auto with_a_stranger = [](Stage& stage) {
        stage.server_is_a_stranger = true;
        exchange(stage);
    };
    expect_golden("stranger-80", ladder_of(with_a_stranger, only_client));
}

TEST(Ladder, believes_a_host_that_was_not_listed_and_tells_its_states) {
    LadderOptions only_client = options(80);
    only_client.hosts.resize(1);
    const std::string text = ladder_of(exchange, only_client);
    EXPECT_TRUE(has_line(text, "│ SYN_RCVD"));
    EXPECT_TRUE(has_line(text, "│ CLOSE_WAIT"));
    EXPECT_FALSE(has_line(text, "second copy"));
}

TEST(Ladder, says_the_same_with_and_without_color) {
    for (const Scene scene : {exchange, losses, traffic, wrong_ack, datagrams}) {
        LadderOptions colored = options(80);
        colored.look.color = Color::ansi;
        const std::string text = ladder_of(scene, colored);
        EXPECT_NE(text.find('\x1b'), std::string::npos);
        EXPECT_EQ(without_color(text), ladder_of(scene, options(80)));
    }
}

TEST(Ladder, has_only_ascii_when_asked_and_the_same_columns) {
    for (const Scene scene : {exchange, losses, traffic, wrong_ack, datagrams}) {
        LadderOptions ascii_only = options(80);
        ascii_only.look.glyphs = Glyphs::ascii;
        const auto plain = lines_of(scene, options(80));
        const auto found = lines_of(scene, ascii_only);
        ASSERT_EQ(found.size(), plain.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_TRUE(std::ranges::all_of(found[i], [](char c) { return c >= ' ' && c <= '~'; }));
            EXPECT_EQ(found[i].size(), display_width(plain[i])) << plain[i];
        }
    }
}

TEST(Ladder, keeps_both_rails_in_their_columns) {
    for (const auto& line : lines_of(losses, options(80))) {
        const bool below =
            line.find(" = ") != std::string::npos || line.find(" in ") != std::string::npos;
        if (line.starts_with("──") || below || line.find("client") != std::string::npos) continue;
        if (line.find("192.168") != std::string::npos) continue;
        const std::string columns = ascii(line);
        ASSERT_GT(columns.size(), 67U) << line;
        EXPECT_NE(std::string{"|:+"}.find(columns[22]), std::string::npos) << line;
        EXPECT_NE(std::string{"|:+"}.find(columns[67]), std::string::npos) << line;
    }
}

TEST(Ladder, streams_the_same_lines_that_it_renders) {
    for (const Scene scene : {exchange, losses, traffic, wrong_ack, datagrams}) {
        std::vector<std::string> streamed;
        LadderStream stream{options(80),
                            [&](std::string_view line) { streamed.emplace_back(line); }};
        Stage stage{stream};
        scene(stage);
        stream.finish();
        EXPECT_EQ(joined(streamed), ladder_of(scene, options(80)));
    }
}

TEST(Ladder, streams_a_packet_as_soon_as_it_has_arrived_and_the_engine_rests) {
    std::vector<std::string> streamed;
    LadderStream stream{options(80), [&](std::string_view line) { streamed.emplace_back(line); }};
    Stage stage{stream};
    const Act syn{.flags = wire::syn_flag, .becomes = TcpState::syn_sent};
    const auto id = stage.sends(syn);
    stream.rest();
    EXPECT_TRUE(streamed.empty());
    stage.waits(stage.delay);
    stage.arrives(syn, id);
    stream.rest();
    EXPECT_TRUE(has_line(joined(streamed), "SYN seq=J"));
}

TEST(Ladder, names_the_conversation_when_streams_interleave) {
    std::vector<std::string> streamed;
    LadderStream stream{options(80), [&](std::string_view line) { streamed.emplace_back(line); }};
    Stage stage{stream};
    stage.handshake();
    stage.datagram(Who::client, "between", {});
    stage.plays({.flags = wire::psh_flag, .seq = 1, .ack = 1, .text = "after"});
    stream.finish();
    EXPECT_TRUE(has_line(joined(streamed), "── UDP 2 ─"));
    EXPECT_TRUE(has_line(joined(streamed), "── TCP 1: client 192.168.21.1:40312 ↔ server"));
}

TEST(Ladder, gives_each_connection_a_ladder_of_its_own) {
    Recorder recorder{Recorder::Limits{}};
    Stage stage{recorder};
    exchange(stage);
    stage.state(Who::server) = TcpState::listen;
    stage.restart(1000);
    wrong_ack(stage);
    const std::string text = joined(render(recorder, options(80)));
    EXPECT_TRUE(has_line(text, "── TCP 1 ─"));
    EXPECT_TRUE(has_line(text, "── TCP 2 ─"));
    EXPECT_TRUE(has_line(text, "RST: wrong ack number"));
}

TEST(Ladder, hides_arp_unless_asked) {
    const auto ask = [](Stage& stage) {
        std::vector<std::byte> octets(42);
        wire::EthernetHeader{.destination = wire::MacAddress::broadcast(),
                             .source = {},
                             .type = wire::EtherType::arp}
            .emit(octets);
        wire::ArpPacket{.operation = wire::ArpOperation::request,
                        .sender_mac = {},
                        .sender_ip = client_end.address,
                        .target_mac = {},
                        .target_ip = server_end.address}
            .emit(MutableBytes{octets}.subspan(14));
        stage.medium = trace::Medium::ethernet;
        stage.frame(Who::client, octets, Why::arp_request, {});
    };
    EXPECT_EQ(ladder_of(ask, options(80)), "");
    LadderOptions all = options(80);
    all.show_arp = true;
    EXPECT_TRUE(has_line(ladder_of(ask, all), "ARP who has 192.168.21.253\\?"));
}

TEST(Ladder, does_not_let_a_peer_steer_the_terminal) {
    const std::string text =
        ladder_of([](Stage& stage) { stage.datagram(Who::client, "\x1b]0;owned\x07\xc2\x9b", {}); },
                  options(80));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_TRUE(has_line(text, "\"\\.\\]0;owned"));
}

TEST(Ladder, says_how_many_events_were_not_recorded) {
    Recorder recorder{Recorder::Limits{.events = 12}};
    Stage stage{recorder};
    exchange(stage);
    const auto lines = render(recorder, options(80));
    EXPECT_TRUE(has_line(lines.back(), "[0-9]+ later events were not recorded"));
}

TEST(Ladder, shows_when_a_packet_never_came_to_an_end) {
    const std::string text = ladder_of(
        [](Stage& stage) { stage.sends({.flags = wire::syn_flag, .becomes = TcpState::syn_sent}); },
        options(80));
    EXPECT_TRUE(has_line(text, "┄ \\? │"));
}

TEST(Ladder, puts_a_note_that_came_before_its_conversation_on_its_rail) {
    const std::string text = ladder_of(exchange, options(80));
    EXPECT_TRUE(has_line(text, "listen\\(\\) ◂ │"));
    EXPECT_TRUE(has_line(text, "│ ▸ connect\\(\\)"));
}

TEST(Ladder, forgets_the_conversation_that_rested_longest_at_its_limit) {
    LadderOptions small = options(80);
    small.max_conversations = 1;
    const auto two = [](Stage& stage) {
        stage.handshake();
        stage.datagram(Who::client, "x", {});
        stage.plays({.flags = wire::psh_flag, .seq = 1, .ack = 1, .text = "again"});
    };
    EXPECT_TRUE(has_line(ladder_of(two, small), "── TCP 3 ─"));
    EXPECT_FALSE(has_line(ladder_of(two, options(80)), "── TCP 3 ─"));
}

}  // namespace
}  // namespace handfast::observe
