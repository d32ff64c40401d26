// ICMP of a host: answers echoes, tells errors, reads those of others, and pings. RFC 792, RFC 1122
// §3.2.2, RFC 6633, RFC 6918.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/ring.hpp"
#include "core/base/rng.hpp"
#include "core/base/time.hpp"
#include "core/berkeley/errno.hpp"
#include "core/buf/packet.hpp"
#include "core/ip/arrived.hpp"
#include "core/ip/bounded_queue.hpp"
#include "core/ip/icmp_error.hpp"
#include "core/ip/icmp_limiter.hpp"
#include "core/ip/ledger.hpp"
#include "core/ip/limits.hpp"
#include "core/wire/icmp.hpp"

namespace handfast::ip {

// A message to send: the ICMP header first, the rest for IP.
struct Message {
    buf::Packet packet;
    wire::Envelope envelope;
};

// What became of an echo that we sent.
struct EchoAnswer {
    wire::IpAddress from;
    std::uint16_t identifier{0};
    std::uint16_t sequence{0};
    std::size_t length{0};  // octets of echoed data
    std::uint8_t ttl{0};
    Instant at{};
    std::optional<berkeley::Errno> error;
};

struct Echo {
    wire::IpAddress source;
    wire::IpAddress destination;
    std::uint16_t identifier{0};
    std::uint16_t sequence{0};
    std::size_t length{0};  // octets of data
    std::uint8_t ttl{64};
};

class Icmp {
public:
    static constexpr std::size_t echo_data_max = 65'507;

    Icmp(
        Ledger& ledger, buf::Pool& pool, const Entropy& entropy, const Limits& limits, Instant now);

    // A message came in. An error about a datagram of ours is given back, for its transport.
    [[nodiscard]] std::optional<IcmpError> arrives(Arrived arrived, Instant now);

    // Tells the sender of a datagram why it ends here, unless RFC 1122 §3.2.2 forbids it (ICMP4-4)
    // or the limiter does. The source was checked when the datagram came in.
    void send_error(const Arrived& about, const wire::IcmpHeader& header, Instant now);

    // EMSGSIZE, ENOBUFS.
    [[nodiscard]] berkeley::Result<void> send_echo(const Echo& echo, Instant now);
    // An error about an echo of ours; icmp_no_flow when we did not send it.
    [[nodiscard]] std::optional<trace::Drop> echo_failed(const IcmpError& error, Instant now);
    // The answers since the last call; the vector is cleared and filled.
    void take_echo_answers(std::vector<EchoAnswer>& out);

    [[nodiscard]] std::optional<Message> transmit();
    [[nodiscard]] bool wants_to_transmit() const { return !outgoing_.empty(); }

private:
    struct Asked {
        wire::IpAddress destination;
        std::uint16_t identifier{0};
        std::uint16_t sequence{0};
        friend bool operator==(const Asked&, const Asked&) = default;
    };

    void answer_echo(Arrived arrived, Instant now);
    void take_echo_reply(const Arrived& arrived, const wire::IcmpView& view, Instant now);
    [[nodiscard]] bool was_asked(const Asked& asked) const;
    void send(buf::Packet packet, const wire::Envelope& envelope, Instant now);

    Ledger& ledger_;
    buf::Pool& pool_;
    Limits limits_;
    IcmpLimiter limiter_;
    BoundedQueue<Message> outgoing_;
    Ring<Asked> asked_;  // the latest echoes that we sent
    std::vector<EchoAnswer> answers_;
};

}  // namespace handfast::ip
