#include "observe/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include "core/wire/format.hpp"
#include "observe/text/words.hpp"

namespace handfast::observe {
namespace {

constexpr double shown_share = 0.01;

[[nodiscard]] std::string_view phase_text(const trace::ConnectionSnapshot& c) {
    if (c.in_loss) return ", in loss";
    return c.in_recovery ? ", in recovery" : "";
}

[[nodiscard]] std::string path_text(const trace::ConnectionSnapshot& c) {
    return fmt::format("  path: mss {}, rtt {} ± {}, rto {}, cwnd {}{}",
                       c.mss,
                       duration_text(c.srtt),
                       duration_text(c.rtt_variation),
                       duration_text(c.rto),
                       c.congestion_window,
                       phase_text(c));
}

}  // namespace

std::string limits_text(const trace::ConnectionSnapshot& connection) {
    Duration total{};
    std::vector<std::pair<Duration, trace::Limit>> shares;
    for (std::size_t i = 0; i < decltype(connection.limited)::size(); ++i) {
        const auto limit = static_cast<trace::Limit>(i);
        total += connection.limited[limit];
        shares.emplace_back(connection.limited[limit], limit);
    }
    std::ranges::sort(shares, std::ranges::greater{});
    std::string out;
    for (const auto& [time, limit] : shares) {
        const double share = static_cast<double>(time.count()) / static_cast<double>(total.count());
        if (total <= Duration{} || share < shown_share) break;
        if (!out.empty()) out += ", ";
        out += fmt::format("{} {:.0f} %", trace::text(limit), share * 100);
    }
    return out;
}

std::vector<std::string> summary(const trace::ConnectionSnapshot& c) {
    std::vector<std::string> out;
    out.push_back(fmt::format("{} {} → {}",
                              trace::text(c.state),
                              wire::to_string(c.tuple.local),
                              wire::to_string(c.tuple.remote)));
    out.push_back(fmt::format("  sends: {} queued, {} never sent, {} in flight, window {}",
                              c.send_queued,
                              c.send_unsent,
                              c.in_flight,
                              c.snd_wnd));
    out.push_back(fmt::format("  receives: {} to be read, {} beyond a hole, window {}",
                              c.receive_queued,
                              c.out_of_order,
                              c.rcv_wnd));
    out.push_back(path_text(c));
    out.push_back(fmt::format("  so far: {} sent, {} of them again, {} acknowledged, {} received",
                              c.bytes_sent,
                              c.bytes_retransmitted,
                              c.bytes_acked,
                              c.bytes_received));
    const std::string limits = limits_text(c);
    if (!limits.empty()) out.push_back("  held back by: " + limits);
    return out;
}

}  // namespace handfast::observe
