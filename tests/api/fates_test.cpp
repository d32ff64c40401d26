// With real threads one seed gives the same fates (DESIGN.md §3): what weather does to the n-th
// packet of a kind in a flow depends on neither time nor who came first.
#include <algorithm>
#include <compare>
#include <cstdint>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <thread>
#include <vector>

#include "api/access.hpp"
#include "core/wire/tcp.hpp"
#include "two_hosts.hpp"

namespace handfast::test {
namespace {

enum class Kind : std::uint8_t { syn, syn_ack, data, fin, datagram };

// The n-th packet of a kind that a host gave to its link.
struct Name {
    std::uint16_t host;
    Kind kind;
    std::uint32_t ordinal;
    friend auto operator<=>(const Name&, const Name&) = default;
};

struct Fate {
    bool lost;
    bool corrupted;
    bool twice;
    friend bool operator==(const Fate&, const Fate&) = default;
};

using Fates = std::map<Name, Fate>;

// There is one flow of each protocol here, so kinds are enough to tell flows apart. Pure ACKs are
// left out: how many there are is a matter of time.
class Listener final : public trace::Sink {
public:
    void on(const trace::FrameSeen& frame) override {
        if (frame.direction != trace::Direction::up) return;
        Waiting& waiting = waiting_[frame.host];
        waiting.names.clear();
        waiting.next = 0;
        std::vector<std::byte> octets;
        for (const Bytes part : frame.parts) octets.insert(octets.end(), part.begin(), part.end());
        if (frame.why == trace::Why::udp_datagram) return expect(waiting, frame, Kind::datagram);
        constexpr std::size_t headers = 14 + 20;
        constexpr std::size_t protocol_at = 14 + 9;
        if (octets.size() < headers || octets[protocol_at] != std::byte{6}) return;
        const auto tcp = wire::TcpView::parse(Bytes{octets}.subspan(headers));
        if (!tcp) return;
        const std::size_t text = tcp->payload().size();
        const std::size_t whole =
            frame.gso_size == 0 ? std::max<std::size_t>(text, 1) : std::size_t{frame.gso_size};
        // A super-segment is split before the weather sees it; its FIN goes with the last part.
        for (std::size_t at = whole; at < text; at += whole) expect(waiting, frame, Kind::data);
        if (tcp->flags().syn())
            return expect(waiting, frame, tcp->flags().ack() ? Kind::syn_ack : Kind::syn);
        if (tcp->flags().fin()) return expect(waiting, frame, Kind::fin);
        if (text > 0) expect(waiting, frame, Kind::data);
    }
    void on(const trace::FrameFate& fate) override {
        if (fate.direction != trace::Direction::up) return;
        Waiting& waiting = waiting_[fate.host];
        if (fate.duplicate) {
            if (waiting.next > 0) fates_[waiting.names[waiting.next - 1]].twice = true;
            return;
        }
        if (waiting.next == waiting.names.size()) return;
        fates_[waiting.names[waiting.next++]] = {
            .lost = fate.lost.has_value(), .corrupted = fate.corrupted, .twice = false};
    }

    [[nodiscard]] const Fates& fates() const { return fates_; }

private:
    struct Waiting {  // frames of one packet, whose fates are told next
        std::vector<Name> names;
        std::size_t next{0};
    };

    void expect(Waiting& waiting, const trace::FrameSeen& frame, Kind kind) {
        waiting.names.push_back({.host = static_cast<std::uint16_t>(frame.host),
                                 .kind = kind,
                                 .ordinal = ++ordinals_[{frame.host, kind}]});
    }

    std::map<trace::HostId, Waiting> waiting_;
    std::map<std::pair<trace::HostId, Kind>, std::uint32_t> ordinals_;
    Fates fates_;
};

constexpr int datagrams = 300;

void send_datagrams(const Host& client) {
    UdpSocket socket = client.open_udp();
    const std::vector<std::byte> octets = pattern(100, 1);
    for (int i = 0; i < datagrams; ++i) (void)socket.send_to(octets, server_endpoint);
}

void send_stream(const Host& client, std::size_t size) {
    TcpStream stream = client.connect(server_endpoint);
    stream.write(pattern(size, 2));
    stream.shutdown(Shutdown::write);
    (void)read_to_end(stream, 4'096);
}

// Both at once, from threads of their own.
Fates fates_of(std::uint64_t seed) {
    const Weather weather{.loss = 0.03, .duplicate = 0.05, .corrupt = 0.01};
    constexpr std::size_t size = 60'000;
    Listener told;
    Network network{{.seed = seed}};
    NetworkAccess::set_sink(network, &told);
    const Host server = network.add_host({.name = "server",
                                          .addresses = {"192.168.21.253/24"},
                                          .weather = {.up = weather, .down = {}}});
    const Host client = network.add_host({.name = "client",
                                          .addresses = {"192.168.21.1/24"},
                                          .weather = {.up = weather, .down = {}}});
    TcpListener listener = server.listen(port);
    std::vector<std::byte> got;
    std::thread serving{[&] {
        TcpStream stream = listener.accept();
        got = read_to_end(stream, 10'000);
    }};
    std::thread talking{[&] { send_datagrams(client); }};
    send_stream(client, size);
    talking.join();
    serving.join();
    EXPECT_EQ(got, pattern(size, 2));
    NetworkAccess::set_sink(network, nullptr);
    return told.fates();
}

TEST(Fates, of_one_seed_are_the_same_whatever_threads_and_clocks_do__design_3) {
    const Fates first = fates_of(5);
    const Fates second = fates_of(5);
    std::size_t common = 0;
    std::size_t lost = 0;
    for (const auto& [name, fate] : first) {
        const auto same = second.find(name);
        if (same == second.end()) continue;  // how often text is repeated is a matter of time
        ++common;
        lost += fate.lost ? 1U : 0U;
        EXPECT_EQ(same->second, fate)
            << "host " << name.host << ", kind " << static_cast<int>(name.kind) << ", the "
            << name.ordinal << "th";
    }
    EXPECT_GT(common, datagrams + 30U);
    EXPECT_GT(lost, 3U);
}

TEST(Fates, of_another_seed_are_others) {
    EXPECT_NE(fates_of(5), fates_of(6));
}

}  // namespace
}  // namespace handfast::test
