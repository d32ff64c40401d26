#include "core/tcp/send/scoreboard.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace handfast::tcp {

using wire::octets_between;
using wire::SeqNum;
using wire::SeqRange;

namespace {

constexpr std::size_t idle_records = 32;  // more room than for these is given back with the last

}  // namespace

Scoreboard::Scoreboard(const Start& start)
    : sacked_{start.max_records},
      una_{start.una},
      end_{start.una},
      highest_delivered_{start.una},
      lost_hint_{start.una},
      mss_{start.mss},
      max_records_{start.max_records} {}

// ---- Sending ------------------------------------------------------------------------------------

Scoreboard::Record& Scoreboard::append(SeqRange range) {
    HF_CHECK(range.begin == end_ && !range.empty());
    const std::uint32_t slot = take_slot();
    Record& r = records_[slot];
    r.range = range;
    r.transmissions = 1;
    r.presence = Presence::in_flight;
    order_.push_back(slot);
    chain_last(slot);
    octets_[Presence::in_flight] += range.size();
    end_ = range.end;
    return r;
}

void Scoreboard::on_resent(SeqRange range, const Stamp& stamp) {
    std::size_t i = index_of(range.begin);
    HF_CHECK(i < order_.size() && at_or_before(range.end, end_));
    if (at(i).range.begin != range.begin) split(i++, range.begin);
    for (; i < order_.size() && before(at(i).range.begin, range.end); ++i) {
        if (before(range.end, at(i).range.end)) split(i, range.end);
        if (at(i).presence == Presence::sacked) continue;
        const std::uint32_t slot = order_[i];
        become(slot, Presence::in_flight);
        unchain(slot);
        chain_last(slot);
        Record& r = records_[slot];
        r.stamp = stamp;
        if (r.transmissions < 0xffff) ++r.transmissions;
    }
}

// ---- What is lost -------------------------------------------------------------------------------

void Scoreboard::lose_all() {
    const bool reneged = has_reneged();
    for (std::size_t i = 0; i < order_.size(); ++i) {
        if (at(i).presence == Presence::sacked && !reneged) continue;
        become(order_[i], Presence::lost);
    }
    if (reneged) sacked_.clear();
    lost_hint_ = una_;
}

SeqRange Scoreboard::lose_oldest() {
    HF_CHECK(oldest_ != none);
    const std::uint32_t slot = oldest_;
    become(slot, Presence::lost);
    lost_hint_ = sooner(lost_hint_, records_[slot].range.begin);
    return records_[slot].range;
}

void Scoreboard::restore_lost() {
    for (std::size_t i = order_.size(); i-- > 0;) {
        if (at(i).presence != Presence::lost) continue;
        const std::uint32_t slot = order_[i];
        become(slot, Presence::in_flight);
        unchain(slot);
        chain_first(slot);  // it was sent before what is in flight now
    }
}

std::optional<SeqRange> Scoreboard::next_lost(std::uint32_t most) const {
    if (lost() == 0 || most == 0) return std::nullopt;
    std::size_t i = index_of(later(lost_hint_, una_));
    while (i < order_.size() && at(i).presence != Presence::lost) ++i;
    HF_CHECK(i < order_.size());
    const SeqNum begin = at(i).range.begin;
    lost_hint_ = begin;
    SeqNum end = begin;
    for (; i < order_.size() && at(i).presence == Presence::lost; ++i) {
        end = at(i).range.end;
        if (octets_between(begin, end) >= most) return SeqRange{begin, begin + most};
    }
    return SeqRange{begin, end};
}

// ---- What has arrived ---------------------------------------------------------------------------

AckNews Scoreboard::acknowledge(const AckFacts& facts) {
    AckNews news;
    if (!facts.blocks.empty()) news.duplicate = duplicate_in(facts);
    if (before(una_, facts.una)) take_cumulative(facts.una, news);
    for (const SeqRange& block : facts.blocks) take_block(block, news);
    highest_delivered_ = later(highest_delivered_, una_);
    if (!sacked_.empty()) {
        const auto ahead = static_cast<std::uint32_t>(sacked_.back().end - una_offset_);
        highest_delivered_ = later(highest_delivered_, una_ + ahead);
    }
    if (empty() && records_.capacity() > idle_records) clear();
    return news;
}

