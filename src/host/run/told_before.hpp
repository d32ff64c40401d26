// What netd has told of the program's sockets, as long as it holds (generations.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "core/control/message.hpp"
#include "host/run/daemon_link.hpp"
#include "host/run/generations.hpp"

namespace handfast::run {

class ToldBefore {
public:
    explicit ToldBefore(Generations generations) : generations_{std::move(generations)} {}

    // What of a socket was told: an option, or a name.
    struct What {
        control::SocketKey key{};
        int level{0};
        int name{0};
        std::size_t room{0};  // for how many octets it was asked

        friend bool operator==(const What&, const What&) = default;
    };
    [[nodiscard]] static constexpr What name_of(control::SocketKey key,
                                                control::GetName::Whose whose) {
        constexpr int no_level = -1;
        return {.key = key, .level = no_level, .name = static_cast<int>(whose)};
    }

    // Answers with the reply of then, or asks, and keeps the reply unless it is an error. When netd
    // is gone nothing holds.
    void tell(DaemonLink& daemon,
              const What& what,
              control::Request request,
              DaemonLink::Continuation then);
    // Known without having been asked.
    void keep(const What& what, control::Reply reply);

private:
    static constexpr std::size_t most = 16'384;

    struct Hash {
        std::size_t operator()(const What& what) const;
    };
    struct Told {
        std::uint32_t generation{0};
        control::Reply reply;
    };
    [[nodiscard]] Told* find(const What& what);
    void keep(const What& what, Told told);

    Generations generations_;
    std::unordered_map<What, Told, Hash> told_;
};

}  // namespace handfast::run
