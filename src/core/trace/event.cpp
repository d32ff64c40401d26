#include "core/trace/event.hpp"

#include "core/trace/text_table.hpp"

namespace handfast::trace {
namespace {

constexpr auto timers = std::to_array<TextRow<TimerKind>>({
    {TimerKind::retransmit, "RTO"},
    {TimerKind::tail_probe, "tail loss probe timer"},
    {TimerKind::reorder, "reordering timer"},
    {TimerKind::persist, "persist timer"},
    {TimerKind::delayed_ack, "delayed-ACK timer"},
    {TimerKind::pacing, "pacing timer"},
    {TimerKind::keep_alive, "keep-alive timer"},
    {TimerKind::linger, "linger timer"},
    {TimerKind::time_wait, "TIME_WAIT timer"},
});
static_assert(complete(timers));

}  // namespace

std::string_view text(TimerKind timer) {
    return text_in(timers, timer);
}

}  // namespace handfast::trace
