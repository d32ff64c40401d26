#include "observe/ladder/builder.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/enum_array.hpp"
#include "core/wire/format.hpp"

namespace handfast::observe::ladder {
namespace {

// Enough for every header and the beginning of a message.
using FrameHead = std::array<std::byte, 256>;

[[nodiscard]] Bytes gather(const trace::FrameSeen& frame, FrameHead& into) {
    std::size_t size = 0;
    for (const Bytes part : frame.parts) {
        const Bytes taken = part.first(std::min(part.size(), into.size() - size));
        std::ranges::copy(taken, into.begin() + static_cast<std::ptrdiff_t>(size));
        size += taken.size();
    }
    return Bytes{into}.first(size);
}

[[nodiscard]] wire::FlowTuple reversed(const wire::FlowTuple& flow) {
    return {.local = flow.remote, .remote = flow.local};
}

// A socket that was bound to no address matches each of its host's.
[[nodiscard]] bool matches(const wire::Endpoint& end, const wire::Endpoint& wanted) {
    if (end.port != wanted.port) return false;
    return wanted.address.is_unspecified() || end.address == wanted.address;
}

}  // namespace

// ---- Events -------------------------------------------------------------------------------------

void Builder::on(const trace::SegmentSent& event) {
    turn_clock(event.at);
    const Key key = key_of(Kind::tcp, event.tcp.tuple);
    const bool opens = event.tcp.flags.syn() && !event.tcp.flags.ack();
    Conversation& conversation =
        opens ? at_beginning(key, event.tcp.tuple, event.tcp.seq) : at(key, event.tcp.tuple);
    remember(event.id, key);
    saw(event.host, key, conversation.side_of(event.tcp.tuple.local));
    conversation.sent(event);
}

void Builder::on(const trace::SegmentReceived& event) {
    turn_clock(event.at);
    const Key key = key_of(Kind::tcp, event.tcp.tuple);
    const wire::FlowTuple flow = reversed(event.tcp.tuple);
    const bool opens = event.tcp.flags.syn() && !event.tcp.flags.ack();
    const bool is_new = opens && !packets_.contains(event.id);
    Conversation& conversation = is_new ? at_beginning(key, flow, event.tcp.seq) : at(key, flow);
    remember(event.id, key);
    saw(event.host, key, conversation.side_of(event.tcp.tuple.local));
    conversation.received(event);
}

void Builder::on(const trace::StateEdge& event) {
    turn_clock(event.at);
    if (wire::number(event.tuple.remote.port) == 0) return listener_changed(event);
    const Key key = key_of(Kind::tcp, event.tuple);
    if (event.to == trace::TcpState::syn_sent) {
        Conversation& conversation = at_beginning(key, event.tuple, std::nullopt);
        saw(event.host, key, conversation.side_of(event.tuple.local));
        conversation.changed(event);
        return;
    }
    Conversation* conversation = find(key);
    if (conversation == nullptr && event.to == trace::TcpState::syn_received) {
        conversation = &at(key, reversed(event.tuple));
    }
    if (conversation == nullptr) return;
    saw(event.host, key, conversation->side_of(event.tuple.local));
    conversation->changed(event);
}

void Builder::on(const trace::TimerFired& event) {
    turn_clock(event.at);
    const Key key = key_of(Kind::tcp, event.tuple);
    if (Conversation* conversation = find(key)) conversation->fired(event);
}

void Builder::on(const trace::PacketDropped& event) {
    turn_clock(event.at);
    if (Conversation* conversation = of_packet(event.id)) conversation->dropped(event);
}

void Builder::on(const trace::FrameFate& event) {
    turn_clock(event.at);
    if (Conversation* conversation = of_packet(event.id)) conversation->passed(event);
}

void Builder::on(const trace::FrameSeen& event) {
    turn_clock(event.at);
    Conversation* const known = of_packet(event.id);
    if (event.direction == trace::Direction::down) {
        if (known != nullptr) known->delivered(event);
        return;
    }
    FrameHead head{};
    const auto summary = summarize(gather(event, head), event.medium);
    if (!summary) return;
    if (known != nullptr) {
        known->on_link(event, *summary);
    } else {
        sent_on_link(event, *summary);
    }
}

void Builder::sent_on_link(const trace::FrameSeen& frame, const FrameSummary& summary) {
    if (!is_shown(summary)) return;
    const Key key = key_of(summary);
    const wire::FlowTuple flow{.local = summary.source, .remote = summary.destination};
    const auto* tcp = std::get_if<trace::TcpSummary>(&summary.content);
    const bool opens = tcp != nullptr && tcp->flags.syn() && !tcp->flags.ack();
    Conversation& conversation = opens ? at_beginning(key, flow, tcp->seq) : at(key, flow);
    remember(frame.id, key);
    saw(frame.host, key, conversation.side_of(summary.source));
    conversation.sent(frame, summary);
}

// A wire brings announcements in a family that none of our hosts speaks: no conversation of theirs.
bool Builder::is_shown(const FrameSummary& summary) const {
    if (std::holds_alternative<ArpSummary>(summary.content)) return options_.show_arp;
    const auto is_of_family = [&](const wire::IpAddress& address) {
        return address.family() == summary.destination.address.family();
    };
    return options_.hosts.empty() ||
           std::ranges::any_of(options_.hosts, [&](const LadderHost& host) {
               return std::ranges::any_of(host.addresses, is_of_family);
           });
}

void Builder::on(const Note& note) {
    turn_clock(note.at);
    if (const auto place = place_of(note)) {
        if (Conversation* conversation = find(place->key)) conversation->noted(note, place->side);
    } else if (waiting_.size() < max_waiting_notes) {
        waiting_.push_back(note);
    }
}

void Builder::rest() {
    for (const Key& key : std::exchange(touched_, {})) {
        const auto found = conversations_.find(key);
        if (found == conversations_.end()) continue;
        found->second.touched = false;
        found->second.conversation->rest();
    }
}

void Builder::finish() {
    std::vector<std::pair<std::size_t, Key>> order;
    order.reserve(conversations_.size());
    for (const auto& [key, entry] : conversations_) {
        order.emplace_back(entry.conversation->facts().number, key);
    }
    std::ranges::sort(order);
    for (const auto& [number, key] : order) end(key);
}

// Steps wait for what the same instant may still bring, and no longer.
void Builder::turn_clock(Instant now) {
    if (!origin_) origin_ = now;
    if (now > now_) rest();
    now_ = now;
}

// ---- Conversations ------------------------------------------------------------------------------

Builder::Key Builder::key_of(Kind kind, const wire::FlowTuple& flow) {
    return {.kind = kind,
            .lower = std::min(flow.local, flow.remote),
            .higher = std::max(flow.local, flow.remote)};
}

Builder::Kind Builder::kind_of(wire::Protocol protocol) {
    if (protocol == wire::Protocol::tcp) return Kind::tcp;
    return protocol == wire::Protocol::udp ? Kind::udp : Kind::icmp;
}

Builder::Key Builder::key_of(const FrameSummary& summary) const {
    const wire::FlowTuple flow{.local = summary.source, .remote = summary.destination};
    if (std::holds_alternative<trace::TcpSummary>(summary.content)) return key_of(Kind::tcp, flow);
    if (std::holds_alternative<UdpSummary>(summary.content)) return key_of(Kind::udp, flow);
    if (std::holds_alternative<ArpSummary>(summary.content)) return key_of(Kind::arp, flow);
    const auto* icmp = std::get_if<IcmpSummary>(&summary.content);
    if (icmp == nullptr) return key_of(Kind::other, flow);
    if (icmp->quoted) {
        // An error belongs to the conversation that it is about.
        const Key key = key_of(kind_of(icmp->quoted->protocol), icmp->quoted->tuple);
        if (conversations_.contains(key)) return key;
    }
    return key_of(Kind::icmp, flow);
}

Conversation* Builder::find(const Key& key) {
    const auto found = conversations_.find(key);
    if (found == conversations_.end()) return nullptr;
    Entry& entry = found->second;
    entry.last_use = ++uses_;
    if (!std::exchange(entry.touched, true)) touched_.push_back(key);
    return entry.conversation.get();
}

Conversation& Builder::at(const Key& key, const wire::FlowTuple& flow) {
    if (Conversation* conversation = find(key)) return *conversation;
    make_room();
    static constexpr std::array<std::string_view, 5> kinds{"TCP", "UDP", "ICMP", "ARP", "IP"};
    Conversation::Facts facts{
        .number = ++begun_,
        .protocol = std::string{kinds.at(static_cast<std::size_t>(key.kind))},
        .ends = {.left = identify(flow.local), .right = identify(flow.remote)}};
    Conversation& begun = *(conversations_[key].conversation =
                                std::make_unique<Conversation>(std::move(facts), sink_));
    if (key.kind == Kind::tcp && is_listener(flow.remote)) begun.listens(Side::right, now_);
    give_waiting_notes(key);
    return *find(key);
}

Conversation& Builder::at_beginning(const Key& key,
                                    const wire::FlowTuple& flow,
                                    std::optional<wire::SeqNum> isn) {
    const Conversation* const old = find(key);
    if (old != nullptr && old->is_over_for(old->side_of(flow.local), isn)) end(key);
    return at(key, flow);
}

void Builder::listener_changed(const trace::StateEdge& edge) {
    if (edge.to != trace::TcpState::listen) {
        listeners_.erase(edge.tuple.local);
    } else if (listeners_.size() < max_listeners) {
        listeners_.insert(edge.tuple.local);
    }
}

bool Builder::is_listener(const wire::Endpoint& endpoint) const {
    const wire::Endpoint any{wire::IpAddress::any(endpoint.address.family()), endpoint.port};
    return listeners_.contains(endpoint) || listeners_.contains(any);
}

void Builder::end(const Key& key) {
    const auto found = conversations_.find(key);
    found->second.conversation->finish();
    conversations_.erase(found);
}

void Builder::make_room() {
    if (conversations_.empty() || conversations_.size() < options_.max_conversations) return;
    const auto oldest = std::ranges::min_element(
        conversations_, {}, [](const auto& entry) { return entry.second.last_use; });
    end(Key{oldest->first});
}

Conversation* Builder::of_packet(std::uint64_t id) {
    const auto found = packets_.find(id);
    return found == packets_.end() ? nullptr : find(found->second);
}

void Builder::remember(std::uint64_t id, const Key& key) {
    if (!packets_.insert_or_assign(id, key).second) return;
    packets_by_age_.push_back(id);
    if (packets_by_age_.size() <= max_packets) return;
    packets_.erase(packets_by_age_.front());
    packets_by_age_.pop_front();
}

Rail::Identity Builder::identify(const wire::Endpoint& endpoint) const {
    const bool any = options_.hosts.empty() || endpoint.address.is_loopback();
    for (const LadderHost& host : options_.hosts) {
        if (std::ranges::find(host.addresses, endpoint.address) == host.addresses.end()) continue;
        return {.endpoint = endpoint, .name = host.name, .owner = Rail::Owner::us};
    }
    return {
        .endpoint = endpoint, .name = {}, .owner = any ? Rail::Owner::us : Rail::Owner::another};
}

// ---- Notes --------------------------------------------------------------------------------------

void Builder::saw(trace::HostId host, const Key& key, Side side) {
    const bool is_new = seen_.insert_or_assign(host, Place{.key = key, .side = side}).second;
    if (is_new) give_waiting_notes(key);
}

bool Builder::is_at(const Key& key, const Conversation& conversation) const {
    const auto found = conversations_.find(key);
    return found != conversations_.end() && found->second.conversation.get() == &conversation;
}

// Which rail of this conversation the note is about; nullopt: it is about none of them.
std::optional<Side> Builder::side_of(const Note& note, const Conversation& conversation) const {
    const auto seen = seen_.find(note.host);
    for (const Side side : {Side::left, Side::right}) {
        const wire::Endpoint& end = conversation.rail(side).identity().endpoint;
        const wire::Endpoint& far = conversation.rail(opposite(side)).identity().endpoint;
        if (note.remote && !matches(far, *note.remote)) continue;
        if (note.local && !matches(end, *note.local)) continue;
        const bool listed = std::ranges::any_of(options_.hosts, [&](const LadderHost& host) {
            return host.id == note.host &&
                   std::ranges::find(host.addresses, end.address) != host.addresses.end();
        });
        const bool was_seen = seen != seen_.end() && seen->second.side == side &&
                              is_at(seen->second.key, conversation);
        if (listed || was_seen || (note.local && note.remote)) return side;
    }
    return std::nullopt;
}

std::optional<Builder::Place> Builder::place_of(const Note& note) {
    std::optional<Place> best;
    std::uint64_t best_use = 0;
    for (const auto& [key, entry] : conversations_) {
        const auto side = side_of(note, *entry.conversation);
        if (!side || entry.last_use < best_use) continue;
        best = Place{.key = key, .side = *side};
        best_use = entry.last_use;
    }
    return best;
}

void Builder::give_waiting_notes(const Key& key) {
    for (const Note& note : std::exchange(waiting_, {})) {
        Conversation& conversation = *conversations_.at(key).conversation;
        if (const auto side = side_of(note, conversation)) {
            conversation.noted(note, *side);
        } else {
            waiting_.push_back(note);
        }
    }
}

}  // namespace handfast::observe::ladder
