#include "observe/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace handfast::observe {
namespace {

struct CodeRange {
    char32_t first;
    char32_t last;
};

constexpr char32_t replacement = 0xfffd;

constexpr auto combining = std::to_array<CodeRange>({
    {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x0900, 0x0902}, {0x093c, 0x093c},   {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x20d0, 0x20ff},   {0x3099, 0x309a}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
});

constexpr auto wide = std::to_array<CodeRange>({
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},
    {0x23f3, 0x23f3},   {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},
    {0x267f, 0x267f},   {0x2693, 0x2693},   {0x26a1, 0x26a1},   {0x26aa, 0x26ab},
    {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},   {0x26d4, 0x26d4},
    {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},   {0x26fa, 0x26fa},
    {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},
    {0x274c, 0x274c},   {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},
    {0x2795, 0x2797},   {0x27b0, 0x27b0},   {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},
    {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0x303e},   {0x3041, 0x33ff},
    {0x3400, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x16fe0, 0x18aff}, {0x1b000, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf},
    {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
});

// What would move the cursor or turn the line around.
constexpr auto steering = std::to_array<CodeRange>({
    {0x0000, 0x001f},
    {0x007f, 0x009f},
    {0x061c, 0x061c},
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2066, 0x2069},
    {0xfff9, 0xfffb},
    {0xe0001, 0xe007f},
});

[[nodiscard]] bool contains(std::span<const CodeRange> ranges, char32_t c) {
    const auto after = std::ranges::upper_bound(ranges, c, {}, &CodeRange::first);
    return after != ranges.begin() && c <= std::prev(after)->last;
}

// How many octets the character has that begins with this one; 0: none begins so (RFC 3629 §3).
[[nodiscard]] std::size_t sequence_length(std::uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) return 3;
    if (lead >= 0xf0 && lead <= 0xf4) return 4;
    return 0;
}

// Surrogates, overlong forms and numbers past the last are no characters (RFC 3629 §3).
[[nodiscard]] bool is_legal(char32_t code, std::size_t octets) {
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= smallest[octets] && code <= 0x10ffff && !surrogate;
}

struct Likeness {
    std::string_view character;
    char ascii;
};

constexpr auto likenesses = std::to_array<Likeness>({
    {"│", '|'}, {"─", '-'}, {"├", '|'}, {"┤", '|'}, {"┬", '+'}, {"┴", '+'},  {"┄", '.'},
    {"┊", ':'}, {"═", '='}, {"▶", '>'}, {"◀", '<'}, {"✗", 'X'}, {"◷", '*'},  {"▸", '>'},
    {"◂", '<'}, {"…", '~'}, {"×", 'x'}, {"µ", 'u'}, {"→", '>'}, {"←", '<'},  {"↔", '='},
    {"·", '.'}, {"–", '-'}, {"—", '-'}, {"“", '"'}, {"”", '"'}, {"‘", '\''}, {"’", '\''},
    {"≤", '<'}, {"≥", '>'}, {"✓", '+'}, {"•", '*'}, {"−", '-'},
});

template <class F>
void for_each_character(std::string_view text, F&& f) {
    while (!text.empty()) {
        const Character c = first_character(text);
        f(c.code, text.substr(0, c.octets));
        text.remove_prefix(c.octets);
    }
}

}  // namespace

Character first_character(std::string_view text) {
    if (text.empty()) return {};
    const auto lead = static_cast<std::uint8_t>(text.front());
    const std::size_t octets = sequence_length(lead);
    if (octets == 1) return {.code = lead, .octets = 1};
    if (octets == 0 || octets > text.size()) return {.code = replacement, .octets = 1};
    char32_t code = lead & (0x7fU >> octets);
    for (std::size_t i = 1; i < octets; ++i) {
        const auto octet = static_cast<std::uint8_t>(text[i]);
        if ((octet & 0xc0U) != 0x80U) return {.code = replacement, .octets = 1};
        code = (code << 6) | (octet & 0x3fU);
    }
    if (!is_legal(code, octets)) return {.code = replacement, .octets = 1};
    return {.code = code, .octets = octets};
}

std::size_t display_width(char32_t character) {
    if (character < 0x300) return 1;
    if (contains(combining, character)) return 0;
    return contains(wide, character) ? 2 : 1;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    for_each_character(text,
                       [&](char32_t code, std::string_view) { columns += display_width(code); });
    return columns;
}

std::string clipped(std::string_view text, std::size_t columns) {
    if (display_width(text) <= columns) return std::string{text};
    if (columns == 0) return {};
    std::string out;
    std::size_t used = 0;
    while (!text.empty()) {
        const Character c = first_character(text);
        const std::size_t width = display_width(c.code);
        if (used + width > columns - 1) break;
        out += text.substr(0, c.octets);
        used += width;
        text.remove_prefix(c.octets);
    }
    return out + "…";
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for_each_character(text, [&](char32_t code, std::string_view octets) {
        if (code == replacement || contains(steering, code)) {
            out += '.';
        } else {
            out += octets;
        }
    });
    return out;
}

std::string ascii(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for_each_character(text, [&](char32_t code, std::string_view octets) {
        if (code < 0x80) {
            out += octets;
            return;
        }
        const auto found = std::ranges::find(likenesses, octets, &Likeness::character);
        out.append(display_width(code), found == likenesses.end() ? '?' : found->ascii);
    });
    return out;
}

}  // namespace handfast::observe
