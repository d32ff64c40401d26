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

std::optional<CongestionControl> find_congestion_control(std::string_view name) {
    const auto* const row = std::ranges::find(rows, name, &Row::name);
    if (row == rows.end()) return std::nullopt;
    return row->control;
}

std::string_view to_string(CongestionControl control) {
    return std::ranges::find(rows, control, &Row::control)->name;
}

std::string_view congestion_control(const Room& room, const Socket& s) {
    return to_string(stream_settings(room, s).congestion);
}

Result<void> set_congestion_control(Room& room, Socket& s, std::string_view name, Instant now) {
    const auto control = find_congestion_control(name);
    if (!control) return berkeley::fail(berkeley::Errno::no_such_file_or_directory);
    tcp::Settings settings = stream_settings(room, s);
    settings.congestion = *control;
    return change(room, s, settings, now);
}

}  // namespace handfast::socket
