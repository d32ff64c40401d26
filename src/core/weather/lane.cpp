#include "core/weather/lane.hpp"

#include <algorithm>
#include <boost/container/static_vector.hpp>
#include <utility>

#include "core/base/rng.hpp"
#include "core/offload/checksum.hpp"
#include "core/offload/layout.hpp"
#include "core/offload/split.hpp"
#include "core/wire/ethernet.hpp"

namespace handfast::weather {
namespace {

using trace::Drop;

[[nodiscard]] constexpr std::size_t link_header(trace::Medium medium) {
    return medium == trace::Medium::ethernet ? wire::EthernetHeader::size : 0;
}

// One octet of the IP packet becomes another. Whoever shares the octets keeps them as they were.
[[nodiscard]] buf::Packet damaged(const buf::Packet& frame,
                                  std::uint64_t how,
                                  trace::Medium medium) {
    buf::Packet copy = frame.clone();
    if (!copy) return copy;
    offload::complete_checksum(copy, medium);
    copy.facts().checksum = buf::ChecksumState::unknown;
    const std::size_t from = link_header(medium);
    if (copy.size() <= from) return copy;
    const std::size_t at = from + (how >> 8) % (copy.size() - from);
    copy.octet(at) ^= static_cast<std::byte>(1 + (how & 0xff) % 255);
    return copy;
}

}  // namespace

Lane::Lane(const LaneConfig& config, std::uint64_t seed, Limits limits, Instant origin)
    : limits_{limits},
      origin_{origin},
      fates_{{.seed = seed, .host = config.host, .direction = config.direction}, limits.flows},
      own_closings_{limits.flows} {
    adopt(config);
}

void Lane::configure(const LaneConfig& config) {
    if (config.impairments.drops != config_.impairments.drops) fates_.forget();
    adopt(config);
}

void Lane::adopt(const LaneConfig& config) {
    config_ = config;
    const Impairments& weather = config.impairments;
    const std::size_t hole = weather.black_hole;
    longest_ = (hole > 0 ? std::min<std::size_t>(hole, config.mtu) : config.mtu) +
               link_header(config.medium);
    per_packet_ = weather.per_packet();
    simple_ =
        config.offload && !per_packet_ && weather.cuts.empty() && weather.delay <= Duration::zero();
}

void Lane::configure(const Impairments& impairments) {
    LaneConfig config = config_;
    config.impairments = impairments;
    configure(config);
}

void Lane::share_closings(Lane& reverse) {
    closings_ = &reverse.own_closings_;
    reverse.closings_ = &reverse.own_closings_;
    reverse_ = &reverse;
    reverse.reverse_ = this;
}

bool Lane::passes(buf::Packet& packet, Instant now) {
    if (sink_ != nullptr) tell_seen(packet, now);
    const std::uint64_t id = packet.facts().tag.id;
    if (too_long(packet)) {
        lose(id, Drop::weather_mtu, {}, now);
        return false;
    }
    if (sink_ != nullptr) tell_arrival(id, now, {}, now);
    return true;
}

void Lane::push(buf::Packet packet, Instant now) {
    if (sink_ != nullptr && config_.direction == trace::Direction::up) tell_seen(packet, now);
    const bool looks = per_packet_ || !config_.offload || reverse_->per_packet_;
    if (!looks) return pass(std::move(packet), now);
    // A frame that ends before its headers do has no flow; it is judged as one of no kind.
    static_cast<void>(offload::pull_headers(packet, config_.medium));
    const bool splits = packet.facts().gso_size != 0 && (per_packet_ || !config_.offload);
    if (splits) return push_split(std::move(packet), now);
    if (!config_.offload) offload::complete_checksum(packet, config_.medium);
    per_packet_ ? judge(std::move(packet), now) : pass(std::move(packet), now);
}

void Lane::push_split(buf::Packet packet, Instant now) {
    const auto checksums =
        config_.offload ? offload::Checksums::partial : offload::Checksums::computed;
    const std::uint64_t id = packet.facts().tag.id;
    for (offload::Splitter frames{std::move(packet), config_.medium, checksums}; !frames.done();) {
        buf::Packet frame = frames.next();
        if (!frame) {
            lose(id, Drop::no_memory, {}, now);
        } else if (per_packet_) {
            judge(std::move(frame), now);
        } else {
            pass(std::move(frame), now);
        }
    }
}

// Without a look at what it is.
void Lane::pass(buf::Packet packet, Instant now) {
    if (reverse_->per_packet_) note_closing(packet, config_.medium, *closings_);
    if (const auto reason = refusal(packet, now))
        return lose(packet.facts().tag.id, *reason, {}, now);
    send(std::move(packet), {}, now);
}

void Lane::judge(buf::Packet frame, Instant now) {
    const std::uint64_t id = frame.facts().tag.id;
    const Subject subject = classify(frame, config_.medium, *closings_);
    Departure departure{.fate = fates_.judge(subject, config_.impairments)};
    const Fate& fate = departure.fate;
    if (const auto reason = refusal(frame, now)) return lose(id, *reason, departure, now);
    if (fate.lost) return lose(id, *fate.lost, departure, now);
    if (fate.corrupt) frame = damaged(frame, fate.damage, config_.medium);
    if (!frame) return lose(id, Drop::no_memory, departure, now);
    if (!fate.duplicate) return send(std::move(frame), departure, now);
    buf::Packet second = frame.share();
    send(std::move(frame), departure, now);
    departure.copy = Copy::second;
    if (!second) return lose(id, Drop::no_memory, departure, now);
    send(std::move(second), departure, now);
}

// Rate and queue, then delay.
void Lane::send(buf::Packet packet, const Departure& departure, Instant now) {
    const Impairments& weather = config_.impairments;
    const Fate& fate = departure.fate;
    const std::uint64_t id = packet.facts().tag.id;
    std::optional<Instant> left = now;
    if (is_full(packet)) {
        left.reset();
    } else if (weather.rate != 0) {
        left = shaper_.admit(packet.size(), weather.rate, weather.queue, now);
    }
    if (!left) return lose(id, Drop::weather_queue_full, departure, now);

    const auto deviation = fate.jitter * static_cast<double>(weather.jitter.count());
    const Duration delay = weather.delay + Duration{static_cast<std::int64_t>(deviation)};
    Instant arrival = *left + std::max(delay, Duration::zero());
    if (!fate.reorder) {
        arrival = transit_.add_in_line(std::move(packet), arrival);
    } else {
        arrival = weather.reorder_by > Duration::zero() ? arrival + weather.reorder_by : *left;
        transit_.add_stray(std::move(packet), arrival);
    }
    if (sink_ != nullptr) tell_arrival(id, arrival, departure, now);
}

buf::Packet Lane::pop(Instant now) {
    buf::Packet packet = transit_.take(now);
    if (packet && sink_ != nullptr && config_.direction == trace::Direction::down)
        tell_seen(packet, now);
    return packet;
}

void Lane::clear(Drop reason, Instant now) {
    while (const Deadline arrival = transit_.next()) {
        lose(transit_.take(*arrival).facts().tag.id, reason, {}, now);
    }
}

// What befalls a packet whatever its fate: a cut link, a frame that is too long for it.
std::optional<Drop> Lane::refusal(buf::Packet& packet, Instant now) const {
    const Duration age = now - origin_;
    for (const Cut& cut : config_.impairments.cuts) {
        if (age >= cut.at && age < cut.at + cut.length) return Drop::weather_cut;
    }
    if (too_long(packet)) return Drop::weather_mtu;
    return std::nullopt;
}

bool Lane::too_long(buf::Packet& packet) const {
    if (packet.size() <= longest_) return false;
    // Of a super-segment the frames count. One from a wire has its headers in its payload still.
    static_cast<void>(offload::pull_headers(packet, config_.medium));
    return offload::wire_shape(packet, config_.medium).longest > longest_;
}

void Lane::tell_arrival(std::uint64_t id,
                        Instant arrival,
                        const Departure& departure,
                        Instant now) {
    sink_->on(trace::FrameFate{.at = now,
                               .host = config_.host,
                               .direction = config_.direction,
                               .id = id,
                               .lost = std::nullopt,
                               .arrives = arrival,
                               .duplicate = departure.copy == Copy::second,
                               .corrupted = departure.fate.corrupt});
}

void Lane::lose(std::uint64_t id, Drop reason, const Departure& departure, Instant now) {
    if (counters_ != nullptr) counters_->count(reason);
    if (sink_ == nullptr) return;
    sink_->on(trace::FrameFate{.at = now,
                               .host = config_.host,
                               .direction = config_.direction,
                               .id = id,
                               .lost = reason,
                               .duplicate = departure.copy == Copy::second});
}

void Lane::tell_seen(const buf::Packet& packet, Instant now) const {
    boost::container::static_vector<Bytes, buf::Packet::max_slices + 1> parts;
    parts.push_back(packet.head());
    for (const buf::Slice& slice : packet.slices()) parts.push_back(slice.bytes());
    const buf::Packet::Facts& facts = packet.facts();
    sink_->on(trace::FrameSeen{.at = now,
                               .host = config_.host,
                               .direction = config_.direction,
                               .medium = config_.medium,
                               .id = facts.tag.id,
                               .why = static_cast<trace::Why>(facts.tag.why),
                               .attempt = facts.tag.attempt,
                               .gso_size = facts.gso_size,
                               .parts = {parts.data(), parts.size()}});
}

}  // namespace handfast::weather
