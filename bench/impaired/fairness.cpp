#include "impaired/fairness.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>

#include "core/wire/ipv4.hpp"
#include "impaired/clock.hpp"
#include "impaired/end.hpp"
#include "own_namespace.hpp"

namespace handfast::bench::impaired {

namespace {

constexpr Duration settling = seconds{10};
constexpr Duration watched = seconds{30};
constexpr auto handshake_patience = seconds{10};

// The same octets in another network's pool: each network ends with its own.
[[nodiscard]] buf::Packet copy_into(buf::Pool& pool, const buf::Packet& frame) {
    std::vector<std::byte> octets(frame.size());
    frame.copy_out(0, octets);
    buf::Packet copy = buf::Packet::of(pool, pool.copy(octets));
    if (!copy) throw std::runtime_error{"no memory for frames"};
    return copy;
}

[[nodiscard]] weather::PortId add_exit(network::Network& network, Instant now) {
    const auto port = network.add_wire({.host = trace::HostId{1}, .offload = false}, now);
    if (!port) throw std::runtime_error{"no port"};
    return *port;
}

// An end in a network of its own, whose other port leads to the middle.
class Leaf {
public:
    Leaf(Stack stack, const EndConfig& config, Instant now)
        : address_{config.address},
          network_{{.medium = trace::Medium::raw_ip}, now},
          end_{stack == Stack::ours ? make_our_end(network_, config, now)
                                    : make_kernel_end(network_, config, now)},
          exit_{add_exit(network_, now)} {}

    [[nodiscard]] End& end() { return *end_; }
    [[nodiscard]] network::Network& network() { return network_; }
    [[nodiscard]] bool is_at(const wire::IpAddress& address) const { return address == address_; }
    // What it has to say goes into this port of the middle.
    void carry_to(network::Network& middle, weather::PortId port, Instant now) {
        end_->carry_in(now);
        network_.turn(now);
        buf::PacketBurst frames;
        while (network_.wire_transmit(exit_, frames, now)) {
            buf::PacketBurst copies;
            for (const buf::Packet& frame : frames)
                copies.push_back(copy_into(middle.pool(), frame));
            middle.wire_receive(port, copies, now);
            frames.clear();
        }
    }
    void take(const buf::Packet& frame, Instant now) {
        buf::PacketBurst one;
        one.push_back(copy_into(network_.pool(), frame));
        network_.wire_receive(exit_, one, now);
    }
    void carry_out(Instant now) {
        network_.turn(now);
        end_->carry_out(now);
    }

private:
    wire::IpAddress address_;
    network::Network network_;
    std::unique_ptr<End> end_;
    weather::PortId exit_;
};

[[nodiscard]] EndConfig end_config(const Cell& cell, std::uint8_t number) {
    return {.address = wire::IpAddress::v4(10, 7, 0, number),
            .buffers = ample_buffers,
            .controller = cell.controller};
}

class Dumbbell {
public:
    Dumbbell(const Cell& cell, std::uint64_t seed)
        : senders_{{{Stack::ours, end_config(cell, 1), clock_.now()},
                    {Stack::kernel, end_config(cell, 3), clock_.now()}}},
          receivers_{{{Stack::kernel, end_config(cell, 2), clock_.now()},
                      {Stack::kernel, end_config(cell, 4), clock_.now()}}},
          middle_{{.medium = trace::Medium::raw_ip, .seed = seed}, clock_.now()},
          ports_{add_port(cell.weather()), add_port({})} {}

    [[nodiscard]] Shares run() {
        for (Leaf& receiver : receivers_) receiver.end().listen(clock_.now());
        for (std::size_t i = 0; i < flows; ++i)
            senders_.at(i).end().connect(wire::IpAddress::v4(10, 7, 0, receiver_number(i)),
                                         clock_.now());
        const Instant asked = clock_.now();
        while (!are_connected()) {
            if (clock_.now() - asked > handshake_patience)
                throw std::runtime_error{"the connections did not come about"};
            turn();
        }
        transfer(settling);
        const auto before = octets_;
        transfer(watched);
        const auto mbits = [&](std::size_t i) {
            return static_cast<double>(octets_.at(i) - before.at(i)) * 8e-6 /
                   std::chrono::duration<double>(watched).count();
        };
        return {.ours = mbits(0), .kernels = mbits(1), .worst_stall = clock_.worst_stall()};
    }

private:
    static constexpr std::size_t flows = 2;

