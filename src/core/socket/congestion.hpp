// TCP_CONGESTION: the names of congestion controllers.
#pragma once

#include <optional>
#include <string_view>

#include "core/socket/room.hpp"

namespace handfast::socket {

inline constexpr std::size_t congestion_name_size = 16;  // Linux: TCP_CA_NAME_MAX

// nullopt: no controller has that name.
[[nodiscard]] std::optional<tcp::CongestionControl> find_congestion_control(std::string_view name);
[[nodiscard]] std::string_view to_string(tcp::CongestionControl control);

[[nodiscard]] std::string_view congestion_control(const Room& room, const Socket& s);
// ENOENT: no controller has that name.
[[nodiscard]] Result<void> set_congestion_control(Room& room,
                                                  Socket& s,
                                                  std::string_view name,
                                                  Instant now);

}  // namespace handfast::socket
