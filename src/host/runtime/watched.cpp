#include "host/runtime/watched.hpp"

namespace handfast::runtime {

void choose(WaiterList& from, Waiter& waiter, WaiterList& woken) {
    waiter.chosen = true;
    woken.splice(woken.end(), from, from.iterator_to(waiter));
}

void choose_all(WaiterList& from, WaiterList& woken) {
    while (!from.empty()) choose(from, from.front(), woken);
}

void choose_ready(WaiterList& from, berkeley::Ready ready, WaiterList& woken) {
    using berkeley::Ready;
    if (ready.any(Ready::err_bit | Ready::hup_bit)) return choose_all(from, woken);
    std::uint16_t left = ready.bits;
    for (auto w = from.begin(); w != from.end() && left != 0;) {
        Waiter& here = *w++;
        if ((here.wanted & left) == 0) continue;
        left = static_cast<std::uint16_t>(left & ~here.wanted);
        choose(from, here, woken);
    }
}

}  // namespace handfast::runtime
