#include "core/ip/icmp_error.hpp"

#include <algorithm>
#include <array>

namespace handfast::ip {

using berkeley::Errno;
using trace::Drop;
using wire::IcmpType;
using Kind = IcmpError::Kind;

namespace {

struct Meaning {
    Errno error;
    Kind kind;
};

// By code, as Linux has them (icmp_err_convert). Codes 2-4 are RFC 1122's hard errors; of those
// that RFC 1812 added, the prohibitions are hard. There is no std::errc for EHOSTDOWN and ENONET:
// those hosts are unreachable, too.
constexpr auto unreachable = std::to_array<Meaning>({
    {Errno::network_unreachable, Kind::soft},           // network
    {Errno::host_unreachable, Kind::soft},              // host
    {Errno::no_protocol_option, Kind::hard},            // protocol
    {Errno::connection_refused, Kind::hard},            // port
    {Errno::message_size, Kind::fragmentation_needed},  // fragmentation needed
    {Errno::operation_not_supported, Kind::soft},       // source route failed
    {Errno::network_unreachable, Kind::hard},           // network unknown
    {Errno::host_unreachable, Kind::hard},              // host unknown
    {Errno::host_unreachable, Kind::hard},              // source host isolated
    {Errno::network_unreachable, Kind::hard},           // network prohibited
    {Errno::host_unreachable, Kind::hard},              // host prohibited
    {Errno::network_unreachable, Kind::soft},           // network, for this TOS
    {Errno::host_unreachable, Kind::soft},              // host, for this TOS
    {Errno::host_unreachable, Kind::hard},              // communication prohibited
    {Errno::host_unreachable, Kind::hard},              // precedence violation
    {Errno::host_unreachable, Kind::hard},              // precedence cutoff
});

// RFC 1191 §7: what links had when routers did not tell their MTU yet.
constexpr auto plateaus =
    std::to_array<std::uint16_t>({68, 296, 508, 1006, 1492, 2002, 4352, 8166, 17'914, 32'000});

[[nodiscard]] std::uint16_t plateau_below(std::size_t length) {
    const auto above = std::ranges::lower_bound(plateaus, length);
    return above == plateaus.begin() ? plateaus.front() : *(above - 1);
}

}  // namespace

std::expected<IcmpError, Drop> read_error(const wire::IcmpView& message,
                                          const wire::IpAddress& reporter) {
    const auto quoted = message.quoted();
    if (!quoted) return std::unexpected{Drop::icmp_malformed};
    const wire::Ipv4View& ip = quoted->ip();
    Meaning meaning{Errno::host_unreachable, Kind::soft};  // Time Exceeded: RFC 9293 MUST-56
    if (message.type() == IcmpType::parameter_problem) meaning.error = Errno::protocol_error;
    if (message.type() == IcmpType::destination_unreachable) {
        if (message.code() >= unreachable.size()) return std::unexpected{Drop::icmp_unknown_type};
        meaning = unreachable[message.code()];
    }
    IcmpError error{.kind = meaning.kind,
                    .error = meaning.error,
                    .mtu = 0,
                    .reporter = reporter,
                    .protocol = ip.protocol(),
                    .tuple = {.local = {ip.source(), {}}, .remote = {ip.destination(), {}}},
                    .seq = {},
                    .identifier = 0,
                    .sequence = 0};
    if (meaning.kind == Kind::fragmentation_needed) {
        error.mtu =
            message.next_hop_mtu() != 0 ? message.next_hop_mtu() : plateau_below(ip.total_length());
    }
    if (ip.protocol() == wire::Protocol::icmp) {
        // Only an echo can have drawn an error from an honest host.
        if (load_u8(ip.payload(), 0) != static_cast<std::uint8_t>(IcmpType::echo))
            return std::unexpected{Drop::icmp_no_flow};
        error.identifier = quoted->echo_identifier();
        error.sequence = static_cast<std::uint16_t>(quoted->tcp_seq().raw() & 0xffffU);
        return error;
    }
    error.tuple.local.port = quoted->source_port();
    error.tuple.remote.port = quoted->target_port();
    error.seq = quoted->tcp_seq();
    return error;
}

}  // namespace handfast::ip
