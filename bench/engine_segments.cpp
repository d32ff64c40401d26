// One segment of 1,448 octets out of a stack, and into one: two shards whose wire is this loop.
// Frames are of wire size, their checksums computed and verified; 32 go at once, as from the ring
// of a card.
#include <chrono>
#include <vector>

#include "allocations.hpp"
#include "core/socket/sockets.hpp"
#include "engine_pair.hpp"
#include "row.hpp"

namespace handfast::bench {

namespace {

using berkeley::SocketType;

constexpr std::size_t segment_size = 1448;
constexpr std::size_t burst_size = 32;

[[nodiscard]] stack::Config config_of(std::uint8_t n) {
    stack::Config config;
    config.links = {
        stack::LinkConfig{.mac = {{std::byte{2}, {}, {}, {}, {}, std::byte{n}}},
                          .offload = false,
                          .addresses = {{.address = engine_endpoint(n, 0).address, .length = 24}}}};
    config.entropy = entropy_from_seed(n);
    return config;
}

// What was spent where, of all segments so far.
struct Spent {
    std::chrono::duration<double, std::nano> out{0};
    std::chrono::duration<double, std::nano> in{0};
    std::uint64_t out_allocations{0};
    std::uint64_t in_allocations{0};
    std::uint64_t segments{0};
};

class Shards {
public:
    Shards() {
        const auto name = engine_endpoint(2, 80);
        const auto listener = *to_.open(wire::Family::ipv4, SocketType::stream);
        HF_CHECK(to_.bind(listener, name, now_) && to_.listen(listener, 1, now_));
        client_ = *from_.open(wire::Family::ipv4, SocketType::stream);
        static_cast<void>(from_.connect(client_, name, now_));
        settle();
        server_ = *to_.accept(listener, now_);
    }

    // A burst of full segments, timed in both stacks; the answers and the reading are not.
    void carry_burst(Spent& spent) {
        using Clock = std::chrono::steady_clock;
        static_cast<void>(from_.send(client_, text_, {}, now_));
        const std::uint64_t allocated = allocations();
        const auto begin = Clock::now();
        (void)a_.transmit(wire_, now_);
        const auto sent = Clock::now();
        const std::uint64_t allocated_out = allocations();
        b_.receive(wire_, now_);
        const auto received = Clock::now();
        spent.out += sent - begin;
        spent.in += received - sent;
        spent.out_allocations += allocated_out - allocated;
        spent.in_allocations += allocations() - allocated_out;
        spent.segments += wire_.size();
        wire_.clear();
        settle();
        while (to_.receive(server_, room_, {}, now_).value_or(0) > 0) settle();
    }

private:
    void carry(stack::Shard& from, stack::Shard& to) {
        (void)from.transmit(wire_, now_);
        to.receive(wire_, now_);
        wire_.clear();
    }
    void settle() {
        do {
            now_ += microseconds{1};
            a_.advance(now_);
            b_.advance(now_);
            carry(a_, b_);
            carry(b_, a_);
        } while (a_.wants_to_transmit() || b_.wants_to_transmit());
    }

    Instant now_{seconds{1}};
    buf::Pool pool_;
    std::uint64_t ids_{1};
    buf::PacketBurst wire_;
    stack::Shard a_{config_of(1), pool_, ids_, now_};
    stack::Shard b_{config_of(2), pool_, ids_, now_};
    socket::Sockets from_{a_};
    socket::Sockets to_{b_};
    socket::SocketId client_;
    socket::SocketId server_;
    std::vector<std::byte> text_ = std::vector<std::byte>(burst_size * segment_size);
    std::vector<std::byte> room_ = std::vector<std::byte>(burst_size * segment_size);
};

[[nodiscard]] Spent carry(const Effort& effort) {
    using Clock = std::chrono::steady_clock;
    Shards shards;
    const auto for_seconds = [&](double seconds) {
        Spent spent;
        const auto begin = Clock::now();
        while (std::chrono::duration<double>{Clock::now() - begin}.count() < seconds)
            shards.carry_burst(spent);
        return spent;
    };
    (void)for_seconds(effort.seconds / 4);
    return for_seconds(effort.seconds);
}

[[nodiscard]] Score in(const Effort& effort) {
    const Spent spent = carry(effort);
    const auto n = static_cast<double>(spent.segments);
    return {.value = spent.in.count() / n,
            .allocations_per_op = static_cast<double>(spent.in_allocations) / n};
}

[[nodiscard]] Score out(const Effort& effort) {
    const Spent spent = carry(effort);
    const auto n = static_cast<double>(spent.segments);
    return {.value = spent.out.count() / n,
            .allocations_per_op = static_cast<double>(spent.out_allocations) / n};
}

}  // namespace

void add_segment_rows(std::vector<Row>& rows) {
    rows.push_back({.name = "engine/segment-in",
                    .unit = "ns",
                    .better = Better::less,
                    .limit = "1,448 octets: checksum verified, segments joined",
                    .ours = in});
    rows.push_back({.name = "engine/segment-out",
                    .unit = "ns",
                    .better = Better::less,
                    .limit = "1,448 octets: headers and checksum",
                    .ours = out});
}

}  // namespace handfast::bench
