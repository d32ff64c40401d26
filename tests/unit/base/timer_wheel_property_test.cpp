// The wheel against a model that is a plain list searched from end to end.
#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <optional>
#include <ostream>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <utility>
#include <vector>

#include "core/base/timer_wheel.hpp"

namespace handfast {
namespace {

constexpr std::size_t population = 24;

// Distances of every magnitude, from a nanosecond to decades.
struct Distance {
    std::uint8_t magnitude{0};
    std::uint32_t fraction{0};

    [[nodiscard]] Duration duration() const {
        const std::uint64_t unit = std::uint64_t{1} << (magnitude % 60);
        return Duration{static_cast<std::int64_t>(unit + fraction % unit)};
    }
};

enum class Verb : std::uint8_t { set, set_overdue, set_equal, cancel, count };

struct Order {
    Verb verb{Verb::set};
    std::uint8_t entry{0};
    std::uint8_t other{0};
    Distance distance;
};

struct Round {
    std::vector<Order> orders;
    std::vector<Order> orders_in_fire;
    Distance jump;
    bool to_next{false};  // advance to what next() says, in place of the jump
};

void showValue(const Order& o, std::ostream& out) {
    out << "{verb " << static_cast<int>(o.verb) << " entry " << int{o.entry} << " other "
        << int{o.other} << " distance " << o.distance.duration().count() << "}";
}

void showValue(const Round& r, std::ostream& out) {
    out << "{orders ";
    for (const Order& o : r.orders) showValue(o, out);
    out << " in fire ";
    for (const Order& o : r.orders_in_fire) showValue(o, out);
    out << " jump " << (r.to_next ? -1 : r.jump.duration().count()) << "}\n";
}

struct Firing {
    std::size_t entry{0};
    Instant deadline;

    friend bool operator==(const Firing&, const Firing&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Firing& f) {
        return out << f.entry << " at " << f.deadline.time_since_epoch().count();
    }
};

// What the wheel's contract says, in the plainest words.
class Model {
public:
    void set(std::size_t entry, Instant deadline) {
        Timer& t = timers_[entry];
        if (!t.deadline) t.reports = {};
        t.reports.push_back(deadline);
        t.deadline = deadline;
        t.arming = ++armings_;
        t.deferred = firing_ && deadline <= *firing_;
    }
    void cancel(std::size_t entry) { timers_[entry].deadline.reset(); }

    template <class F>
    void advance(Instant now, F&& fire) {
        while (const auto entry = first_due(now)) {
            firing_ = timers_[*entry].deadline;
            timers_[*entry].deadline.reset();
            fire(Firing{*entry, *firing_});
        }
        firing_.reset();
        for (Timer& t : timers_) {
            t.deferred = false;
            std::erase_if(t.reports, [&](Instant report) { return report <= now; });
        }
    }

    [[nodiscard]] Deadline deadline(std::size_t entry) const { return timers_[entry].deadline; }
    [[nodiscard]] Deadline next() const {
        Deadline first;
        for (const Timer& t : timers_) first = earlier(first, t.deadline);
        return first;
    }
    // What next() may say at the earliest, because of deadlines that were moved later.
    [[nodiscard]] Deadline earliest_report() const {
        Deadline first;
        for (const Timer& t : timers_) {
            if (!t.deadline) continue;
            for (const Instant report : t.reports) first = earlier(first, report);
            first = earlier(first, t.deadline);
        }
        return first;
    }
    [[nodiscard]] std::size_t size() const {
        const auto armed = [](const Timer& t) { return t.deadline.has_value(); };
        return static_cast<std::size_t>(std::ranges::count_if(timers_, armed));
    }

private:
    struct Timer {
        Deadline deadline;
        std::vector<Instant> reports;  // deadlines to come that it had since it was armed
        std::uint64_t arming{0};
        bool deferred{false};
    };

    [[nodiscard]] std::optional<std::size_t> first_due(Instant now) const {
        std::optional<std::size_t> first;
        const auto rank = [&](std::size_t i) {
            return std::pair{*timers_[i].deadline, timers_[i].arming};
        };
        for (std::size_t i = 0; i < timers_.size(); ++i) {
            const Timer& t = timers_[i];
            if (!t.deadline || t.deferred || *t.deadline > now) continue;
            if (!first || rank(i) < rank(*first)) first = i;
        }
        return first;
    }

    std::array<Timer, population> timers_{};
    std::uint64_t armings_{0};
    Deadline firing_;
};

// The wheel with the model's face.
class Wheel {
public:
    void set(std::size_t entry, Instant deadline) {
        wheel_.set(entries_[entry], deadline);
        deadlines_[entry] = deadline;
    }
    void cancel(std::size_t entry) { wheel_.cancel(entries_[entry]); }

    template <class F>
    void advance(Instant now, F&& fire) {
        wheel_.advance(now, [&](TimerWheel::Entry& e) {
            RC_ASSERT(!e.armed());
            const auto entry = static_cast<std::size_t>(&e - entries_.data());
            fire(Firing{entry, deadlines_[entry]});
        });
    }