// RFC 2883 §4: the first block tells of octets that were acknowledged, or that the second tells
// of.
std::optional<SeqRange> Scoreboard::duplicate_in(const AckFacts& facts) const {
    const SeqRange& first = facts.blocks[0];
    if (!before(first.begin, first.end) || before(end_, first.end)) return std::nullopt;
    const SeqNum una = later(una_, facts.una);
    if (at_or_before(first.end, una)) return first;
    if (facts.blocks.size() < 2) return std::nullopt;
    const SeqRange& second = facts.blocks[1];
    const bool inside =
        at_or_before(second.begin, first.begin) && at_or_before(first.end, second.end);
    return inside && before(una, first.begin) ? std::optional{first} : std::nullopt;
}

void Scoreboard::note_delivery(const Record& r, AckNews& news) const {
    const std::uint32_t octets = r.range.size();
    news.delivered += octets;
    auto& best = r.transmissions == 1 ? news.once : news.repeated;
    if (!best || r.order().is_after(best->order()))
        best.emplace(Delivery{.end = r.range.end, .stamp = r.stamp});
    if (r.transmissions > 1) {
        news.acknowledged_repeated = true;
        return;
    }
    news.oldest_sent_at = earlier(news.oldest_sent_at, r.stamp.sent_at);
    if (!news.lowest_original || before(r.range.end, *news.lowest_original))
        news.lowest_original = r.range.end;
    if (before(r.range.end, highest_delivered_))
        news.reordering =
            std::max(news.reordering, octets_between(r.range.begin, highest_delivered_));
}

void Scoreboard::take_cumulative(SeqNum una, AckNews& news) {
    HF_CHECK(at_or_before(una, end_));
    while (!empty() && at_or_before(at(0).range.end, una)) {
        if (at(0).presence != Presence::sacked) note_delivery(at(0), news);
        drop_first();
    }
    if (!empty() && before(at(0).range.begin, una)) {  // in the middle of a super-segment
        Record& r = at(0);
        Record part = r;
        part.range.end = una;
        if (r.presence != Presence::sacked) note_delivery(part, news);
        octets_[r.presence] -= part.range.size();
        if (r.presence == Presence::sacked)
            sacked_segments_ -=
                segments_in(r.range.size()) - segments_in(octets_between(una, r.range.end));
        r.range.begin = una;
    }
    una_offset_ += octets_between(una_, una);
    una_ = una;
    lost_hint_ = later(lost_hint_, una);
    if (!sacked_.empty()) sacked_.erase_below(una_offset_);
    if (news.acknowledged_repeated) news.oldest_sent_at.reset();
}

void Scoreboard::take_block(SeqRange block, AckNews& news) {
    // What was never sent, and what makes no sense, is ignored.
    if (!before(block.begin, block.end) || before(end_, block.end)) return;
    block.begin = later(block.begin, una_);
    if (!before(block.begin, block.end)) return;
    const std::uint64_t end = offset_of(block.end);
    std::uint64_t from = offset_of(block.begin);
    while (from < end) {
        const Interval gap = sacked_.first_gap(from);
        if (gap.begin >= end) return;
        const std::uint64_t to = std::min(gap.end, end);
        sack_within({una_ + static_cast<std::uint32_t>(gap.begin - una_offset_),
                     una_ + static_cast<std::uint32_t>(to - una_offset_)},
                    news);
        from = to;
    }
}

// Marks a range in which nothing is marked yet. Of a record of which a part is told, whole segments
// are cut out; what is left of them is forgotten, and the peer will say it again.
void Scoreboard::sack_within(SeqRange part, AckNews& news) {
    for (std::size_t i = index_of(part.begin); i < order_.size(); ++i) {
        const SeqRange r = at(i).range;
        if (!before(r.begin, part.end)) return;
        SeqNum cut_front = later(part.begin, r.begin);
        cut_front = r.begin + segments_in(octets_between(r.begin, cut_front)) * mss_;
        SeqNum cut_back = sooner(part.end, r.end);
        if (cut_back != r.end) cut_back = r.begin + octets_between(r.begin, cut_back) / mss_ * mss_;
        if (!before(cut_front, cut_back)) continue;
        const bool cuts = cut_front != r.begin || cut_back != r.end;
        if (cuts && order_.size() + 2 > max_records_) continue;
        if (cut_back != r.end) split(i, cut_back);
        if (cut_front != r.begin) split(i++, cut_front);
        if (!sacked_.insert({offset_of(cut_front), offset_of(cut_back)})) return;
        note_delivery(at(i), news);
        news.newly_sacked += at(i).range.size();
        become(order_[i], Presence::sacked);
    }
}

// ---- Questions ----------------------------------------------------------------------------------

