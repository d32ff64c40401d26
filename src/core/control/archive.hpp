// Values to octets and back, by their types: what codec.hpp's messages and listing.hpp's lists are
// made of. A struct is its fields in the order that fields() tells.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/control/fields.hpp"

namespace handfast::control {

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool>;
// Keys and request numbers: any value is one.
template <class T>
concept Name =
    std::same_as<T, SocketKey> || std::same_as<T, ConnectionKey> || std::same_as<T, RequestId>;
template <class T>
concept Choice = std::is_enum_v<T> && requires(T t) { values_of(t); };
template <class T>
concept Struct = requires(T& t) { fields(t); };

// Appends.
class Writer {
public:
    explicit Writer(Octets& out) : out_{out} {}

    template <Number T>
    void operator()(T value) {
        auto rest = static_cast<std::make_unsigned_t<T>>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            out_.push_back(static_cast<std::byte>(rest & 0xffU));
            if constexpr (sizeof(T) > 1) rest = static_cast<decltype(rest)>(rest >> 8);
        }
    }
    void operator()(bool value) { (*this)(static_cast<std::uint8_t>(value)); }
    template <class T>
        requires Name<T> || Choice<T>
    void operator()(T value) {
        (*this)(static_cast<std::underlying_type_t<T>>(value));
    }
    void operator()(Duration value) { (*this)(std::int64_t{value.count()}); }
    void operator()(const std::string& text) {
        length(text.size());
        append(std::as_bytes(std::span{text}));
    }
    void operator()(const Octets& octets) {
        length(octets.size());
        append(octets);
    }
    template <class T>
    void operator()(const std::vector<T>& list) {
        length(list.size());
        for (const T& item : list) (*this)(item);
    }
    template <class T>
    void operator()(const std::optional<T>& value) {
        (*this)(value.has_value());
        if (value) (*this)(*value);
    }
    void operator()(const wire::IpAddress& address) {
        (*this)(address.family());
        const Bytes octets{address.octets()};
        append(address.is_v4() ? octets.last(4) : octets);
    }
    void operator()(const wire::Prefix& prefix) {
        (*this)(prefix.address);
        (*this)(prefix.length);
    }
    void operator()(const wire::Endpoint& endpoint) {
        (*this)(endpoint.address);
        (*this)(wire::number(endpoint.port));
    }
    void operator()(const Request& request) {
        (*this)(static_cast<std::uint8_t>(request.index()));
        std::visit(*this, request);
    }
    template <Struct T>
    void operator()(const T& value) {
        std::apply([this](const auto&... field) { ((*this)(field), ...); }, fields(value));
    }

private:
    void length(std::size_t n) { (*this)(static_cast<std::uint32_t>(n)); }
    void append(Bytes octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }

    Octets& out_;
};

// After the first thing that is wrong, nothing more is read.
class Reader {
public:
    explicit Reader(Bytes octets) : rest_{octets} {}

    [[nodiscard]] bool used_all() const { return good_ && rest_.empty(); }

    template <Number T>
    void operator()(T& value) {
        using Unsigned = std::make_unsigned_t<T>;
        Unsigned result{0};
        const Bytes octets = take(sizeof(T));
        for (std::size_t i = octets.size(); i-- > 0;) {
            if constexpr (sizeof(T) > 1) result = static_cast<Unsigned>(result << 8);
            result = static_cast<Unsigned>(result | std::to_integer<Unsigned>(octets[i]));
        }
        value = static_cast<T>(result);
    }
    void operator()(bool& value) { value = choice(2) != 0; }
    template <Name T>
    void operator()(T& value) {
        std::underlying_type_t<T> number{0};
        (*this)(number);
        value = T{number};
    }
    template <Choice T>
    void operator()(T& value) {
        value = static_cast<T>(choice(values_of(T{})));
    }
    void operator()(Duration& value) {
        std::int64_t count{0};
        (*this)(count);
        value = Duration{count};
    }
    void operator()(std::string& text) {
        for (const std::byte octet : take(length(max_text)))
            text.push_back(static_cast<char>(octet));
    }
    void operator()(Octets& octets) {
        const Bytes given = take(length(max_message));
        octets.assign(given.begin(), given.end());
    }
    template <class T>
    void operator()(std::vector<T>& list) {
        // Each item has an octet at least: memory is taken for those that are there.
        for (std::size_t n = length(max_list); n > 0 && good_; --n) (*this)(list.emplace_back());
    }
    template <class T>
    void operator()(std::optional<T>& value) {
        bool there{false};
        (*this)(there);
        if (there) (*this)(value.emplace());
    }
    void operator()(wire::IpAddress& address) {
        wire::Family family{};
        (*this)(family);
        if (family == wire::Family::ipv4) {
            const Bytes octets = take(4);
            address = wire::IpAddress::v4(good_ ? load_be32(octets, 0) : 0);
            return;
        }
        std::array<std::byte, 16> octets{};
        std::ranges::copy(take(octets.size()), octets.begin());
        address = wire::IpAddress::v6(octets);
    }
    void operator()(wire::Prefix& prefix) {
        (*this)(prefix.address);
        (*this)(prefix.length);
        if (prefix.length > (prefix.address.is_v4() ? 32 : 128)) good_ = false;
    }
    void operator()(wire::Endpoint& endpoint) {
        (*this)(endpoint.address);
        std::uint16_t port{0};
        (*this)(port);
        endpoint.port = wire::Port{port};
    }
    void operator()(Request& request) {
        const std::uint8_t kind = choice(std::variant_size_v<Request>);
        if (good_)
            read_kind(request, kind, std::make_index_sequence<std::variant_size_v<Request>>{});
    }
    template <Struct T>
    void operator()(T& value) {
        std::apply([this](auto&... field) { ((*this)(field), ...); }, fields(value));
    }

private:
    [[nodiscard]] Bytes take(std::size_t n) {
        if (!good_ || n > rest_.size()) {
            good_ = false;
            return {};
        }
        const Bytes front = rest_.first(n);
        rest_ = rest_.subspan(n);
        return front;
    }
    [[nodiscard]] std::uint8_t choice(std::size_t count) {
        std::uint8_t value{0};
        (*this)(value);
        if (value >= count) good_ = false;
        return good_ ? value : std::uint8_t{0};
    }
    [[nodiscard]] std::size_t length(std::size_t most) {
        std::uint32_t value{0};
        (*this)(value);
        if (value > most) good_ = false;
        return good_ ? value : 0;
    }
    template <std::size_t... kinds>
    void read_kind(Request& request, std::uint8_t kind, std::index_sequence<kinds...>) {
        ((kind == kinds ? (*this)(request.emplace<kinds>()) : void()), ...);
    }

    Bytes rest_;
    bool good_{true};
};

// Everything, or nothing.
template <class T>
[[nodiscard]] std::optional<T> decoded(Bytes octets) {
    T value;
    Reader reader{octets};
    reader(value);
    if (!reader.used_all()) return std::nullopt;
    return value;
}

// What was in `into` before is gone.
template <class T>
void encode_into(const T& value, Octets& into) {
    into.clear();
    Writer{into}(value);
}

}  // namespace handfast::control
