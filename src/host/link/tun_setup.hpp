// Gives a TUN device its address, MTU and state, as `ip addr add` and `ip link set up` do. Needs
// CAP_NET_ADMIN in the device's network namespace.
#pragma once

#include <cstdint>
#include <string>

#include "core/wire/address.hpp"
#include "host/link/failure.hpp"

namespace handfast::link {

// What the kernel's side of the device is to be.
struct TunSetup {
    wire::Prefix address;  // the kernel's own address; a host of ours is another one of this prefix
    std::uint16_t mtu{1500};
};

// Sets all of it and brings the device up.
[[nodiscard]] Result<void> set_up(const std::string& device, const TunSetup& setup);
// The MTU that the device has.
[[nodiscard]] Result<std::uint16_t> mtu_of(const std::string& device);
// The kernel's end of a TUN device drops what it sends until the kernel has noticed that somebody
// holds the other one, which takes it up to a second. Waits for that; not for a device that is
// down.
[[nodiscard]] Result<void> wait_until_running(const std::string& device);

}  // namespace handfast::link
