#include "core/wire/tcp.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace handfast::wire {
namespace {

// Option kinds: RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2 and §3, RFC 5482 §3,
// RFC 7413 §4.1.1.
constexpr std::uint8_t kind_end = 0;
constexpr std::uint8_t kind_nop = 1;
constexpr std::uint8_t kind_mss = 2;
constexpr std::uint8_t kind_window_scale = 3;
constexpr std::uint8_t kind_sack_permitted = 4;
constexpr std::uint8_t kind_sack = 5;
constexpr std::uint8_t kind_timestamps = 8;
constexpr std::uint8_t kind_user_timeout = 28;
constexpr std::uint8_t kind_fast_open = 34;
constexpr std::uint8_t kind_experimental = 254;
constexpr std::uint16_t fast_open_experiment = 0xf989;  // RFC 7413 §4.1.1, appendix of RFC 6994

constexpr std::uint8_t mss_length = 4;
constexpr std::uint8_t window_scale_length = 3;
constexpr std::uint8_t sack_permitted_length = 2;
constexpr std::uint8_t timestamps_length = 10;
constexpr std::uint8_t sack_length_min = 2;
constexpr std::uint8_t sack_block_length = 8;
constexpr std::uint8_t fast_open_length_min = 2;
constexpr std::uint8_t experiment_length_min = 4;

constexpr std::uint8_t window_scale_max = 14;  // RFC 7323 §2.3: larger ones count as 14

// A timestamps option in a segment that carries no other, as RFC 7323 appendix A lays it out.
constexpr std::size_t timestamps_padded = 12;
constexpr std::uint32_t timestamps_word =
    (kind_nop << 24) | (kind_nop << 16) | (kind_timestamps << 8) | timestamps_length;

[[nodiscard]] TcpTimestamps load_timestamps(Bytes at) {
    return {.value = load_be32(at, 0), .echo = load_be32(at, 4)};
}

[[nodiscard]] SackBlocks load_sack_blocks(Bytes data) {
    SackBlocks blocks;
    for (std::size_t at = 0; at < data.size() && blocks.size() < blocks.capacity();
         at += sack_block_length) {
        blocks.push_back({SeqNum{load_be32(data, at)}, SeqNum{load_be32(data, at + 4)}});
    }
    return blocks;
}

// RFC 7413 §4.1.1: 4 to 16 octets, even; none asks for a cookie. Another length is no cookie.
[[nodiscard]] std::optional<FastOpenCookie> load_cookie(Bytes octets) {
    const bool legal = octets.size() % 2 == 0 && octets.size() <= FastOpenCookie::most &&
                       (octets.empty() || octets.size() >= FastOpenCookie::least);
    if (!legal) return std::nullopt;
    FastOpenCookie cookie;
    std::ranges::copy(octets, cookie.octets.begin());
    cookie.length = static_cast<std::uint8_t>(octets.size());
    return cookie;
}

void take_experiment(TcpOptions& options, Bytes data) {
    if (data.size() < 2 || load_be16(data, 0) != fast_open_experiment) return;
    auto cookie = load_cookie(data.subspan(2));
    if (!cookie) return;
    cookie->experimental = true;
    options.fast_open = cookie;
}

// Takes in one option, of which `option` is the whole. One that we know but whose length is not the
// one it has by its RFC is skipped like an unknown one, as Linux does.
void take(TcpOptions& options, Bytes option) {
    const Bytes data = option.subspan(2);
    switch (load_u8(option, 0)) {
        case kind_mss:
            if (option.size() == mss_length) options.mss = load_be16(data, 0);
            break;
        case kind_window_scale:
            if (option.size() == window_scale_length)
                options.window_scale = std::min(load_u8(data, 0), window_scale_max);
            break;
        case kind_sack_permitted:
            if (option.size() == sack_permitted_length) options.sack_permitted = true;
            break;
        case kind_timestamps:
            if (option.size() == timestamps_length) options.timestamps = load_timestamps(data);
            break;
        case kind_sack:
            if (!data.empty() && data.size() % sack_block_length == 0)
                options.sack = load_sack_blocks(data);
            break;
        case kind_user_timeout:
            if (option.size() == UserTimeout::size) options.user_timeout = {load_be16(data, 0)};
            break;
        case kind_fast_open:
            if (const auto cookie = load_cookie(data)) options.fast_open = cookie;
            break;
        case kind_experimental:
            take_experiment(options, data);
            break;
        default:
            break;
    }
}

// Writes options one 32-bit word after the other: Linux keeps every one of them aligned.
class OptionWriter {
public:
    explicit OptionWriter(MutableBytes out) : out_{out} {}

