// UDP promises nothing: the datagram is lost, and the application asks again.
//
// The network loses the first datagram of the client and the first of the server, by name. The
// client gets its answer at the third attempt.
#include <array>
#include <chrono>
#include <iostream>
#include <string_view>
#include <thread>

#include <handfast/handfast.hpp>

using namespace std::chrono_literals;

namespace {

std::string_view text(const std::array<std::byte, 1500>& buffer, std::size_t size) {
    return {reinterpret_cast<const char*>(buffer.data()), size};
}

// Answers every question until the socket is closed.
void serve(handfast::UdpSocket& socket) {
    std::array<std::byte, 1500> buffer{};
    std::error_code error;
    while (true) {
        const handfast::Datagram question = socket.receive_from(buffer, error);
        if (error) return;
        std::cout << "server: " << text(buffer, question.size) << '\n';
        socket.send_to("it is late", question.source);
    }
}

}  // namespace

int main() {
    const handfast::Weather loses_the_first{.drops = {{handfast::PacketKind::udp, 1}}};
    handfast::Network network;
    handfast::Host server = network.add_host("server", "192.168.21.253/24");
    handfast::Host client =
        network.add_host({.name = "client",
                          .addresses = {"192.168.21.1/24"},
                          .weather = {.up = loses_the_first, .down = loses_the_first}});

    handfast::UdpSocket service = server.open_udp("0.0.0.0:8898");
    std::jthread serving{[&] { serve(service); }};

    handfast::UdpSocket socket = client.open_udp();
    socket.connect("192.168.21.253:8898");
    socket.set_timeout(100ms);
    std::array<std::byte, 1500> buffer{};
    std::error_code error = std::make_error_code(std::errc::timed_out);
    int attempts = 0;
    while (error && attempts < 10) {
        ++attempts;
        socket.send("what time is it?");
        const handfast::Datagram answer = socket.receive_from(buffer, error);
        if (!error) {
            std::cout << "client: " << text(buffer, answer.size) << ", after " << attempts
                      << " attempts\n";
        }
    }
    service.close();
    return attempts == 3 ? 0 : 1;
}
