#include "packetdrill/flags.hpp"

#include <charconv>

namespace handfast::packetdrill {

namespace {

Families families_of(std::string_view text) {
    if (text == "4") return Families::v4;
    if (text == "6") return Families::v6;
    if (text == "46") return Families::mapped;
    return Families::any;
}

template <class T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

void take_pair(Flags& flags, std::string_view key, std::string_view value) {
    if (key == "ip") {
        flags.families = families_of(value);
    } else if (key == "local") {
        // A native IPv6 address comes with ip=6, and then there is nothing to listen at.
        if (const auto address = wire::IpAddress::parse(value); address && address->is_v4())
            flags.local = *address;
    } else if (key == "mtu") {
        flags.mtu = number<std::uint16_t>(value).value_or(flags.mtu);
    } else if (key == "profile") {
        flags.profile = value == "linux" ? tcp::Profile::linux() : tcp::Profile::rfc();
    }
}

}  // namespace

void Flags::take(std::string_view text) {
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (const std::size_t is = pair.find('='); is != std::string_view::npos)
            take_pair(*this, pair.substr(0, is), pair.substr(is + 1));
    }
}

}  // namespace handfast::packetdrill