    void word(std::uint32_t v) {
        store_be32(out_, at_, v);
        at_ += sizeof v;
    }
    void word(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
        word((std::uint32_t{a} << 24) | (std::uint32_t{b} << 16) | (std::uint32_t{c} << 8) | d);
    }
    // The last option, filled up to a word with NOPs.
    void cookie(const FastOpenCookie& c, std::size_t header) {
        const std::size_t begin = at_;
        const std::size_t length = header + c.length;
        store_u8(out_, at_, c.experimental ? kind_experimental : kind_fast_open);
        store_u8(out_, at_ + 1, static_cast<std::uint8_t>(length));
        if (c.experimental) store_be16(out_, at_ + 2, fast_open_experiment);
        std::ranges::copy(c.bytes(), out_.begin() + static_cast<std::ptrdiff_t>(at_ + header));
        for (at_ += length; (at_ - begin) % sizeof(std::uint32_t) != 0; ++at_)
            store_u8(out_, at_, kind_nop);
    }

private:
    MutableBytes out_;
    std::size_t at_{0};
};

[[nodiscard]] std::size_t cookie_header(const FastOpenCookie& c) {
    return c.experimental ? experiment_length_min : fast_open_length_min;
}

[[nodiscard]] std::size_t options_size(const TcpOptions& options) {
    std::size_t size = 0;
    if (options.mss) size += 4;
    if (options.timestamps) size += timestamps_padded;
    // SACK-permitted stands where the two NOPs of the timestamps would.
    if (options.sack_permitted && !options.timestamps) size += 4;
    if (options.window_scale) size += 4;
    if (options.user_timeout.is_given()) size += UserTimeout::size;
    if (!options.sack.empty()) size += 4 + options.sack.size() * sack_block_length;
    if (options.fast_open)
        size += (cookie_header(*options.fast_open) + options.fast_open->length + 3) / 4 * 4;
    return size;
}

void emit_options(const TcpOptions& options, MutableBytes out) {
    OptionWriter writer{out};
    if (options.mss) {
        writer.word((std::uint32_t{kind_mss} << 24) | (std::uint32_t{mss_length} << 16) |
                    *options.mss);
    }
    if (options.timestamps) {
        if (options.sack_permitted) {
            writer.word(
                kind_sack_permitted, sack_permitted_length, kind_timestamps, timestamps_length);
        } else {
            writer.word(timestamps_word);
        }
        writer.word(options.timestamps->value);
        writer.word(options.timestamps->echo);
    } else if (options.sack_permitted) {
        writer.word(kind_nop, kind_nop, kind_sack_permitted, sack_permitted_length);
    }
    if (options.window_scale)
        writer.word(kind_nop, kind_window_scale, window_scale_length, *options.window_scale);
    if (options.user_timeout.is_given()) {
        writer.word((std::uint32_t{kind_user_timeout} << 24) |
                    (std::uint32_t{UserTimeout::size} << 16) | options.user_timeout.raw);
    }
    if (options.fast_open) writer.cookie(*options.fast_open, cookie_header(*options.fast_open));
    if (options.sack.empty()) return;
    const std::size_t length = sack_length_min + options.sack.size() * sack_block_length;
    writer.word(kind_nop, kind_nop, kind_sack, static_cast<std::uint8_t>(length));
    for (const SeqRange& block : options.sack) {
        writer.word(block.begin.raw());
        writer.word(block.end.raw());
    }
}

}  // namespace

std::expected<TcpOptions, ParseError> TcpOptions::parse(Bytes octets) {
    TcpOptions options;
    if (octets.empty()) return options;
    if (octets.size() == timestamps_padded && load_be32(octets, 0) == timestamps_word) {
        options.timestamps = load_timestamps(octets.subspan(4));
        return options;
    }
    while (!octets.empty()) {
        const std::uint8_t kind = load_u8(octets, 0);
        if (kind == kind_end) break;  // what follows is padding (RFC 9293 MUST-69)
        if (kind == kind_nop) {       // MUST-4; what follows may stand anywhere: MUST-64
            octets = octets.subspan(1);
            continue;
        }
        if (octets.size() < 2) return std::unexpected{ParseError::malformed};
        const std::size_t length = load_u8(octets, 1);  // MUST-68
        if (length < 2 || length > octets.size()) return std::unexpected{ParseError::malformed};
        take(options, octets.first(length));
        octets = octets.subspan(length);
    }
    return options;
}

std::size_t TcpHeader::size() const {
    return TcpView::header_min + options_size(options);
}

void TcpHeader::emit(MutableBytes out) const {
    const std::size_t header = size();
    HF_CHECK(header <= TcpView::header_max && header <= out.size());
    store_be16(out, 0, number(source_port));
    store_be16(out, 2, number(target_port));
    store_be32(out, 4, seq.raw());
    store_be32(out, 8, ack.raw());
    store_u8(out, 12, static_cast<std::uint8_t>((header / 4) << 4));
    store_u8(out, 13, flags.bits);
    store_be16(out, 14, window);
    store_be16(out, checksum_at, 0);
    store_be16(out, 18, urgent_pointer);
    emit_options(options, out.subspan(TcpView::header_min));
}

}  // namespace handfast::wire
