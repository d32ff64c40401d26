// HF_CHECK: for our own bugs, never for input. Always on; aborts with the place.
#pragma once

namespace handfast {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

}  // namespace handfast

// NOLINTNEXTLINE(cppcoreguidelines-macro-usage): needs the text and place of its argument.
#define HF_CHECK(expression)                 \
    (static_cast<bool>(expression) ? void(0) \
                                   : ::handfast::check_failed(#expression, __FILE__, __LINE__))
