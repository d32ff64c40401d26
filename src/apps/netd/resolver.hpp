// Names of the network's hosts, by DNS (RFC 1034, RFC 1035): whoever asks a nameserver of this
// machine is answered by netd, without a packet. A name that is no host's does not exist: there is
// no way out of a network.
//
//   A      the IPv4 addresses of the host of this name
//   AAAA   none, but the name exists
//   PTR    the host that has the address
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/control/message.hpp"
#include "core/wire/address.hpp"

namespace handfast::netd {

class Hosts;

// The addresses that resolv.conf(5) names; 127.0.0.1 when there are none. IPv4 only.
[[nodiscard]] std::vector<wire::IpAddress> nameservers_of(std::string_view resolv_conf);

class Resolver {
public:
    Resolver();  // of this machine's nameservers
    explicit Resolver(std::vector<wire::IpAddress> nameservers)
        : nameservers_{std::move(nameservers)} {}

    [[nodiscard]] bool is_asked(const wire::Endpoint& to) const;
    // nullopt: this is no question.
    [[nodiscard]] static std::optional<control::Octets> answer(const Hosts& hosts, Bytes message);

private:
    std::vector<wire::IpAddress> nameservers_;
};

}  // namespace handfast::netd
