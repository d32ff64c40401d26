#include "core/tcp/fast_open.hpp"

#include <algorithm>
#include <cstring>

namespace handfast::tcp {

namespace {

constexpr std::uint64_t cache_use = 0x54464f43;  // "TFOC"

// Both addresses, one after the other, each as long as it is on the wire.
class AddressPair {
public:
    AddressPair(const wire::IpAddress& first, const wire::IpAddress& second) {
        for (const auto* a : {&first, &second}) {
            const Bytes octets{a->octets()};
            const Bytes part = a->is_v4() ? Bytes{octets.last<4>()} : octets;
            std::memcpy(octets_.data() + size_, part.data(), part.size());
            size_ += part.size();
        }
    }
    [[nodiscard]] Bytes bytes() const { return Bytes{octets_}.first(size_); }

private:
    std::array<std::byte, 32> octets_{};
    std::size_t size_{0};
};

}  // namespace

wire::FastOpenCookie fast_open_cookie(const KeyedHash::Key& key,
                                      const wire::IpAddress& client,
                                      const wire::IpAddress& server) {
    // As Linux makes it, so that hosts that share a key may stand for each other.
    std::uint64_t hash = KeyedHash{key}(AddressPair{client, server}.bytes());
    wire::FastOpenCookie cookie;
    cookie.length = sizeof hash;
    for (std::size_t i = 0; i < sizeof hash; ++i, hash >>= 8)
        cookie.octets[i] = static_cast<std::byte>(hash & 0xff);
    return cookie;
}

bool FastOpenQueue::has_room(std::size_t most, Instant now) {
    while (resets_.size() > 0 && resets_.front() <= now) (void)resets_.pop_front();
    return pending_ + resets_.size() < most;
}

void FastOpenQueue::was_reset(Instant now) {
    constexpr Duration counts_on = seconds{60};  // Linux
    resets_.push_back(now + counts_on);
}

std::size_t FastOpenCache::Hash::operator()(const Pair& pair) const {
    return static_cast<std::size_t>(hash(AddressPair{pair.own, pair.peer}.bytes()));
}

FastOpenCache::FastOpenCache(const Entropy& secret, std::size_t most)
    : most_{most}, places_{0, Hash{KeyedHash::derive(secret, cache_use)}} {}

FastOpenCache::Known FastOpenCache::find(const wire::IpAddress& own,
                                         const wire::IpAddress& peer) const {
    const auto place = places_.find({own, peer});
    if (place == places_.end()) return {};
    const Entry& entry = *place->second;
    Known known = entry.known;
    if (known.cookie.is_request())
        known.cookie.experimental = entry.refusal == News::Refusal::of_option;
    return known;
}

void FastOpenCache::remember(const wire::IpAddress& own,
                             const wire::IpAddress& peer,
                             const News& news) {
    if (most_ == 0) return;
    const Pair pair{own, peer};
    auto place = places_.find(pair);
    if (place == places_.end()) {
        if (order_.size() >= most_) {
            places_.erase(order_.back().pair);
            order_.pop_back();
        }
        order_.push_front({.pair = pair, .known = {}});
        place = places_.emplace(pair, order_.begin()).first;
    }
    order_.splice(order_.begin(), order_, place->second);
    Entry& entry = order_.front();
    if (news.mss != 0) entry.known.mss = news.mss;
    if (news.cookie) {
        entry.known.cookie = *news.cookie;
    } else if (entry.known.cookie.is_request()) {
        entry.refusal = std::max(entry.refusal, news.refusal);
    }
}

void FastOpenCache::pause(Instant now) {
    ++pauses_;
    paused_at_ = now;
}

bool FastOpenCache::is_paused(Duration first_pause, Instant now) const {
    if (pauses_ == 0) return false;
    constexpr std::uint32_t most_doublings = 6;  // Linux
    const std::uint32_t doublings = std::min(pauses_ - 1, most_doublings);
    return now < paused_at_ + first_pause * (std::int64_t{1} << doublings);
}

}  // namespace handfast::tcp
