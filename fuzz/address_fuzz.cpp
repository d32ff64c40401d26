// Addresses as text: read as the C library reads them, and written so that they are read again.
#include <arpa/inet.h>

#include <array>
#include <string>
#include <string_view>

#include "core/wire/address.hpp"
#include "core/wire/format.hpp"
#include "octets.hpp"

namespace handfast::wire {
namespace {

// What inet_pton makes of it: an oracle that the engine itself may not call.
[[nodiscard]] std::optional<IpAddress> parsed_by_libc(const std::string& text) {
    std::array<std::byte, 4> v4{};
    if (inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return IpAddress::v4(load_be32(v4, 0));
    std::array<std::byte, 16> v6{};
    if (inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return IpAddress::v6(v6);
    return std::nullopt;
}

template <class Value>
void check_read_back(const std::optional<Value>& value) {
    if (!value) return;
    const std::string text = to_string(*value);
    HF_CHECK(Value::parse(text) == value);
    HF_CHECK(to_string(*Value::parse(text)) == text);
}

void check_text(const std::string& text) {
    const auto address = IpAddress::parse(text);
    if (!text.contains('\0')) HF_CHECK(address == parsed_by_libc(text));
    check_read_back(address);
    check_read_back(Prefix::parse(text));
    check_read_back(MacAddress::parse(text));
    check_read_back(Endpoint::parse(text));
    if (address) HF_CHECK(Prefix::parse(text)->contains(*address));
    if (const auto prefix = Prefix::parse(text)) {
        HF_CHECK(prefix->contains(prefix->address));
        HF_CHECK(prefix->contains(prefix->broadcast().value_or(prefix->address)));
    }
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    handfast::wire::check_text(std::string(data, data + size));
    return 0;
}
