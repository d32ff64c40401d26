// A network: hosts, and the wire between them, in this process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <handfast/host.hpp>

namespace handfast {

// What packets look like on its wire.
enum class Medium : std::uint8_t {
    ethernet,  // many hosts on one segment, with MAC addresses, ARP and a switch
    raw_ip,    // one host opposite to one wire: a TUN device
};

struct NetworkOptions {
    // One seed gives the same fates to the same packets (loss, delay, …), and the same sequence
    // numbers and ports. None: drawn at random, which is what a network that meets strangers needs.
    std::optional<std::uint64_t> seed{};
    Medium medium{Medium::ethernet};
    std::size_t max_memory{std::size_t{512} << 20};  // octets of packets and queues
    std::size_t max_hosts{4096};
};

// Offloads of a TUN device: the kernel hands over, and takes, segments of up to 64 KiB with
// checksums left open. The same packets for both ends, several times faster.
enum class TunOffload : std::uint8_t { on, off };

// A host whose link is a TUN device of the kernel: it talks with this machine's own TCP, and
// through it with the world.
struct TunOptions {
    std::string device{"tun0"};  // made when it is not there, which needs privileges
    HostOptions host{};          // its addresses: others than the device's own
    TunOffload offload{TunOffload::on};
    // The kernel's own address on the device. When given it is set, with the host's MTU, and the
    // device brought up: this needs CAP_NET_ADMIN. None: the device is ready, or will be, and has
    // its MTU.
    std::optional<Prefix> kernel_address{};
};

// Any number of networks may stand side by side in a process; they share nothing. It lives until
// the last Network, Host, socket and Buffer of it is gone. Move-only; its verbs are thread-safe.
//
//     handfast::Network network;
//     handfast::Host server = network.add_host("server", "192.168.21.253/24");
//     handfast::Host client = network.add_host("client", "192.168.21.1/24");
class Network {
public:
    Network();
    explicit Network(const NetworkOptions& options);
    Network(Network&& other) noexcept;
    Network& operator=(Network&& other) noexcept;
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;
    ~Network();

    // A new host on the segment. Errors: address_in_use (another host has an address of these),
    // invalid_argument (no address; a raw-IP network has its one host by attach_tun()),
    // no_buffer_space or no_space_on_device (too many hosts).
    Host add_host(const HostOptions& options);
    Host add_host(const HostOptions& options, std::error_code& error) noexcept;
    Host add_host(std::string_view name, const Prefix& address);
    // The host of a raw-IP network, its link tied to a TUN device. Waits, which may take a second,
    // until the kernel sends to it, unless it is down. The system_error's text says what could not
    // be done, and what to try. Errors: permission_denied, operation_not_permitted,
    // device_or_resource_busy, no_such_file_or_directory, invalid_argument (an Ethernet network),
    // no_space_on_device (there is a host already).
    //
    //     handfast::Network network{{.medium = handfast::Medium::raw_ip}};
    //     handfast::Host host = network.attach_tun({.device = "tun0", .host = {.addresses =
    //     {"10.9.0.2/24"}}});
    Host attach_tun(const TunOptions& options);
    Host attach_tun(const TunOptions& options, std::error_code& error) noexcept;

    // Its hosts, in the order in which they came.
    [[nodiscard]] std::vector<Host> hosts() const;
    // Threads woken by system calls so far: the price of talking between threads.
    [[nodiscard]] std::uint64_t wakeups() const noexcept;
    // Octets of packets and queues in use.
    [[nodiscard]] std::size_t memory_in_use() const;

private:
    friend struct NetworkAccess;  // of the programs in this tree
    [[nodiscard]] Host make_host(const HostOptions& options,
                                 std::uint16_t mtu,
                                 TunOffload offload,
                                 std::error_code& error);

    NetworkOptions options_;
    std::shared_ptr<runtime::Engine> engine_;
};

}  // namespace handfast
