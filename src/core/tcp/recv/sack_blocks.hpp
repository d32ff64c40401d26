// The SACK blocks that we send: RFC 2018 §4, with D-SACK first when there is one (RFC 2883 §4).
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "core/tcp/recv/reassembler.hpp"
#include "core/wire/tcp.hpp"

namespace handfast::tcp {

class SackBlocks {
public:
    // Text arrived in this range, beyond a hole: its block is to be told first.
    void arrived(wire::SeqRange range) {
        const auto same = std::ranges::find_if(recent_, [&](const auto& r) {
            return r.contains(range.begin) || range.contains(r.begin) || r.end == range.begin;
        });
        if (same != recent_.end()) recent_.erase(same);
        if (recent_.size() == recent_.capacity()) recent_.pop_back();
        recent_.insert(recent_.begin(), range);
    }
    // Text arrived that was here already: told once.
    void repeated(wire::SeqRange range) { duplicate_ = range; }
    void clear() {
        recent_.clear();
        duplicate_.reset();
    }

    // The option's blocks, newest first, at most `most`; the D-SACK is then told and forgotten.
    [[nodiscard]] wire::SackBlocks take(const Reassembler& held, std::size_t most) {
        wire::SackBlocks out;
        if (duplicate_ && most > 0) out.push_back(*duplicate_);
        duplicate_.reset();
        for (auto& r : recent_) {
            if (out.size() == most) break;
            const auto whole = held.range_with(r.begin);
            if (!whole) continue;
            r = *whole;
            if (std::ranges::find(out, *whole) == out.end()) out.push_back(*whole);
        }
        return out;
    }
    [[nodiscard]] bool has_duplicate() const { return duplicate_.has_value(); }

private:
    wire::SackBlocks recent_;
    std::optional<wire::SeqRange> duplicate_;
};

}  // namespace handfast::tcp
