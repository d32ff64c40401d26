// The engine alone: two hosts whose packets this program carries, in a time of its own.
//
// No thread, no clock, no socket of the operating system. The wire is a loop; it loses the third
// packet that the client sends, and time jumps from one deadline to the next. So a run takes some
// microseconds, and every run is the same.
#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <span>
#include <string>
#include <string_view>

#include <handfast/engine.hpp>

using namespace std::chrono_literals;
using handfast::Engine;

namespace {

// One host, and how many packets it has sent.
struct Side {
    Engine engine;
    int sent{0};
};

// Carries packets both ways until both sides are silent.
void carry(Side& client, Side& server, Engine::Time now) {
    std::array<std::byte, 1500> packet{};
    const auto move = [&](Side& from, Side& to, int lost) {
        const int before = from.sent;
        while (const std::size_t size = from.engine.transmit(packet, now))
            if (++from.sent != lost) to.engine.receive(std::span{packet}.first(size), now);
        return from.sent - before;
    };
    while (move(client, server, 3) + move(server, client, 0) > 0) {
    }
}

// Lets time pass until the next deadline of either.
Engine::Time pass_time(Side& client, Side& server, Engine::Time now) {
    const auto a = client.engine.next_deadline().value_or(now + 1s);
    const auto b = server.engine.next_deadline().value_or(now + 1s);
    const Engine::Time next = std::max(now, std::min(a, b));
    client.engine.advance(next);
    server.engine.advance(next);
    return next;
}

}  // namespace

int main() {
    Engine::Time now = 0s;
    Side client{Engine{{.addresses = {"10.0.0.1/24"}}, now}};
    Side server{Engine{{.addresses = {"10.0.0.2/24"}}, now}};

    const auto listener = server.engine.open(Engine::SocketType::stream).value();
    server.engine.bind(listener, "10.0.0.2:80", now).value();
    server.engine.listen(listener, 1, now).value();

    const auto socket = client.engine.open(Engine::SocketType::stream).value();
    (void)client.engine.connect(socket, "10.0.0.2:80", now);
    carry(client, server, now);
    const auto accepted = server.engine.accept(listener, now).value();

    const std::string_view text = "carried by hand";
    (void)client.engine.send(socket, std::as_bytes(std::span{text}), now);
    std::array<std::byte, 100> buffer{};
    auto got = server.engine.receive_from_stream(accepted, buffer, now);
    while (!got) {  // the packet was lost: wait for its retransmission
        carry(client, server, now);
        got = server.engine.receive_from_stream(accepted, buffer, now);
        if (!got) now = pass_time(client, server, now);
    }

    const std::string arrived{reinterpret_cast<const char*>(buffer.data()), *got};
    std::cout << "\"" << arrived << "\" arrived after "
              << std::chrono::duration_cast<std::chrono::milliseconds>(now).count() << " ms and "
              << client.sent << " packets\n";
    return arrived == text ? 0 : 1;
}
