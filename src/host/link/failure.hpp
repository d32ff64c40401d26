// Why a system call of ours failed: its number, and a sentence that says what to try.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <system_error>

namespace handfast::link {

struct Failure {
    std::errc error{};
    std::string text;  // "cannot open /dev/net/tun: Permission denied; try …"
};

template <class T>
using Result = std::expected<T, Failure>;

// From errno, right after the call: "cannot <what>: <the error's own text>; <advice>".
[[nodiscard]] std::unexpected<Failure> fail(std::string_view what, std::string_view advice);

}  // namespace handfast::link
