#include "apps/netd/resolver.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>

#include "apps/netd/hosts.hpp"

namespace handfast::netd {

namespace {

constexpr std::uint16_t dns_port = 53;
constexpr const char* configuration = "/etc/resolv.conf";
constexpr wire::IpAddress stub = wire::IpAddress::v4(127, 0, 0, 53);  // systemd-resolved's

// RFC 1035 §4.1.1.
constexpr std::size_t header_size = 12;
constexpr std::uint16_t is_response = 0x8000;
constexpr std::uint16_t opcode_mask = 0x7800;
constexpr std::uint16_t authoritative = 0x0400;
constexpr std::uint16_t recursion_desired = 0x0100;
constexpr std::uint16_t recursion_available = 0x0080;
enum class Code : std::uint16_t { none = 0, no_such_name = 3, not_implemented = 4 };

// §3.2.2, §3.2.4.
constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_ptr = 12;
constexpr std::uint16_t type_any = 255;
constexpr std::uint16_t class_internet = 1;

constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 255;
constexpr std::uint16_t pointer_to_question = 0xc000 | header_size;  // §4.1.4
constexpr std::size_t most_answers = 16;                             // a datagram of 512 octets

struct Question {
    std::uint16_t id{0};
    std::uint16_t flags{0};
    std::vector<std::string> labels;  // in lower case
    std::uint16_t type{0};
    Bytes octets;  // of the question's own section
};

// Names in a question are whole: nothing stands before them that they could point to.
std::optional<Question> parse(Bytes message) {
    if (message.size() < header_size) return std::nullopt;
    Question question{.id = load_be16(message, 0),
                      .flags = load_be16(message, 2),
                      .labels = {},
                      .type = 0,
                      .octets = {}};
    if ((question.flags & is_response) != 0 || load_be16(message, 4) != 1) return std::nullopt;
    std::size_t at = header_size;
    while (true) {
        if (at >= message.size()) return std::nullopt;
        const auto length = std::to_integer<std::size_t>(message[at++]);
        if (length == 0) break;
        if (length > longest_label || at + length > message.size() ||
            at + length - header_size > longest_name)
            return std::nullopt;
        std::string& label = question.labels.emplace_back();
        for (const std::byte octet : message.subspan(at, length))
            label += static_cast<char>(std::tolower(std::to_integer<unsigned char>(octet)));
        at += length;
    }
    if (at + 4 > message.size() || load_be16(message, at + 2) != class_internet)
        return std::nullopt;
    question.type = load_be16(message, at);
    question.octets = message.subspan(header_size, at + 4 - header_size);
    return question;
}

class Response {
public:
    explicit Response(const Question& question) : question_{question} {}

    void add_address(const wire::IpAddress& address) {
        control::Octets octets;
        put(octets, static_cast<std::uint16_t>(address.v4_value() >> 16));
        put(octets, static_cast<std::uint16_t>(address.v4_value() & 0xffff));
        add(type_a, octets);
    }
    void add_name(std::string_view name) {
        control::Octets octets;
        while (!name.empty()) {
            const std::string_view label = name.substr(0, name.find('.'));
            octets.push_back(static_cast<std::byte>(label.size()));
            for (const char c : label) octets.push_back(static_cast<std::byte>(c));
            name.remove_prefix(std::min(name.size(), label.size() + 1));
        }
        octets.push_back(std::byte{0});
        add(type_ptr, octets);
    }

    [[nodiscard]] control::Octets message(Code code) const {
        control::Octets out;
        put(out, question_.id);
        put(out,
            static_cast<std::uint16_t>(is_response | authoritative | recursion_available |
                                       (question_.flags & (recursion_desired | opcode_mask)) |
                                       static_cast<std::uint16_t>(code)));
        for (const std::size_t count : {std::size_t{1}, count_, std::size_t{0}, std::size_t{0}})
            put(out, static_cast<std::uint16_t>(count));
        std::ranges::copy(question_.octets, std::back_inserter(out));
        std::ranges::copy(records_, std::back_inserter(out));
        return out;
    }

private:
    static void put(control::Octets& out, std::uint16_t value) {
        out.push_back(static_cast<std::byte>(value >> 8));
        out.push_back(static_cast<std::byte>(value & 0xff));
    }
    // Nobody is to remember it: hosts come and go.
    void add(std::uint16_t type, const control::Octets& octets) {
        if (count_ == most_answers) return;
        constexpr std::uint16_t no_time = 0;
        for (const std::uint16_t field : {pointer_to_question,
                                          type,
                                          class_internet,
                                          no_time,
                                          no_time,
                                          static_cast<std::uint16_t>(octets.size())})
            put(records_, field);
        std::ranges::copy(octets, std::back_inserter(records_));
        ++count_;
    }

    const Question& question_;
    control::Octets records_;
    std::size_t count_{0};
};

std::string joined(const std::vector<std::string>& labels) {
    std::string name;
    for (const std::string& label : labels) name += (name.empty() ? "" : ".") + label;
    return name;
}

bool is_same(std::string_view name, std::string_view lower_case) {
    return std::ranges::equal(name, lower_case, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == static_cast<unsigned char>(b);
    });
}

// "1.0.7.10.in-addr.arpa" (§3.5).
std::optional<wire::IpAddress> reverse_address(const std::vector<std::string>& labels) {
    if (labels.size() != 6 || labels[4] != "in-addr" || labels[5] != "arpa") return std::nullopt;
    return wire::IpAddress::parse(labels[3] + '.' + labels[2] + '.' + labels[1] + '.' + labels[0]);
}

}  // namespace

std::vector<wire::IpAddress> nameservers_of(std::string_view resolv_conf) {
    std::vector<wire::IpAddress> found;
    std::istringstream lines{std::string{resolv_conf}};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string keyword;
        std::string value;
        if (!(words >> keyword >> value) || keyword != "nameserver") continue;
        const auto address = wire::IpAddress::parse(value);
        if (address && address->is_v4()) found.push_back(*address);
    }
    if (found.empty()) found.push_back(wire::IpAddress::v4(127, 0, 0, 1));
    return found;
}

Resolver::Resolver() {
    std::ifstream file{configuration};
    std::string text;
    std::getline(file, text, '\0');
    nameservers_ = nameservers_of(text);
    nameservers_.push_back(stub);
}

bool Resolver::is_asked(const wire::Endpoint& to) const {
    return wire::number(to.port) == dns_port &&
           std::ranges::find(nameservers_, to.address) != nameservers_.end();
}

std::optional<control::Octets> Resolver::answer(const Hosts& hosts, Bytes message) {
    const auto question = parse(message);
    if (!question) return std::nullopt;
    Response response{*question};
    if ((question->flags & opcode_mask) != 0) return response.message(Code::not_implemented);
    if (const auto address = reverse_address(question->labels)) {
        const std::string_view owner = hosts.owner_of(*address);
        if (owner.empty()) return response.message(Code::no_such_name);
        if (question->type == type_ptr || question->type == type_any) response.add_name(owner);
        return response.message(Code::none);
    }
    const std::string wanted = joined(question->labels);
    for (const auto& [name, host] : hosts.all()) {
        if (!is_same(name, wanted)) continue;
        for (const wire::Prefix& prefix : host.addresses)
            if (prefix.address.is_v4() && (question->type == type_a || question->type == type_any))
                response.add_address(prefix.address);
        return response.message(Code::none);
    }
    return response.message(Code::no_such_name);
}

}  // namespace handfast::netd
