#include "core/trace/snapshot.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

constexpr auto limits = std::to_array<TextRow<Limit>>({
    {Limit::idle, "idle"},
    {Limit::handshake, "handshake"},
    {Limit::application, "application"},
    {Limit::send_buffer, "send buffer"},
    {Limit::receive_window, "receive window"},
    {Limit::congestion_window, "congestion window"},
    {Limit::pacing, "pacing"},
    {Limit::recovery, "recovery"},
    {Limit::closing, "closing"},
});
static_assert(complete(limits));

}  // namespace

std::string_view text(Limit limit) {
    return text_in(limits, limit);
}

}  // namespace handfast::trace
