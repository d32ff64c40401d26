// Between the engine's results and the two forms of a public verb.
#pragma once

#include <system_error>
#include <type_traits>
#include <utility>

#include "core/berkeley/errno.hpp"

namespace handfast::api {

[[nodiscard]] inline std::error_code to_error(berkeley::Errno e) {
    return std::make_error_code(e);
}

// Throws what the other form of a verb would have said.
inline void raise(const std::error_code& error, const char* what) {
    if (error) throw std::system_error{error, what};
}

// The value of a result; an empty one, and the error, when it has none.
template <class T>
[[nodiscard]] T value_or_error(berkeley::Result<T> result, std::error_code& error) {
    if (result) {
        error.clear();
        return *std::move(result);
    }
    error = to_error(result.error());
    return T{};
}
inline void value_or_error(berkeley::Result<void> result, std::error_code& error) {
    error = result ? std::error_code{} : to_error(result.error());
}

// The result with f applied to its value.
template <class T, class F>
[[nodiscard]] auto map(const berkeley::Result<T>& result, F&& f)
    -> berkeley::Result<std::invoke_result_t<F&, const T&>> {
    if (!result) return std::unexpected{result.error()};
    return f(*result);
}

}  // namespace handfast::api
