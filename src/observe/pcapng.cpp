#include "observe/pcapng.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "observe/pcapng/wire_frames.hpp"
#include "observe/text/words.hpp"

namespace handfast::observe {
namespace {

using pcapng::BlockType;
using pcapng::Option;

constexpr std::uint32_t byte_order_magic = 0x1a2b'3c4d;
constexpr std::uint64_t unknown_length = 0xffff'ffff'ffff'ffff;
constexpr std::uint8_t nanoseconds_resolution = 9;  // 10^-9 s
constexpr std::uint16_t linktype_ethernet = 1;
constexpr std::uint16_t linktype_raw = 101;
constexpr std::uint32_t inbound = 1;  // epb_flags (§4.3.1)
constexpr std::uint32_t outbound = 2;
constexpr std::size_t max_fates = 1024;

void gather(trace::FrameParts parts, std::vector<std::byte>& into) {
    into.clear();
    for (const Bytes part : parts) into.insert(into.end(), part.begin(), part.end());
}

}  // namespace

Capture::Capture(CaptureOptions options, Append append)
    : options_{std::move(options)}, append_{std::move(append)} {
    write_section_header();
}

void Capture::write_section_header() {
    block_.begin(BlockType::section_header);
    block_.put32(byte_order_magic);
    block_.put16(1);  // version 1.0
    block_.put16(0);
    block_.put64(unknown_length);
    block_.option(Option::shb_hardware, "Handfast virtual network");
    block_.option(Option::shb_os, "user space");
    block_.option(Option::shb_userappl, "handfast");
    block_.end_options();
    append_(block_.finish());
}

void Capture::on(const trace::FrameSeen& frame) {
    if (frame.direction == trace::Direction::down &&
        options_.ends == CaptureOptions::Ends::sending) {
        return;
    }
    flush();
    gather(frame.parts, octets_);
    waiting_ = Waiting{.frame = frame, .fates = {}};
    waiting_->frame.parts = {};
    if (frame.direction == trace::Direction::down) flush();
}

void Capture::on(const trace::FrameFate& fate) {
    if (!waiting_ || fate.direction != trace::Direction::up) return;
    const trace::FrameSeen& frame = waiting_->frame;
    if (fate.id != frame.id || fate.host != frame.host) return;
    if (waiting_->fates.size() < max_fates) waiting_->fates.push_back(fate);
}

void Capture::flush() {
    if (!waiting_) return;
    pcapng::WireFrames frames{octets_, waiting_->frame.medium, waiting_->frame.gso_size};
    for (std::size_t i = 0; i < frames.count(); ++i) {
        write(frames.frame(i), waiting_->frame, comment_of(i, frames.count()));
    }
    waiting_.reset();
}

// "RTO retransmission 1; lost by chance". A link tells fates frame by frame, second copies among
// them, or one for all.
std::string Capture::comment_of(std::size_t ordinal, std::size_t count) const {
    const trace::FrameSeen& frame = waiting_->frame;
    std::string out;
    if (frame.why != trace::Why::none) out = reason_text(frame.why, frame.attempt);
    if (frame.direction == trace::Direction::down)
        return out + (out.empty() ? "" : "; ") + "delivered";
    const auto add = [&out](std::string_view text) {
        if (!out.empty()) out += "; ";
        out += text;
    };
    const bool of_all = count > 1 && waiting_->fates.size() == 1;
    std::size_t firsts = 0;
    for (const trace::FrameFate& fate : waiting_->fates) {
        if (!fate.duplicate) ++firsts;
        if (firsts != ordinal + 1 && !of_all) continue;
        if (fate.duplicate) add("sent twice by the link");
        if (fate.lost) add(trace::text(*fate.lost));
        if (fate.corrupted && !fate.duplicate) add("corrupted on the way");
    }
    return out;
}

std::uint32_t Capture::interface_of(const trace::FrameSeen& frame) {
    const auto next = static_cast<std::uint32_t>(interfaces_.size());
    const auto [found, is_new] = interfaces_.try_emplace({frame.host, frame.medium}, next);
    if (!is_new) return found->second;

    const bool ethernet = frame.medium == trace::Medium::ethernet;
    const auto known = options_.names.find(frame.host);
    const std::string name = known != options_.names.end()
                                 ? known->second
                                 : fmt::format("host {}", static_cast<unsigned>(frame.host));
    block_.begin(BlockType::interface_description);
    block_.put16(ethernet ? linktype_ethernet : linktype_raw);
    block_.put16(0);
    block_.put32(static_cast<std::uint32_t>(options_.snap_length));
    block_.option(Option::if_name, name);
    block_.option(Option::if_description,
                  ethernet ? "Ethernet link of a host" : "IP link of a host");
    block_.option8(Option::if_tsresol, nanoseconds_resolution);
    block_.end_options();
    append_(block_.finish());
    return next;
}

void Capture::write(Bytes octets, const trace::FrameSeen& frame, const std::string& comment) {
    const std::uint32_t interface = interface_of(frame);
    const Duration since_1970 = frame.at.time_since_epoch() + options_.epoch;
    const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(since_1970.count(), 0));
    const Bytes kept = octets.first(std::min(octets.size(), options_.snap_length));
    block_.begin(BlockType::enhanced_packet);
    block_.put32(interface);
    block_.put32(static_cast<std::uint32_t>(ns >> 32));
    block_.put32(static_cast<std::uint32_t>(ns & 0xffff'ffffU));
    block_.put32(static_cast<std::uint32_t>(kept.size()));
    block_.put32(static_cast<std::uint32_t>(octets.size()));
    block_.put(kept);
    if (!comment.empty()) block_.option(Option::comment, comment);
    block_.option32(Option::epb_flags,
                    frame.direction == trace::Direction::up ? outbound : inbound);
    if (missed_ != 0) block_.option64(Option::epb_dropcount, std::exchange(missed_, 0));
    block_.option64(Option::epb_packetid, frame.id);
    block_.end_options();
    append_(block_.finish());
    ++frames_;
}

}  // namespace handfast::observe
