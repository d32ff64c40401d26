#include "packetdrill/settings.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>

namespace handfast::packetdrill {

namespace {

using berkeley::Option;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\"'";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// sysctl takes "net/ipv4/tcp_sack" and "/proc/sys/net/ipv4/tcp_sack" as well.
std::string name_of(std::string_view text) {
    constexpr std::string_view files = "/proc/sys/";
    if (text.starts_with(files)) text.remove_prefix(files.size());
    std::string name{text};
    std::ranges::replace(name, '/', '.');
    return name;
}

std::vector<long> numbers(const Settings& settings, std::string_view name) {
    std::vector<long> found;
    const auto setting = settings.find(name);
    if (setting == settings.end()) return found;
    std::istringstream words{setting->second};
    for (std::string word; words >> word;) {
        long n = 0;
        const bool is_hex = word.starts_with("0x");
        const char* const begin = word.data() + (is_hex ? 2 : 0);
        const char* const past = word.data() + word.size();
        const auto [end, error] = std::from_chars(begin, past, n, is_hex ? 16 : 10);
        if (error == std::errc{} && end == past) found.push_back(n);
    }
    return found;
}

std::optional<long> number(const Settings& settings, std::string_view name) {
    const auto found = numbers(settings, name);
    return found.empty() ? std::nullopt : std::optional{found.front()};
}

void set_truth(const Settings& settings, std::string_view name, bool& into) {
    if (const auto n = number(settings, name)) into = *n != 0;
}

template <class T>
void set_number(const Settings& settings, std::string_view name, T& into) {
    if (const auto n = number(settings, name); n && *n >= 0) into = static_cast<T>(*n);
}

// "least default most": of a buffer, in octets.
void set_buffer(const Settings& settings,
                std::string_view name,
                std::uint32_t& initial,
                std::uint32_t& most) {
    const auto found = numbers(settings, name);
    if (found.size() != 3) return;
    initial = static_cast<std::uint32_t>(found[1]);
    most = static_cast<std::uint32_t>(found[2]);
}

void apply_fast_open(tcp::FastOpenPolicy& policy, const Settings& settings) {
    if (const auto s = number(settings, "net.ipv4.tcp_fastopen_blackhole_timeout_sec"))
        policy.pause = seconds{*s};
    const auto bits = number(settings, "net.ipv4.tcp_fastopen");
    if (!bits) return;
    const auto has = [&](long bit) { return (*bits & bit) != 0; };
    policy.client = has(0x1);
    policy.server = has(0x2);
    policy.client_without_cookie = has(0x4);
    policy.server_without_cookie = has(0x200);
    policy.server_unasked = has(0x400);
}

// Four words in hexadecimal, as Linux writes a key: each goes into it least octet first.
std::optional<KeyedHash::Key> key_in(std::string_view text) {
    KeyedHash::Key key{};
    for (std::size_t at = 0; at < key.size(); at += sizeof(std::uint32_t)) {
        std::uint32_t word = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), word, 16);
        if (error != std::errc{}) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        if (text.starts_with('-')) text.remove_prefix(1);
        for (std::size_t i = 0; i < sizeof word; ++i)
            key[at + i] = static_cast<std::byte>((word >> (8 * i)) & 0xff);
    }
    return key;
}

void apply_profile(tcp::Profile& profile, const Settings& settings) {
    apply_fast_open(profile.fast_open, settings);
    // Linux's names, then FreeBSD's for the same.
    set_truth(settings, "net.ipv4.tcp_timestamps", profile.timestamps);
    set_truth(settings, "net.ipv4.tcp_window_scaling", profile.window_scaling);
    set_truth(settings, "net.ipv4.tcp_sack", profile.sack);
    set_truth(settings, "net.ipv4.tcp_rfc1337", profile.rfc1337);
    set_number(settings, "net.ipv4.tcp_syn_linear_timeouts", profile.syn_linear_timeouts);
    set_number(settings, "net.ipv4.tcp_reordering", profile.duplicate_ack_threshold);
    switch (number(settings, "net.ipv4.tcp_ecn").value_or(2)) {
        case 0:
            profile.ecn = tcp::EcnUse::off;
            break;
        case 1:
            profile.ecn = tcp::EcnUse::ask;
            break;
        default:
            profile.ecn = tcp::EcnUse::answer;
    }
    if (const auto s = number(settings, "net.ipv4.tcp_fin_timeout"))
        profile.fin_wait_2 = seconds{*s};

    set_truth(settings, "net.inet.tcp.rfc1323", profile.timestamps);
    set_truth(settings, "net.inet.tcp.rfc1323", profile.window_scaling);
    set_truth(settings, "net.inet.tcp.sack.enable", profile.sack);
    set_number(settings, "net.inet.tcp.initcwnd_segments", profile.initial_window_segments);
    if (const auto ms = number(settings, "net.inet.tcp.delacktime"))
        profile.delayed_ack = milliseconds{*ms};
    if (number(settings, "net.inet.tcp.delayed_ack") == 0) profile.delayed_ack = Duration{0};
}

