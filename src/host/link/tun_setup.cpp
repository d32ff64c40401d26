#include "host/link/tun_setup.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <thread>

#include "host/link/file_descriptor.hpp"

namespace handfast::link {

namespace {

constexpr std::string_view ask_root =
    "it needs CAP_NET_ADMIN: try as root, or set it up beforehand";

[[nodiscard]] ifreq request_for(const std::string& device) {
    ifreq request{};
    device.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

[[nodiscard]] sockaddr ipv4(std::uint32_t host_order) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(host_order);
    sockaddr out{};
    static_assert(sizeof in == sizeof out);
    std::memcpy(&out, &in, sizeof in);
    return out;
}

[[nodiscard]] std::uint32_t netmask(std::uint8_t length) {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
}

// Any socket names the network namespace whose devices are meant.
[[nodiscard]] Result<FileDescriptor> control_socket() {
    FileDescriptor control{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!control) return fail("open a control socket", "");
    return control;
}

}  // namespace

Result<void> set_up(const std::string& device, const TunSetup& setup) {
    auto control = control_socket();
    if (!control) return std::unexpected{control.error()};
    const auto set = [&](unsigned long what, ifreq request, std::string_view text) -> Result<void> {
        if (::ioctl(control->get(), what, &request) == 0) return {};
        return fail(fmt::format("set the {} of {}", text, device), ask_root);
    };

    ifreq request = request_for(device);
    request.ifr_addr = ipv4(setup.address.address.v4_value());
    if (auto done = set(SIOCSIFADDR, request, "address"); !done) return done;
    request = request_for(device);
    request.ifr_netmask = ipv4(netmask(setup.address.length));
    if (auto done = set(SIOCSIFNETMASK, request, "netmask"); !done) return done;
    request = request_for(device);
    request.ifr_mtu = setup.mtu;
    if (auto done = set(SIOCSIFMTU, request, "MTU"); !done) return done;
    request = request_for(device);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    return set(SIOCSIFFLAGS, request, "state");
}

Result<std::uint16_t> mtu_of(const std::string& device) {
    auto control = control_socket();
    if (!control) return std::unexpected{control.error()};
    ifreq request = request_for(device);
    if (::ioctl(control->get(), SIOCGIFMTU, &request) != 0)
        return fail(fmt::format("ask for the MTU of {}", device), "");
    return static_cast<std::uint16_t>(std::clamp(request.ifr_mtu, 0, 65'535));
}

Result<void> wait_until_running(const std::string& device) {
    using namespace std::chrono_literals;
    constexpr auto between_looks = 1ms;
    constexpr auto patience = 2s;
    auto control = control_socket();
    if (!control) return std::unexpected{control.error()};
    ifreq request = request_for(device);
    for (auto waited = 0ms; waited < patience; waited += between_looks) {
        if (::ioctl(control->get(), SIOCGIFFLAGS, &request) != 0)
            return fail(fmt::format("ask for the state of {}", device), "");
        const int flags = request.ifr_flags;
        if ((flags & IFF_UP) == 0 || (flags & IFF_RUNNING) != 0) break;
        std::this_thread::sleep_for(between_looks);
    }
    return {};
}

}  // namespace handfast::link
