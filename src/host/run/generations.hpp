// How often what netd tells of a socket has changed: numbers in a file of the network's folder that
// netd raises and supervisors map. What was told while a number was as it is now still holds, and
// need not be asked again: getsockname(2), getsockopt(2) cost no visit to netd then.
//
// Sockets share numbers, by their keys: so more is asked than need be, and never less.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/control/message.hpp"
#include "host/link/failure.hpp"

namespace handfast::run {

inline constexpr const char* generations_name = "generations";

class Generations {
public:
    Generations() = default;  // none: whatever is told may change at once

    // netd's: anew, all of them 0.
    [[nodiscard]] static link::Result<Generations> make(int folder);
    // A supervisor's, to look at only. None when netd has no such file.
    [[nodiscard]] static Generations open(int folder);

    Generations(Generations&& other) noexcept : numbers_{std::exchange(other.numbers_, nullptr)} {}
    Generations& operator=(Generations&& other) noexcept {
        std::swap(numbers_, other.numbers_);
        return *this;
    }
    Generations(const Generations&) = delete;
    Generations& operator=(const Generations&) = delete;
    ~Generations();

    void raise(control::SocketKey key);
    [[nodiscard]] std::optional<std::uint32_t> of(control::SocketKey key) const;

private:
    explicit Generations(std::uint32_t* numbers) : numbers_{numbers} {}

    std::uint32_t* numbers_{nullptr};
};

}  // namespace handfast::run
