#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "observe/pcapng.hpp"
#include "unit/observe/pcapng/pcapng_reader.hpp"
#include "unit/observe/scenes.hpp"

namespace handfast::observe {
namespace {

using namespace test;
using Ends = CaptureOptions::Ends;

// A capture of one scene, as octets.
class Film {
public:
    explicit Film(Ends ends)
        : capture{{.ends = ends, .names = {{client_id, "client"}}},
                  [this](Bytes octets) { file.insert(file.end(), octets.begin(), octets.end()); }} {
    }

    [[nodiscard]] ReadFile read() {
        capture.flush();
        return PcapngReader{file}.read();
    }

    std::vector<std::byte> file;
    Capture capture;
    Stage stage{capture};
};

TEST(Capture, writes_each_frame_once_as_it_leaves_with_its_reason_and_fate) {
    Film film{Ends::sending};
    losses(film.stage);
    const ReadFile found = film.read();
    EXPECT_EQ(found.application, "handfast");
    ASSERT_EQ(found.packets.size(), 15U);
    EXPECT_EQ(film.capture.frames(), 15U);
    EXPECT_EQ(found.packets[0].comment, "handshake; lost on purpose");
    EXPECT_EQ(found.packets[1].comment, "RTO retransmission 1");
    EXPECT_EQ(found.packets[5].comment, "RTO retransmission 1; corrupted on the way");
    for (const ReadPacket& packet : found.packets) {
        EXPECT_EQ(packet.flags, 2U) << "outbound";
        EXPECT_EQ(packet.octets.size(), packet.original_length);
    }
}

TEST(Capture, has_an_interface_for_each_host_in_nanoseconds) {
    Film film{Ends::sending};
    exchange(film.stage);
    const ReadFile found = film.read();
    ASSERT_EQ(found.interfaces.size(), 2U);
    EXPECT_EQ(found.interfaces[0].name, "client");
    EXPECT_EQ(found.interfaces[1].name, "host 1");
    EXPECT_EQ(found.interfaces[0].linktype, 101U);
    EXPECT_EQ(found.interfaces[0].resolution, 9U);
    EXPECT_EQ(found.packets[0].time, 100'000'000'000U);
    EXPECT_EQ(found.packets[1].time, 100'020'000'000U);
}

TEST(Capture, knows_ethernet_from_raw_ip) {
    Film film{Ends::sending};
    film.stage.medium = trace::Medium::ethernet;
    film.stage.frame(Who::client, std::vector<std::byte>(60), Why::arp_request, {});
    const ReadFile found = film.read();
    ASSERT_EQ(found.interfaces.size(), 1U);
    EXPECT_EQ(found.interfaces[0].linktype, 1U);
    EXPECT_EQ(found.packets.at(0).comment, "ARP request");
}

TEST(Capture, writes_deliveries_too_when_asked) {
    Film one{Ends::sending};
    datagrams(one.stage);
    EXPECT_EQ(one.read().packets.size(), 5U);
    Film both{Ends::both};
    datagrams(both.stage);
    const ReadFile found = both.read();
    ASSERT_EQ(found.packets.size(), 9U);
    EXPECT_EQ(found.packets[2].flags, 1U) << "inbound";
    EXPECT_EQ(found.packets[2].comment, "datagram; delivered");
}

TEST(Capture, tells_the_fate_of_each_frame_of_a_super_segment) {
    Film film{Ends::sending};
    Act super{.flags = wire::psh_flag,
              .seq = 1,
              .ack = 1,
              .text = std::string(2500, 'x'),
              .gso_size = 1000};
    const auto id = film.stage.sends(super);
    film.stage.passes(Who::client, id, trace::Drop::weather_loss);
    film.stage.passes(Who::client, id, {});
    const ReadFile found = film.read();
    ASSERT_EQ(found.packets.size(), 3U);
    EXPECT_EQ(found.packets[0].comment, "data");
    EXPECT_EQ(found.packets[1].comment, "data; lost by chance");
    EXPECT_EQ(found.packets[2].comment, "data");
    EXPECT_EQ(found.packets[2].packet_id, id);
    EXPECT_EQ(found.packets[0].octets.size(), 1040U);
    EXPECT_EQ(found.packets[2].octets.size(), 540U);
}

TEST(Capture, tells_how_many_frames_were_missed_before_this_one) {
    Film film{Ends::sending};
    film.capture.missed(7);
    datagrams(film.stage);
    const ReadFile found = film.read();
    EXPECT_EQ(found.packets[0].drop_count, 7U);
    EXPECT_FALSE(found.packets[1].drop_count);
}

TEST(Capture, keeps_no_more_of_a_frame_than_asked) {
    std::vector<std::byte> file;
    Capture capture{{.snap_length = 33},
                    [&](Bytes octets) { file.insert(file.end(), octets.begin(), octets.end()); }};
    Stage stage{capture};
    stage.datagram(Who::client, std::string(100, 'x'), {});
    capture.flush();
    const ReadFile found = PcapngReader{file}.read();
    EXPECT_EQ(found.packets.at(0).octets.size(), 33U);
    EXPECT_EQ(found.packets.at(0).original_length, 128U);
}

[[nodiscard]] std::string output_of(const std::string& command) {
    std::string out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "cannot run: " + command;
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
        out += buffer.data();
    }
    ::pclose(pipe);
    return out;
}

TEST(Capture, is_read_by_tshark_without_a_malformed_packet_or_a_bad_checksum) {
    if (output_of("command -v tshark").empty()) GTEST_SKIP() << "tshark is not installed";
    Film film{Ends::sending};
    exchange(film.stage);
    datagrams(film.stage);
    Act super{.flags = wire::psh_flag,
              .seq = 15,
              .ack = 15,
              .text = std::string(9000, 'x'),
              .gso_size = 1448};
    film.stage.sends(super);
    const std::size_t frames = film.read().packets.size();
    const auto path = std::filesystem::temp_directory_path() /
                      ("handfast-capture-" + std::to_string(::getpid()) + ".pcapng");
    std::ofstream{path, std::ios::binary}.write(reinterpret_cast<const char*>(film.file.data()),
                                                static_cast<std::streamsize>(film.file.size()));
    const std::string tshark =
        "tshark -n -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE "
        "-r " +
        path.string();
    const std::string lines = output_of(tshark + " -T fields -e frame.number 2>/dev/null");
    EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(lines, '\n')), frames) << lines;
    const std::string bad = output_of(
        tshark +
        " -Y '_ws.malformed || _ws.expert.severity == error || tcp.checksum.status == 0 ||"
        " udp.checksum.status == 0 || ip.checksum.status == 0 || icmp.checksum.status == 0' "
        "2>/dev/null");
    EXPECT_EQ(bad, "");
    const std::string good = output_of(tshark + " -Y 'tcp.checksum.status == 1' 2>/dev/null");
    EXPECT_NE(good, "") << "no checksum was looked at";
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace handfast::observe
