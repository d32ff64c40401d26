// Names of the system's sockets, as its calls take and give them.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "api/convert.hpp"
#include "core/base/bytes.hpp"
#include "core/berkeley/linux_abi.hpp"

namespace handfast::cli {

// A sockaddr of either family.
class SocketName {
public:
    SocketName() = default;
    explicit SocketName(const Endpoint& end)
        : size_{static_cast<socklen_t>(berkeley::linux_abi::emit_address(
              api::to_core(end), std::as_writable_bytes(std::span{&storage_, 1})))} {}

    [[nodiscard]] sockaddr* data() { return static_cast<sockaddr*>(static_cast<void*>(&storage_)); }
    [[nodiscard]] socklen_t* size_to_fill() { return &size_; }
    [[nodiscard]] socklen_t size() const { return size_; }
    [[nodiscard]] Endpoint endpoint() const {
        const auto octets = std::as_bytes(std::span{&storage_, 1});
        if (storage_.ss_family == AF_INET)
            return api::from_core(
                wire::Endpoint{.address = wire::IpAddress::v4(load_be32(octets, 4)),
                               .port = wire::Port{load_be16(octets, 2)}});
        std::array<std::byte, 16> address{};
        std::ranges::copy(octets.subspan(8, address.size()), address.begin());
        return api::from_core(wire::Endpoint{.address = wire::IpAddress::v6(address),
                                             .port = wire::Port{load_be16(octets, 2)}});
    }

private:
    sockaddr_storage storage_{};
    socklen_t size_{sizeof storage_};
};

}  // namespace handfast::cli
