// Finds what has this flow: a hash table keyed by a secret, so that nobody outside can choose
// collisions (attack A49). Intrusive; doubles its buckets as it fills.
#pragma once

#include <boost/intrusive/unordered_set.hpp>
#include <cstddef>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/rng.hpp"
#include "core/tcp/isn.hpp"
#include "core/wire/address.hpp"

namespace handfast::tcp {

// T has `tuple` and the hook that `Hook` names.
template <class T, class Hook>
class FlowTable {
public:
    explicit FlowTable(const Entropy& secret)
        : hash_{KeyedHash::derive(secret, use)},
          buckets_(first_buckets),
          set_{Traits{buckets_.data(), buckets_.size()}} {}
    FlowTable(const FlowTable&) = delete;
    FlowTable& operator=(const FlowTable&) = delete;
    FlowTable(FlowTable&&) = delete;
    FlowTable& operator=(FlowTable&&) = delete;
    ~FlowTable() { set_.clear(); }

    [[nodiscard]] T* find(const wire::FlowTuple& tuple) {
        if (last_ != nullptr && last_->tuple == tuple) return last_;
        const auto found = find_in(set_, tuple);
        return found == set_.end() ? nullptr : last_ = &*found;
    }
    [[nodiscard]] const T* find(const wire::FlowTuple& tuple) const {
        const auto found = find_in(set_, tuple);
        return found == set_.end() ? nullptr : &*found;
    }
    void insert(T& value) {
        if (set_.size() >= buckets_.size()) grow();
        typename Set::insert_commit_data place;
        const auto checked = set_.insert_check(
            value.tuple,
            [this](const wire::FlowTuple& t) { return hash(t); },
            [](const wire::FlowTuple& t, const T& v) { return t == v.tuple; },
            place);
        HF_CHECK(checked.second);
        set_.insert_commit(value, place);
    }
    void erase(T& value) {
        if (last_ == &value) last_ = nullptr;
        set_.erase(set_.iterator_to(value));
    }
    [[nodiscard]] std::size_t size() const { return set_.size(); }
    [[nodiscard]] std::size_t memory() const { return buckets_.capacity() * sizeof(Bucket); }

private:
    struct Keyed {
        // Never called for inserted values: their hash is stored.
        std::size_t operator()(const T&) const { return 0; }
    };
    struct Same {
        bool operator()(const T& a, const T& b) const { return a.tuple == b.tuple; }
    };
    using Set = boost::intrusive::unordered_set<T,
                                                Hook,
                                                boost::intrusive::hash<Keyed>,
                                                boost::intrusive::equal<Same>,
                                                boost::intrusive::power_2_buckets<true>,
                                                boost::intrusive::constant_time_size<true>>;
    using Bucket = typename Set::bucket_type;
    using Traits = typename Set::bucket_traits;
    static constexpr std::uint64_t use = 0x464c'4f57;  // "FLOW"
    static constexpr std::size_t first_buckets = 64;

    [[nodiscard]] std::size_t hash(const wire::FlowTuple& t) const {
        return hash_(FlowKey{t}.bytes());
    }
    template <class AnySet>
    [[nodiscard]] auto find_in(AnySet& set, const wire::FlowTuple& tuple) const {
        return set.find(
            tuple,
            [this](const wire::FlowTuple& t) { return hash(t); },
            [](const wire::FlowTuple& t, const T& v) { return t == v.tuple; });
    }
    void grow() {
        std::vector<Bucket> larger(buckets_.size() * 2);
        set_.rehash(Traits{larger.data(), larger.size()});
        buckets_.swap(larger);
    }

    KeyedHash hash_;
    std::vector<Bucket> buckets_;
    Set set_;
    T* last_{nullptr};  // found: the next is often of the same flow, and needs no hash then
};

}  // namespace handfast::tcp