const Scoreboard::Record* Scoreboard::last() const {
    return empty() ? nullptr : &at(order_.size() - 1);
}

std::uint16_t Scoreboard::transmissions_at(SeqNum seq) const {
    const std::size_t i = index_of(seq);
    return i < order_.size() ? at(i).transmissions : std::uint16_t{0};
}

std::size_t Scoreboard::index_of(SeqNum seq) const {
    std::size_t low = 0;
    std::size_t high = order_.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (at_or_before(at(middle).range.end, seq)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::size_t Scoreboard::segments() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) n += segments_in(at(i).range.size());
    return n;
}

std::uint32_t Scoreboard::repeated_in_flight() const {
    std::uint32_t octets = 0;
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const Record& r = at(i);
        if (r.presence == Presence::in_flight && r.transmissions > 1) octets += r.range.size();
    }
    return octets;
}

std::size_t Scoreboard::memory() const {
    return records_.capacity() * sizeof(Record) + order_.size() * sizeof(std::uint32_t);
}

// ---- Records ------------------------------------------------------------------------------------

std::uint32_t Scoreboard::take_slot() {
    if (free_ == none) {
        records_.emplace_back();
        return static_cast<std::uint32_t>(records_.size() - 1);
    }
    const std::uint32_t slot = free_;
    free_ = records_[slot].newer;
    return slot;
}

void Scoreboard::drop_first() {
    const std::uint32_t slot = order_.pop_front();
    Record& r = records_[slot];
    octets_[r.presence] -= r.range.size();
    if (r.presence == Presence::sacked) sacked_segments_ -= segments_in(r.range.size());
    if (r.presence == Presence::in_flight) unchain(slot);
    r.newer = free_;
    free_ = slot;
}

void Scoreboard::become(std::uint32_t slot, Presence presence) {
    Record& r = records_[slot];
    if (r.presence == presence) return;
    const std::uint32_t octets = r.range.size();
    octets_[r.presence] -= octets;
    octets_[presence] += octets;
    if (r.presence == Presence::sacked) sacked_segments_ -= segments_in(octets);
    if (presence == Presence::sacked) sacked_segments_ += segments_in(octets);
    if (r.presence == Presence::in_flight) unchain(slot);
    if (presence == Presence::in_flight) chain_last(slot);
    r.presence = presence;
}

void Scoreboard::split(std::size_t i, SeqNum cut) {
    const std::uint32_t slot = take_slot();
    const std::uint32_t first = order_[i];
    Record& a = records_[first];
    Record& b = records_[slot];
    b = a;
    if (a.presence == Presence::sacked)
        sacked_segments_ += segments_in(octets_between(a.range.begin, cut)) +
                            segments_in(octets_between(cut, a.range.end)) -
                            segments_in(a.range.size());
    a.range.end = b.range.begin = cut;
    order_.insert(i + 1, slot);
    if (a.presence == Presence::in_flight) chain_after(slot, first);
}

void Scoreboard::chain_last(std::uint32_t slot) {
    Record& r = records_[slot];
    r.older = newest_;
    r.newer = none;
    (newest_ == none ? oldest_ : records_[newest_].newer) = slot;
    newest_ = slot;
}

void Scoreboard::chain_first(std::uint32_t slot) {
    Record& r = records_[slot];
    r.older = none;
    r.newer = oldest_;
    (oldest_ == none ? newest_ : records_[oldest_].older) = slot;
    oldest_ = slot;
}

void Scoreboard::chain_after(std::uint32_t slot, std::uint32_t older) {
    Record& r = records_[slot];
    r.older = older;
    r.newer = records_[older].newer;
    (r.newer == none ? newest_ : records_[r.newer].older) = slot;
    records_[older].newer = slot;
}

void Scoreboard::unchain(std::uint32_t slot) {
    const Record& r = records_[slot];
    (r.older == none ? oldest_ : records_[r.older].newer) = r.newer;
    (r.newer == none ? newest_ : records_[r.newer].older) = r.older;
}

void Scoreboard::set_mss(std::uint32_t mss) {
    mss_ = mss;
    sacked_segments_ = 0;
    for (std::size_t i = 0; i < order_.size(); ++i)
        if (at(i).presence == Presence::sacked) sacked_segments_ += segments_in(at(i).range.size());
}

void Scoreboard::clear() {
    const Start start{.una = end_, .mss = mss_, .max_records = max_records_};
    *this = Scoreboard{start};
}

}  // namespace handfast::tcp