// Options that Linux gives a new socket from a setting of the same unit.
struct Default {
    std::string_view setting;
    Option option;
};
constexpr std::array defaults{
    Default{"net.ipv4.tcp_syn_retries", Option::tcp_syncnt},
    Default{"net.ipv4.tcp_keepalive_time", Option::tcp_keepidle},
    Default{"net.ipv4.tcp_keepalive_intvl", Option::tcp_keepintvl},
    Default{"net.ipv4.tcp_keepalive_probes", Option::tcp_keepcnt},
    Default{"net.ipv4.ip_default_ttl", Option::ip_ttl},
};

}  // namespace

Settings read_settings(const std::string& path) {
    Settings settings;
    std::ifstream file{path};
    for (std::string line; std::getline(file, line);) {
        const std::string_view text = trimmed(line);
        const std::size_t is = text.find('=');
        if (text.starts_with('#') || is == std::string_view::npos) continue;
        settings.insert_or_assign(name_of(trimmed(text.substr(0, is))),
                                  std::string{trimmed(text.substr(is + 1))});
    }
    return settings;
}

stack::Config config_of(const Flags& flags, const Settings& settings) {
    constexpr std::uint8_t prefix = 24;
    stack::Config config;
    config.links = {{.name = "tun0",
                     .medium = trace::Medium::raw_ip,
                     .mtu = flags.mtu,
                     .offload = false,
                     .addresses = {{.address = flags.local, .length = prefix}}}};
    config.routes = {{.destination = {.address = wire::IpAddress::v4(0), .length = 0}}};
    config.profile = flags.profile;
    apply_profile(config.profile, settings);
    auto& limits = config.limits.tcp;
    set_buffer(settings, "net.ipv4.tcp_rmem", limits.receive_buffer, limits.receive_buffer_max);
    set_buffer(settings, "net.ipv4.tcp_wmem", limits.send_buffer, limits.send_buffer_max);
    if (const auto ms = number(settings, "net.inet.tcp.msl")) config.msl = milliseconds{*ms};
    // Every run of a script is to be the same.
    config.entropy = entropy_from_seed(0);
    return config;
}

bool needs_another_host(const Settings& before, const Settings& now) {
    constexpr std::array for_good{"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem", "net.inet.tcp.msl"};
    return std::ranges::any_of(for_good, [&](std::string_view name) {
        const auto a = before.find(name);
        const auto b = now.find(name);
        if (a == before.end() || b == now.end()) return (a == before.end()) != (b == now.end());
        return a->second != b->second;
    });
}

void set_keys(tcp::Tcp& tcp, const Settings& settings) {
    const auto setting = settings.find("net.ipv4.tcp_fastopen_key");
    if (setting == settings.end()) return;
    const std::string_view text = setting->second;
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto primary = key_in(text.substr(0, comma));
    if (!primary) return;
    const bool has_backup = comma < text.size();
    tcp.set_fast_open_keys({.primary = *primary,
                            .backup = has_backup ? key_in(text.substr(comma + 1)) : std::nullopt});
}

void apply_defaults(socket::Sockets& sockets,
                    socket::SocketId id,
                    const Settings& settings,
                    Instant now) {
    for (const auto& [setting, option] : defaults) {
        const auto value = number(settings, setting);
        if (value) static_cast<void>(sockets.set_option(id, option, static_cast<int>(*value), now));
    }
    const auto congestion = settings.find("net.ipv4.tcp_congestion_control");
    if (congestion != settings.end())
        static_cast<void>(sockets.set_option_raw(
            id, IPPROTO_TCP, TCP_CONGESTION, std::as_bytes(std::span{congestion->second}), now));
}

}  // namespace handfast::packetdrill
