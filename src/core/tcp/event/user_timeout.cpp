#include "core/tcp/event/user_timeout.hpp"

#include <algorithm>

namespace handfast::tcp {

// §3.1. A user that set one does not want it changed ("CHANGEABLE").
std::optional<Duration> user_timeout(const Connection& c, const Profile& profile) {
    if (c.settings.user_timeout > Duration{0}) return c.settings.user_timeout;
    if (!c.settings.tells_user_timeout || !c.rcv.user_timeout.is_given()) return std::nullopt;
    return std::clamp(std::max(profile.r2, c.rcv.user_timeout.time()),
                      profile.user_timeout_least,
                      profile.user_timeout_most);
}

wire::UserTimeout user_timeout_option(const Connection& c, const Profile& profile) {
    const Duration own = c.settings.user_timeout;
    return wire::UserTimeout::of(own > Duration{0} ? own : profile.r2);
}

void heed_user_timeout(Connection& c, const Segment& s) {
    if (c.settings.tells_user_timeout && s.options.user_timeout.is_given())
        c.rcv.user_timeout = s.options.user_timeout;
}

}  // namespace handfast::tcp