    [[nodiscard]] Deadline deadline(std::size_t entry) const { return entries_[entry].deadline(); }
    [[nodiscard]] Deadline next() const { return wheel_.next(); }
    [[nodiscard]] std::size_t size() const { return wheel_.size(); }

private:
    TimerWheel wheel_;
    std::array<TimerWheel::Entry, population> entries_;
    std::array<Instant, population> deadlines_{};
};

[[nodiscard]] Instant shifted(Instant from, Duration by) {
    if (from < Instant{}) return from + by;
    return Instant::max() - from > by ? from + by : Instant::max();
}

template <class Subject>
void obey(Subject& subject, const Order& order, Instant now) {
    const std::size_t entry = order.entry % population;
    const Duration distance = order.distance.duration();
    switch (order.verb) {
        case Verb::set:
            return subject.set(entry, shifted(now, distance));
        case Verb::set_overdue:
            return subject.set(entry, now - distance);
        case Verb::set_equal:
            if (const auto other = subject.deadline(order.other % population))
                subject.set(entry, *other);
            return;
        default:
            return subject.cancel(entry);
    }
}

// Advances, gives one of the orders at each firing until there are none, and tells what fired.
template <class Subject>
[[nodiscard]] std::vector<Firing> run(Subject& subject,
                                      const std::vector<Order>& orders,
                                      Instant now) {
    std::vector<Firing> fired;
    subject.advance(now, [&](Firing f) {
        if (fired.size() < orders.size()) obey(subject, orders[fired.size()], f.deadline);
        fired.push_back(f);
    });
    return fired;
}

void expect_equal(const Wheel& wheel, const Model& model) {
    RC_ASSERT(wheel.size() == model.size());
    for (std::size_t i = 0; i < population; ++i) RC_ASSERT(wheel.deadline(i) == model.deadline(i));
    RC_ASSERT(wheel.next().has_value() == model.next().has_value());
    if (!model.next()) return;
    RC_ASSERT(*wheel.next() <= *model.next());
    RC_ASSERT(*wheel.next() >= *model.earliest_report());
}

[[nodiscard]] rc::Gen<Distance> any_distance() {
    return rc::gen::build<Distance>(
        rc::gen::set(&Distance::magnitude, rc::gen::inRange<std::uint8_t>(0, 60)),
        rc::gen::set(&Distance::fraction));
}

[[nodiscard]] rc::Gen<Order> any_order() {
    return rc::gen::build<Order>(
        rc::gen::set(
            &Order::verb,
            rc::gen::weightedElement<Verb>(
                {{6, Verb::set}, {1, Verb::set_overdue}, {2, Verb::set_equal}, {2, Verb::cancel}})),
        rc::gen::set(&Order::entry),
        rc::gen::set(&Order::other),
        rc::gen::set(&Order::distance, any_distance()));
}

[[nodiscard]] rc::Gen<Round> any_round() {
    const auto orders = rc::gen::container<std::vector<Order>>(any_order());
    return rc::gen::build<Round>(rc::gen::set(&Round::orders, orders),
                                 rc::gen::set(&Round::orders_in_fire, orders),
                                 rc::gen::set(&Round::jump, any_distance()),
                                 rc::gen::set(&Round::to_next));
}

RC_GTEST_PROP(TimerWheelProperty, agrees_with_a_sorted_list, ()) {
    const auto rounds = *rc::gen::container<std::vector<Round>>(any_round());
    Wheel wheel;
    Model model;
    Instant now;
    for (const Round& round : rounds) {
        for (const Order& order : round.orders) {
            obey(wheel, order, now);
            obey(model, order, now);
            expect_equal(wheel, model);
        }
        now = round.to_next ? std::max(now, wheel.next().value_or(now))
                            : shifted(now, round.jump.duration());
        RC_ASSERT(run(wheel, round.orders_in_fire, now) == run(model, round.orders_in_fire, now));
        expect_equal(wheel, model);
        // What was set to the past in fire is due now; after that nothing is.
        RC_ASSERT(run(wheel, {}, now) == run(model, {}, now));
        if (const auto next = wheel.next()) RC_ASSERT(*next > now);
    }
}

// Deadlines that are never moved are always named exactly.
RC_GTEST_PROP(TimerWheelProperty, names_the_exact_next_deadline_of_what_was_not_moved, ()) {
    const auto orders = *rc::gen::container<std::vector<Order>>(any_order());
    Wheel wheel;
    Model model;
    Instant now;
    for (const Order& order : orders) {
        wheel.cancel(order.entry % population);
        model.cancel(order.entry % population);
        obey(wheel, order, now);
        obey(model, order, now);
        RC_ASSERT(wheel.next() == model.next());
        if (order.other % 4 != 0) continue;
        now = shifted(now, order.distance.duration() / 2);
        RC_ASSERT(run(wheel, {}, now) == run(model, {}, now));
        RC_ASSERT(wheel.next() == model.next());
    }
}

}  // namespace
}  // namespace handfast
