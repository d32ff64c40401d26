#include "core/buf/packet.hpp"

#include <algorithm>
#include <cstring>

namespace handfast::buf {

void Packet::Release::operator()(Record* r) const {
    Pool* const pool = r->pool;
    std::destroy_at(r);
    pool->release_record(r, sizeof(Record));
}

Packet Packet::make(Pool& pool) {
    void* const storage = pool.allocate_record(sizeof(Record));
    if (storage == nullptr) return {};
    return Packet{::new (storage) Record{&pool}};
}

Packet Packet::of(Pool& pool, Slice octets) {
    Packet p = make(pool);
    if (!p) return p;
    p.record_->begin = p.record_->end = 0;
    HF_CHECK(p.append(std::move(octets)));
    return p;
}

MutableBytes Packet::prepend(std::size_t n) {
    HF_CHECK(n <= head_capacity - head_size());
    Record& r = *record_;
    if (n > r.begin) {  // A packet that came up and goes down again: its room is behind.
        const std::size_t size = head_size();
        std::memmove(r.head.data() + head_capacity - size, r.head.data() + r.begin, size);
        r.end = head_capacity;
        r.begin = static_cast<std::uint16_t>(head_capacity - size);
    }
    r.begin = static_cast<std::uint16_t>(r.begin - n);
    return {r.head.data() + r.begin, n};
}

bool Packet::pull(std::size_t n) {
    if (n <= head_size()) return true;
    if (n > size() || n > head_capacity) return false;
    Record& r = *record_;
    if (r.begin + n > head_capacity) {
        const std::size_t size = head_size();
        std::memmove(r.head.data(), r.head.data() + r.begin, size);
        r.begin = 0;
        r.end = static_cast<std::uint16_t>(size);
    }
    std::size_t missing = n - head_size();
    r.payload -= static_cast<std::uint32_t>(missing);
    while (missing > 0) {
        Slice& front = r.slices.front();
        const std::size_t step = std::min(missing, front.size());
        std::memcpy(r.head.data() + r.end, front.bytes().data(), step);
        r.end = static_cast<std::uint16_t>(r.end + step);
        front.trim_front(step);
        missing -= step;
        if (front.empty()) r.slices.erase(r.slices.begin());
    }
    return true;
}

void Packet::trim_front(std::size_t n) {
    HF_CHECK(n <= size());
    Record& r = *record_;
    const std::size_t of_head = std::min(n, head_size());
    r.begin = static_cast<std::uint16_t>(r.begin + of_head);
    n -= of_head;
    r.payload -= static_cast<std::uint32_t>(n);
    while (n > 0) {
        Slice& front = r.slices.front();
        const std::size_t step = std::min(n, front.size());
        front.trim_front(step);
        n -= step;
        if (front.empty()) r.slices.erase(r.slices.begin());
    }
}

void Packet::truncate(std::size_t n) {
    Record& r = *record_;
    if (n >= size()) return;
    if (n < head_size()) r.end = static_cast<std::uint16_t>(r.begin + n);
    std::size_t excess = size() - n;
    while (excess > 0 && !r.slices.empty()) {
        Slice& back = r.slices.back();
        const std::size_t step = std::min(excess, back.size());
        back.trim_back(step);
        r.payload -= static_cast<std::uint32_t>(step);
        excess -= step;
        if (back.empty()) r.slices.pop_back();
    }
}

bool Packet::settle_behind(std::size_t n) {
    HF_CHECK(n <= head_size());
    if (n == head_size()) return true;
    Record& r = *record_;
    if (r.slices.size() == max_slices) return false;
    Slice front = r.pool->copy(head().subspan(n));
    if (!front) return false;
    r.payload += static_cast<std::uint32_t>(front.size());
    r.slices.insert(r.slices.begin(), std::move(front));
    r.end = static_cast<std::uint16_t>(r.begin + n);
    return true;
}

bool Packet::append(Slice slice) {
    if (slice.empty()) return true;
    Record& r = *record_;
    const auto length = static_cast<std::uint32_t>(slice.size());
    if (!r.slices.empty() && r.slices.back().join(slice)) {
        r.payload += length;
        return true;
    }
    if (r.slices.size() == max_slices) return false;
    r.payload += length;
    r.slices.push_back(std::move(slice));
    return true;
}

Packet::Slices Packet::take_slices() {
    record_->payload = 0;
    Slices out = std::move(record_->slices);
    record_->slices.clear();
    return out;
}

Packet Packet::share() const {
    Packet p = make(*record_->pool);
    if (!p) return p;
    Record& r = *p.record_;
    r.facts = record_->facts;
    r.begin = record_->begin;
    r.end = record_->end;
    std::memcpy(r.head.data() + r.begin, record_->head.data() + r.begin, head_size());
    for (const Slice& s : record_->slices) r.slices.push_back(s.share());
    r.payload = record_->payload;
    return p;
}

Packet Packet::clone() const {
    Packet p = make(*record_->pool);
    if (!p) return p;
    Record& r = *p.record_;
    r.facts = record_->facts;
    r.begin = record_->begin;
    r.end = record_->end;
    std::memcpy(r.head.data() + r.begin, record_->head.data() + r.begin, head_size());
    for (const Slice& s : record_->slices) {
        Slice copied = r.pool->copy(s.bytes());
        if (!copied) return {};
        r.slices.push_back(std::move(copied));
    }
    r.payload = record_->payload;
    return p;
}

void Packet::copy_out(std::size_t at, MutableBytes out) const {
    HF_CHECK(at + out.size() <= size());
    std::size_t done = 0;
    const auto take = [&](Bytes part) {
        if (at >= part.size()) {
            at -= part.size();
            return;
        }
        const std::size_t n = std::min(part.size() - at, out.size() - done);
        if (n > 0) std::memcpy(out.data() + done, part.data() + at, n);
        done += n;
        at = 0;
    };
    take(head());
    for (const Slice& s : record_->slices) {
        if (done == out.size()) return;
        take(s.bytes());
    }
}

std::byte& Packet::octet(std::size_t at) {
    HF_CHECK(at < size());
    if (at < head_size()) return mutable_head()[at];
    at -= head_size();
    for (Slice& s : record_->slices) {
        if (at < s.size()) return s.mutable_bytes()[at];
        at -= s.size();
    }
    HF_CHECK(false);
}

}  // namespace handfast::buf
