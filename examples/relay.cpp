// Publishes a TCP service of this machine at an address of a stack of our own.
//
//   iperf3 -c 10.7.0.2 ── kernel ── hf0 ══ our TCP, 10.7.0.2:5201 ══ relay ── 127.0.0.1:5201,
//   iperf3 -s
//
//   ip tuntap add mode tun name hf0 user $USER       # once, as root
//   ip addr add 10.7.0.1/24 dev hf0 && ip link set hf0 up
//   relay hf0 10.7.0.2:5201 127.0.0.1:5201
//
// Each direction ends by itself, with FIN; a reset on one side becomes a reset on the other.
//
// not a test: serves for ever (tests/interop/relay_test.py has it carry curl and iperf3)
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <iostream>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <handfast/handfast.hpp>

using handfast::Buffer;
using handfast::Endpoint;
using handfast::Shutdown;
using handfast::TcpStream;

namespace {

// A connection of the kernel's TCP.
class KernelStream {
public:
    explicit KernelStream(const Endpoint& remote)
        : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(remote.port);
        std::memcpy(&to.sin_addr, remote.address.octets().data(), sizeof to.sin_addr);
        connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    }
    KernelStream(const KernelStream&) = delete;
    KernelStream& operator=(const KernelStream&) = delete;
    ~KernelStream() { ::close(socket_); }

    [[nodiscard]] bool connected() const { return connected_; }
    // Octets read; 0 at the end, nullopt after a failure.
    [[nodiscard]] std::optional<std::size_t> read(std::span<std::byte> into) const {
        const ssize_t n = ::recv(socket_, into.data(), into.size(), 0);
        if (n < 0) return std::nullopt;
        return static_cast<std::size_t>(n);
    }
    [[nodiscard]] bool write(std::span<const std::byte> octets) const {
        while (!octets.empty()) {
            const ssize_t n = ::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL);
            if (n < 0) return false;
            octets = octets.subspan(static_cast<std::size_t>(n));
        }
        return true;
    }
    void finish() const { ::shutdown(socket_, SHUT_WR); }
    // RST when it is closed; who reads is woken now.
    void reset() const {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::shutdown(socket_, SHUT_RD);
    }

private:
    int socket_;
    bool connected_{false};
};

// The octets go from our receive queue to the kernel without a copy of our own.
void carry_to_kernel(TcpStream& ours, const KernelStream& kernel) {
    constexpr std::size_t most = 256 * 1024;
    std::error_code error;
    while (true) {
        const Buffer octets = ours.read_buffer(most, error);
        if (error) return kernel.reset();
        if (octets.size() == 0) return kernel.finish();
        for (std::size_t i = 0; i < octets.parts(); ++i)
            if (!kernel.write(octets.part(i))) return ours.reset();
    }
}

// The kernel writes them into memory of the network, which they leave as packets.
void carry_to_network(const KernelStream& kernel, TcpStream& ours) {
    constexpr std::size_t most = 64 * 1024;
    std::error_code error;
    while (true) {
        Buffer octets = ours.allocate(most, error);
        if (error) return kernel.reset();
        const auto size = kernel.read(octets.writable_part(0));
        if (!size) return ours.reset();
        if (*size == 0) return ours.shutdown(Shutdown::write, error);
        octets.truncate(*size);
        ours.write(std::move(octets), error);
        if (error) return kernel.reset();
    }
}

void serve(TcpStream ours, const Endpoint& service) {
    const KernelStream kernel{service};
    if (!kernel.connected()) return ours.reset();
    std::jthread up{[&] { carry_to_kernel(ours, kernel); }};
    carry_to_network(kernel, ours);
}

int relay(const char* device, const Endpoint& at, const Endpoint& service) {
    handfast::Network network{{.medium = handfast::Medium::raw_ip}};
    const handfast::Host host = network.attach_tun(
        {.device = device, .host = {.name = "relay", .addresses = {{at.address, 24}}}});
    handfast::TcpListener listener = host.listen(at.port);
    std::cout << at.to_string() << " leads to " << service.to_string() << std::endl;
    while (true) std::thread{serve, listener.accept(), service}.detach();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "relay DEVICE OUR-ADDRESS:PORT SERVICE:PORT\n"
                     "for example: relay hf0 10.7.0.2:5201 127.0.0.1:5201\n";
        return 2;
    }
    try {
        return relay(argv[1], argv[2], argv[3]);
    } catch (const std::system_error& e) {
        std::cerr << "relay: " << e.what() << '\n';
        return 1;
    }
}
