// sockaddr_un as a value: a path, or an abstract name.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/base/check.hpp"

namespace handfast::run {

class UnixAddress {
public:
    static constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;

    [[nodiscard]] static UnixAddress path(std::string_view path) {
        UnixAddress result;
        result.put(path, 0);
        return result;
    }
    // Without its leading zero octet.
    [[nodiscard]] static UnixAddress abstract_name(std::string_view name) {
        UnixAddress result;
        result.put(name, 1);
        return result;
    }

    [[nodiscard]] const sockaddr* data() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }
    [[nodiscard]] socklen_t size() const { return size_; }

private:
    void put(std::string_view text, std::size_t at) {
        HF_CHECK(text.size() <= longest);
        address_.sun_family = AF_UNIX;
        std::ranges::copy(text, address_.sun_path + at);
        // A path ends with a zero octet, an abstract name begins with one.
        size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
    }

    sockaddr_un address_{};
    socklen_t size_{0};
};

}  // namespace handfast::run
