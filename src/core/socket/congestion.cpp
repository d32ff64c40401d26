#include "core/socket/congestion.hpp"

namespace handfast::socket {
namespace {

// TCP has one controller so far: RFC 5681's, which everybody calls by this name.
constexpr std::string_view the_controller = "reno";

}  // namespace

std::string_view congestion_control(const Room&, const Socket&) {
    return the_controller;
}

Result<void> set_congestion_control(Room&, Socket&, std::string_view name) {
    if (name != the_controller) return berkeley::fail(berkeley::Errno::no_such_file_or_directory);
    return {};
}

}  // namespace handfast::socket