    [[nodiscard]] static std::uint8_t receiver_number(std::size_t flow) {
        return static_cast<std::uint8_t>(2 + 2 * flow);
    }
    [[nodiscard]] weather::PortId add_port(const weather::Impairments& weather) {
        const auto port = middle_.add_wire(
            {.host = trace::HostId{0}, .offload = false, .up = weather, .down = weather},
            clock_.now());
        if (!port) throw std::runtime_error{"no port"};
        return *port;
    }
    [[nodiscard]] bool are_connected() {
        bool all = true;
        for (Leaf& receiver : receivers_) all = receiver.end().accept(clock_.now()) && all;
        return all;
    }
    void transfer(Duration how_long) {
        const Instant until = clock_.now() + how_long;
        while (clock_.now() < until) {
            for (Leaf& sender : senders_) sender.end().send(clock_.now());
            turn();
            for (std::size_t i = 0; i < flows; ++i)
                octets_.at(i) += receivers_.at(i).end().receive(clock_.now());
        }
    }
    void deliver(weather::PortId port, std::array<Leaf, flows>& to, Instant now) {
        buf::PacketBurst frames;
        while (middle_.wire_transmit(port, frames, now)) {
            for (const buf::Packet& frame : frames) {
                std::array<std::byte, wire::Ipv4View::header_min> head{};
                frame.copy_out(0, head);
                const auto ip = wire::Ipv4View::parse(head, frame.size());
                for (Leaf& leaf : to)
                    if (ip && leaf.is_at(ip->destination())) leaf.take(frame, now);
            }
            frames.clear();
        }
        for (Leaf& leaf : to) leaf.carry_out(now);
    }
    // Carries everything that is due; sleeps when nothing is left.
    void turn() {
        const Instant now = clock_.now();
        // Now the one, now the other is first at the queue.
        std::ranges::reverse(order_);
        for (const std::size_t i : order_) senders_.at(i).carry_to(middle_, ports_[0], now);
        for (Leaf& leaf : receivers_) leaf.carry_to(middle_, ports_[1], now);
        middle_.turn(now);
        deliver(ports_[1], receivers_, now);
        deliver(ports_[0], senders_, now);
        Deadline next = middle_.next_deadline();
        watched_.clear();
        for (auto* side : {&senders_, &receivers_}) {
            for (Leaf& leaf : *side) {
                const Deadline own = leaf.network().next_deadline();
                if (own && (!next || *own < *next)) next = own;
                leaf.end().watch(watched_);
            }
        }
        if (next && *next <= now) return;
        clock_.sleep(next, watched_);
    }

    Clock clock_{Time::real};
    std::array<Leaf, flows> senders_;
    std::array<Leaf, flows> receivers_;
    network::Network middle_;
    std::array<weather::PortId, 2> ports_;  // to the senders, to the receivers
    std::array<std::uint64_t, flows> octets_{};
    std::array<std::size_t, flows> order_{0, 1};
    std::vector<pollfd> watched_;
};

[[nodiscard]] Shares share_in_child(const Cell& cell, std::uint64_t seed) {
    std::istringstream in{text_from_own_namespace([&] {
        (void)become_real_time();
        const Shares s = share_with_kernel(cell, seed);
        return fmt::format("{} {} {}", s.ours, s.kernels, s.worst_stall);
    })};
    Shares s;
    in >> s.ours >> s.kernels >> s.worst_stall;
    if (!in) throw std::runtime_error{"a trial failed"};
    return s;
}

}  // namespace

Shares share_with_kernel(const Cell& cell, std::uint64_t seed) {
    return Dumbbell{cell, seed}.run();
}

std::string fairness_section(const std::vector<std::string>& controllers, unsigned seeds) {
    std::string out =
        "## Beside the kernel\n\nOur sender and the kernel's at once through one link of 100 "
        "Mbit/s "
        "with a queue of one\nbandwidth-delay product, no loss but at the full queue, to kernel's "
        "receivers: what each gets\nfrom the 10th to the 40th second. One epoch of CUBIC takes "
        "eight "
        "seconds at 50 ms: what the first\noverflow of the queue left to each is still seen.\n\n"
        "| control | round trip, ms | ours, Mbit/s | the kernel's, Mbit/s | Jain's index |\n"
        "|---|---:|---:|---:|---:|\n";
    for (const std::string& controller : controllers) {
        for (const milliseconds round_trip : {milliseconds{10}, milliseconds{50}}) {
            const Cell cell{
                .controller = controller, .round_trip = round_trip, .trouble = {.name = "0%"}};
            for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
                const Shares s = share_in_child(cell, seed);
                const std::string line = fmt::format("| {} | {} | {:.1f} | {:.1f} | {:.3f} |\n",
                                                     controller,
                                                     round_trip.count(),
                                                     s.ours,
                                                     s.kernels,
                                                     s.jain());
                fmt::print("{} stall {:.1f} ms\n", line.substr(0, line.size() - 1), s.worst_stall);
                std::fflush(stdout);
                out += line;
            }
        }
    }
    return out;
}

}  // namespace handfast::bench::impaired
