// A command's line to a network's daemon. What netd refuses, or cannot be reached for, is thrown:
// std::invalid_argument for a wrong usage, std::runtime_error for all else.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/control/listing.hpp"
#include "core/control/message.hpp"
#include "host/run/rendezvous.hpp"

namespace handfast::cli {

// The network that is meant when nothing is said.
inline constexpr const char* default_network = "default";
// Runs without --host share this one.
inline constexpr const char* default_host = "local";

[[noreturn]] void complain(std::errc error, const std::string& text);

template <class T>
T checked(link::Result<T> result) {
    if (!result) complain(result.error().error, result.error().text);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class NetdLine {
public:
    // To the daemon that runs.
    explicit NetdLine(const std::string& network);
    // Starts it if there is none, with these arguments.
    NetdLine(const std::string& network, std::vector<std::string> arguments);

    // Waits for the reply.
    control::Reply ask(control::Request request, run::Descriptors descriptors);
    control::Reply ask(control::Request request) { return ask(std::move(request), {}); }
    // The same, but what netd refuses stands in the reply.
    control::Reply try_to_ask(control::Request request) {
        return try_to_ask(std::move(request), {});
    }

    [[nodiscard]] control::ListedNetwork hosts();
    // An empty name: of all hosts.
    [[nodiscard]] control::Listing sockets(const std::string& host);
    // Waits until it has gone.
    void wait_for_end();

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] run::Daemon& daemon() { return daemon_; }

private:
    control::Reply try_to_ask(control::Request request, run::Descriptors descriptors);

    std::filesystem::path folder_;
    run::Daemon daemon_;
    std::uint32_t last_{1};  // Hello was the first
};

// Networks whose daemon runs, by name.
[[nodiscard]] std::vector<std::string> running_networks();

}  // namespace handfast::cli
