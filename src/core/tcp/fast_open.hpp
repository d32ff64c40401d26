// TCP Fast Open (RFC 7413): text on the SYN, for a peer that gave us a cookie before.
//
//   client                                   server
//     SYN, cookie request   ------------->
//                           <-------------   SYN/ACK, cookie = hash(key, both addresses)
//     …
//     SYN, cookie, text     ------------->   accepted in SYN-RECEIVED: read, written, answered
//                           <-------------   SYN/ACK of SYN and text; text of the server's
//
// Without a valid cookie the text is passed over and an ordinary handshake follows. What few
// connections need stands here, behind a pointer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "core/base/ring.hpp"
#include "core/base/rng.hpp"
#include "core/base/slab.hpp"
#include "core/base/time.hpp"
#include "core/tcp/profile.hpp"
#include "core/wire/address.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::tcp {

struct Listener;

// Why a SYN went without text, or its text was not taken: tcpi_fastopen_client_fail.
enum class FastOpenFailure : std::uint8_t {
    none,
    cookie_unavailable,
    text_not_acknowledged,
    syn_repeated,
};

// What a connection knows of its Fast Open.
struct FastOpen {
    std::optional<wire::FastOpenCookie> option;  // goes out with the next SYN or SYN/ACK, once

    // Of an active opener: what its first SYN carried.
    std::uint32_t text{0};
    bool asked{false};  // a cookie, or the request for one
    bool asked_by_experiment{false};
    bool tries_again{false};  // the path had swallowed SYNs before: will it now?
    FastOpenFailure failure{FastOpenFailure::none};

    // Of a passive one: it was accepted with its SYN, and counts for this listener until the
    // handshake is done.
    bool early{false};
    bool syn_ack_again{false};
    Handle<Listener> pending_at;

    bool text_acknowledged{false};  // TCPI_OPT_SYN_DATA
};

// RFC 7413 §4.1.2: cookies are made of the client's address, so that a server remembers nothing.
// The backup key is the one before: its cookies are still taken, and replaced.
struct FastOpenKeys {
    KeyedHash::Key primary{};
    std::optional<KeyedHash::Key> backup;

    friend bool operator==(const FastOpenKeys&, const FastOpenKeys&) = default;
};

[[nodiscard]] wire::FastOpenCookie fast_open_cookie(const KeyedHash::Key& key,
                                                    const wire::IpAddress& client,
                                                    const wire::IpAddress& server);

// TCP_FASTOPEN, TCP_FASTOPEN_KEY and TCP_FASTOPEN_NO_COOKIE of a listener.
struct FastOpenListening {
    std::size_t most{0};  // connections at once whose handshake is not done; 0: none is taken early
    bool without_cookie{false};
    std::optional<FastOpenKeys> keys;  // nullopt: the host's
};

// RFC 7413 §5.1: those connections are counted, and those that a RST ended for a while longer: who
// floods with somebody else's address makes that host send RSTs.
class FastOpenQueue {
public:
    // Whether one more has its place.
    [[nodiscard]] bool has_room(std::size_t most, Instant now);
    void add() { ++pending_; }
    void remove() { --pending_; }
    void was_reset(Instant now);

private:
    std::size_t pending_{0};
    Ring<Instant> resets_;  // when each no longer counts; with pending_ never more than `most`
};

// RFC 7413 §4.1.3: what a client remembers of a server, for each pair of addresses; the peer that
// was not met for longest is forgotten first.
class FastOpenCache {
public:
    struct Known {
        wire::FastOpenCookie cookie;  // a request: there is none
        std::uint16_t mss{0};         // as its option said; 0: unknown
    };
    struct News {
        std::uint16_t mss{0};
        std::optional<wire::FastOpenCookie> cookie;
        // The server gave none: to be asked for by option 254 the next time, or never again so.
        enum class Refusal : std::uint8_t { none, of_option, of_experiment };
        Refusal refusal{Refusal::none};
    };

    FastOpenCache(const Entropy& secret, std::size_t most);

    [[nodiscard]] Known find(const wire::IpAddress& own, const wire::IpAddress& peer) const;
    void remember(const wire::IpAddress& own, const wire::IpAddress& peer, const News& news);
    [[nodiscard]] std::size_t size() const { return order_.size(); }

    // A path that swallows SYNs with text (RFC 7413 §7.1, "black hole"): for a while there is none.
    void pause(Instant now);
    [[nodiscard]] bool is_paused(Duration first_pause, Instant now) const;
    [[nodiscard]] bool was_paused() const { return pauses_ > 0; }
    void resume() { pauses_ = 0; }

private:
    struct Pair {
        wire::IpAddress own, peer;
        friend bool operator==(const Pair&, const Pair&) = default;
    };
    struct Entry {
        Pair pair;
        Known known;
        News::Refusal refusal{News::Refusal::none};
    };
    struct Hash {
        KeyedHash hash;
        [[nodiscard]] std::size_t operator()(const Pair& pair) const;
    };
    using Order = std::list<Entry>;  // the one that was met last in front

    std::size_t most_;
    Order order_;
    std::unordered_map<Pair, Order::iterator, Hash> places_;
    std::uint32_t pauses_{0};
    Instant paused_at_{};
};

}  // namespace handfast::tcp
