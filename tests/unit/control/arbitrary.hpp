// Chance messages for properties: every kind, every field.
#pragma once

#include <rapidcheck.h>

#include "core/control/archive.hpp"

namespace handfast::control::test {

// Fills values by their types, as the archive reads and writes them.
class Filler {
public:
    template <Number T>
    void operator()(T& value) {
        value = *rc::gen::arbitrary<T>();
    }
    void operator()(bool& value) { value = *rc::gen::arbitrary<bool>(); }
    template <Name T>
    void operator()(T& value) {
        value = T{*rc::gen::arbitrary<std::underlying_type_t<T>>()};
    }
    template <Choice T>
    void operator()(T& value) {
        value = static_cast<T>(*rc::gen::inRange<int>(0, values_of(T{})));
    }
    void operator()(Duration& value) { value = Duration{*rc::gen::arbitrary<std::int64_t>()}; }
    void operator()(std::string& text) { text = *rc::gen::arbitrary<std::string>(); }
    void operator()(Octets& octets) {
        octets.clear();
        for (const std::uint8_t v : *rc::gen::arbitrary<std::vector<std::uint8_t>>())
            octets.push_back(std::byte{v});
    }
    template <class T>
    void operator()(std::vector<T>& list) {
        list.resize(*rc::gen::inRange<std::size_t>(0, 5));
        for (T& item : list) (*this)(item);
    }
    template <class T>
    void operator()(std::optional<T>& value) {
        value.reset();
        if (*rc::gen::arbitrary<bool>()) (*this)(value.emplace());
    }
    void operator()(wire::IpAddress& address) {
        if (*rc::gen::arbitrary<bool>()) {
            address = wire::IpAddress::v4(*rc::gen::arbitrary<std::uint32_t>());
            return;
        }
        std::array<std::byte, 16> octets{};
        for (std::byte& octet : octets) octet = std::byte{*rc::gen::arbitrary<std::uint8_t>()};
        address = wire::IpAddress::v6(octets);
    }
    void operator()(wire::Prefix& prefix) {
        (*this)(prefix.address);
        const int longest = prefix.address.is_v4() ? 32 : 128;
        prefix.length = static_cast<std::uint8_t>(*rc::gen::inRange(0, longest + 1));
    }
    void operator()(wire::Endpoint& endpoint) {
        (*this)(endpoint.address);
        endpoint.port = wire::Port{*rc::gen::arbitrary<std::uint16_t>()};
    }
    void operator()(Request& request) {
        const auto kind = *rc::gen::inRange<std::size_t>(0, std::variant_size_v<Request>);
        fill_kind(request, kind, std::make_index_sequence<std::variant_size_v<Request>>{});
    }
    template <Struct T>
    void operator()(T& value) {
        std::apply([this](auto&... field) { ((*this)(field), ...); }, fields(value));
    }

private:
    template <std::size_t... kinds>
    void fill_kind(Request& request, std::size_t kind, std::index_sequence<kinds...>) {
        ((kind == kinds ? (*this)(request.emplace<kinds>()) : void()), ...);
    }
};

template <class T>
[[nodiscard]] T arbitrary() {
    T value;
    Filler{}(value);
    return value;
}

// Messages have no ==: they are the same when their fields are, which their octets tell.
template <class T>
[[nodiscard]] Octets octets_of(const T& value) {
    Octets octets;
    encode(value, octets);
    return octets;
}

}  // namespace handfast::control::test
