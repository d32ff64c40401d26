#include "observe/ladder/sequence_names.hpp"

#include <fmt/format.h>

namespace handfast::observe::ladder {
namespace {

struct Letters {
    char start;
    char end;
};

[[nodiscard]] constexpr Letters letters(Side side) {
    return side == Side::left ? Letters{'J', 'M'} : Letters{'K', 'N'};
}

[[nodiscard]] std::string letter_and_distance(char letter, std::int32_t distance) {
    if (distance == 0) return {letter};
    return fmt::format("{}{:+}", letter, distance);
}

}  // namespace

void SequenceNames::learn(Side side, const trace::TcpSummary& segment) {
    End& end = ends_[side];
    if (segment.flags.syn() && (!end.isn || end.isn_was_refused)) {
        end = End{};
        end.isn = segment.seq;
    }
    // A RST that answers a stranger carries made-up numbers (RFC 9293 §3.10.7.1).
    if (segment.flags.rst()) return;
    if (!end.isn) end.isn = segment.seq - 1;
    if (segment.flags.fin()) {
        end.fin = segment.seq + segment.length + (segment.flags.syn() ? 1U : 0U);
    }
    End& other = ends_[opposite(side)];
    if (!other.isn && segment.flags.ack()) other.isn = segment.ack - 1;
}

void SequenceNames::refused(Side side, const trace::TcpSummary& syn) {
    if (ends_[side].isn == syn.seq) ends_[side].isn_was_refused = true;
}

std::string SequenceNames::name_from_start(Side side, wire::SeqNum number) const {
    const End& end = ends_[side];
    if (!end.isn) return std::to_string(number.raw());
    return letter_and_distance(letters(side).start, number - *end.isn);
}

std::string SequenceNames::name(Side side, wire::SeqNum number) const {
    const End& end = ends_[side];
    if (end.fin && wire::at_or_before(*end.fin, number)) {
        return letter_and_distance(letters(side).end, number - *end.fin);
    }
    return name_from_start(side, number);
}

std::string SequenceNames::legend() const {
    std::string out;
    for (const Side side : {Side::left, Side::right}) {
        const End& end = ends_[side];
        if (end.isn) out += fmt::format("   {} = {}", letters(side).start, end.isn->raw());
    }
    for (const Side side : {Side::left, Side::right}) {
        const End& end = ends_[side];
        if (!end.fin) continue;
        out += fmt::format("   {} = {}", letters(side).end, name_from_start(side, *end.fin));
    }
    return out.empty() ? out : out.substr(3);
}

}  // namespace handfast::observe::ladder
