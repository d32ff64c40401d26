// What held a sender back, and for how long: always kept (DESIGN: observing never comes too late).
#pragma once

#include <cstdint>

#include "core/base/enum_array.hpp"
#include "core/base/time.hpp"
#include "core/trace/snapshot.hpp"

namespace handfast::tcp {

class LimitClock {
public:
    void enter(trace::Limit limit, Instant now) {
        if (limit == now_limit_) return;
        if (started_) spent_[now_limit_] += now - since_;
        now_limit_ = limit;
        since_ = now;
        started_ = true;
    }
    [[nodiscard]] EnumArray<trace::Limit, Duration> spent(Instant now) const {
        auto out = spent_;
        if (started_) out[now_limit_] += now - since_;
        return out;
    }

private:
    EnumArray<trace::Limit, Duration> spent_;
    Instant since_{};
    trace::Limit now_limit_{trace::Limit::idle};
    bool started_{false};
};

}  // namespace handfast::tcp
