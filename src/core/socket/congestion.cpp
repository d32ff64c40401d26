#include "core/socket/congestion.hpp"

#include <algorithm>
#include <array>

#include "core/socket/options.hpp"

namespace handfast::socket {
namespace {

using tcp::CongestionControl;

struct Row {
    std::string_view name;
    CongestionControl control;
};

// As Linux calls them.
constexpr std::array rows{Row{"cubic", CongestionControl::cubic},
                          Row{"reno", CongestionControl::reno},
                          Row{"bbr", CongestionControl::bbr}};

}  // namespace

std::string_view congestion_control(const Room& room, const Socket& s) {
    const CongestionControl control = stream_settings(room, s).congestion;
    return std::ranges::find(rows, control, &Row::control)->name;
}

Result<void> set_congestion_control(Room& room, Socket& s, std::string_view name, Instant now) {
    const auto* const row = std::ranges::find(rows, name, &Row::name);
    if (row == rows.end()) return berkeley::fail(berkeley::Errno::no_such_file_or_directory);
    tcp::Settings settings = stream_settings(room, s);
    settings.congestion = row->control;
    return change(room, s, settings, now);
}

}  // namespace handfast::socket
