// Requests that threads leave with whoever holds the engine: many put in, the holder takes all.
//
//   newest -> ... -> oldest       a stack of nodes that live on the stacks of the threads that wait
#pragma once

#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/base/time.hpp"
#include "core/network/network.hpp"
#include "host/runtime/patience.hpp"
#include "host/runtime/signal.hpp"

namespace handfast::runtime {

// Something to be done to the network by the holder, for a thread that waits for it.
struct Request {
    using Run = void (*)(Request&, network::Network&, Instant now);

    explicit Request(Run r) : run{r} {}

    Run run;
    Request* next{nullptr};
    Processor from{this_processor()};  // who asks runs here, whoever serves
    bool heir{false};  // told with `answered`: the engine is yours now, serve yourself
    Signal answered;
};

// A request that calls verb(network, now) and keeps what it returned.
template <class Verb>
struct Call : Request {
    using Result = std::invoke_result_t<Verb&, network::Network&, Instant>;

    explicit Call(Verb& v)
        : Request{[](Request& r, network::Network& n, Instant now) {
              auto& self = static_cast<Call&>(r);
              self.result.emplace(self.verb(n, now));
          }},
          verb{v} {}

    Verb& verb;
    std::optional<Result> result;
};

// Requests in the order in which they came.
class RequestList {
public:
    RequestList() = default;
    explicit RequestList(Request& only) { push_front(only); }

    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    void push_front(Request& r) { r.next = std::exchange(first_, &r); }
    [[nodiscard]] Request& pop_front() { return *std::exchange(first_, first_->next); }

private:
    Request* first_{nullptr};
};

class Mailbox {
public:
    void put(Request& r) {
        Request* newest = newest_.load(std::memory_order_relaxed);
        do {
            r.next = newest;
        } while (!newest_.compare_exchange_weak(newest, &r, std::memory_order_seq_cst));
    }

    [[nodiscard]] bool empty() const { return newest_.load(std::memory_order_seq_cst) == nullptr; }

    // Everything that is there. Only the holder of the engine takes.
    [[nodiscard]] RequestList take_all() {
        RequestList in_order;
        if (newest_.load(std::memory_order_relaxed) == nullptr) return in_order;
        Request* r = newest_.exchange(nullptr, std::memory_order_acquire);
        while (r != nullptr) in_order.push_front(*std::exchange(r, r->next));
        return in_order;
    }

private:
    std::atomic<Request*> newest_{nullptr};
};

}  // namespace handfast::runtime
