// A Tcp whose peer is the test, for Fast Open: connections one after the other, each from a port of
// its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rig.hpp"

namespace handfast::tcp::testing {

[[nodiscard]] inline wire::FastOpenCookie cookie(std::uint8_t octet, std::uint8_t length = 8) {
    wire::FastOpenCookie c;
    c.length = length;
    for (std::size_t i = 0; i < length; ++i) c.octets[i] = std::byte{octet};
    return c;
}

inline constexpr wire::FastOpenCookie request{};

[[nodiscard]] inline Given serving() {
    Given g;
    g.profile.fast_open.server = true;
    return g;
}

struct Early : Lone {
    explicit Early(const Given& given = {}) : Lone{given} { peer_options.mss = 1460; }

    // Opens from the next port: the octets that are taken. The SYN is kept in `first`.
    std::size_t open(std::string_view text, bool without_cookie = false) {
        local = host.at(static_cast<std::uint16_t>(1000 + opened_++));
        const auto opened = host.tcp.open(ActiveOpen{.tuple = {.local = local, .remote = remote},
                                                     .link_mtu = host.given.mtu,
                                                     .owner = 100U + opened_,
                                                     .settings = host.given.settings},
                                          {.text = octets(text), .without_cookie = without_cookie},
                                          now);
        HF_CHECK(opened.has_value());
        c = opened->connection;
        first = sent_one();
        iss = first.seq;
        return opened->taken;
    }
    // The peer's SYN/ACK, with a cookie or without.
    void answer(std::uint32_t acks, std::optional<wire::FastOpenCookie> with = std::nullopt) {
        Seg s = peer(syn_ack, 0, acks);
        s.options.fast_open = with;
        inject(s);
    }
    // A handshake that brings this cookie.
    void learn(const wire::FastOpenCookie& brought) {
        (void)open({});
        answer(1, brought);
        (void)sent();
    }

    // ---- The other side: the peer opens from the next port.
    void serve(std::size_t most = 16) {
        listen();
        local = host.at(80);
        host.tcp.set_fast_open(listener, {.most = most, .without_cookie = false, .keys = {}});
    }
    [[nodiscard]] wire::FastOpenCookie own_cookie() const {
        return fast_open_cookie(host.tcp.fast_open_keys().primary, remote.address, local.address);
    }
    // What the host answers to a SYN of the peer's.
    Seg arrives(std::optional<wire::FastOpenCookie> with, std::string_view text) {
        remote.port = wire::Port{static_cast<std::uint16_t>(2000 + opened_++)};
        Seg s = peer(syn, 0, 0, text);
        s.options.fast_open = with;
        inject(s);
        const Seg answer = sent_one();
        iss = answer.seq;
        return answer;
    }
    [[nodiscard]] std::size_t acceptable() const { return host.tcp.acceptable(listener); }
    void take() { c = host.accept(listener).value(); }

    Seg first;

private:
    std::uint32_t opened_{0};
};

}  // namespace handfast::tcp::testing
