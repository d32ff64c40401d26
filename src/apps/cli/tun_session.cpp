#include "apps/cli/tun_session.hpp"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <vector>

#include "api/access.hpp"
#include "api/convert.hpp"
#include "core/network/network.hpp"

namespace handfast::cli {

namespace {

constexpr std::chrono::milliseconds tick_interval{50};

Prefix own_prefix(const TunOptionsOnLine& options, const std::optional<Address>& own) {
    if (!options.address.empty()) {
        const auto prefix = Prefix::parse(options.address);
        if (!prefix)
            throw std::invalid_argument{fmt::format(
                "--ip: ‘{}’ is no address; say for example --ip 10.7.0.2/24", options.address)};
        return *prefix;
    }
    if (!own)
        throw std::invalid_argument{"say this host's own address, for example --ip 10.7.0.2/24"};
    return Prefix{*own, 24};
}

const std::map<std::string, Congestion, std::less<>>& congestion_names() {
    static const std::map<std::string, Congestion, std::less<>> names{{"", Congestion::cubic},
                                                                      {"cubic", Congestion::cubic},
                                                                      {"reno", Congestion::reno},
                                                                      {"bbr", Congestion::bbr}};
    return names;
}

TunOptions tun_options(const TunOptionsOnLine& options, const std::optional<Address>& own) {
    TunOptions tun;
    tun.device = options.device;
    tun.host.name = "handfast";
    tun.host.addresses = {own_prefix(options, own)};
    tun.host.mtu = options.link.mtu;
    tun.host.msl = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>{options.msl_seconds.value_or(120)});
    tun.host.congestion = congestion_names().at(options.congestion);
    tun.offload = options.no_offload ? TunOffload::off : TunOffload::on;
    if (!options.kernel_address.empty()) {
        tun.kernel_address = Prefix::parse(options.kernel_address);
        if (!tun.kernel_address)
            throw std::invalid_argument{fmt::format(
                "--kernel-ip: ‘{}’ is no address; say for example --kernel-ip 10.7.0.1/24",
                options.kernel_address)};
    }
    if (!options.gateway.empty()) {
        tun.host.gateway = Address::parse(options.gateway);
        if (!tun.host.gateway)
            throw std::invalid_argument{
                fmt::format("--gateway: ‘{}’ is no address; say for example --gateway 10.7.0.1",
                            options.gateway)};
    }
    return tun;
}

NetworkOptions network_options(const TunOptionsOnLine& options) {
    NetworkOptions network;
    network.seed = options.link.seed;
    network.medium = Medium::raw_ip;
    return network;
}

}  // namespace

void add_congestion(CLI::App& command, std::string& name) {
    command.add_option("--congestion", name, "congestion control: cubic (default), reno or bbr")
        ->check(CLI::IsMember({"cubic", "reno", "bbr"}))
        ->group("Host")
        ->option_text("NAME");
}

void add_tun_options(CLI::App& command, TunOptionsOnLine& options) {
    const auto add = [&](const std::string& name, auto& value, const std::string& text) {
        return command.add_option(name, value, text)->group("Host");
    };
    add("--network", options.network, "which network (default)")->option_text("NAME");
    add("--host", options.host, "which host of it (local)")->option_text("NAME");
    add("--tun", options.device, "instead: a host on this TUN device, made if need be")
        ->option_text("NAME");
    add("--ip", options.address, "this host's address: 10.7.0.2/24")->option_text("ADDRESS/BITS");
    add("--kernel-ip", options.kernel_address, "set up the kernel's end, with this (needs root)")
        ->option_text("ADDRESS/BITS");
    add("--gateway", options.gateway, "who forwards to other networks: 10.7.0.1")
        ->option_text("ADDRESS");
    command.add_flag("--no-offload", options.no_offload, "no virtio headers: wire-sized packets")
        ->group("Host");
    add("--msl", options.msl_seconds, "maximum segment lifetime in seconds (120)")
        ->check(CLI::PositiveNumber)
        ->option_text("SECONDS");
    add_congestion(command, options.congestion);
    command.add_flag("--ladder", options.ladder, "draw every packet as it goes by")
        ->group("Output");
    command.add_option("--capture", options.capture, "write all packets to this pcapng file")
        ->group("Output")
        ->option_text("FILE");
    add_link_options(command, options.link);
    add_terminal_options(command, options.terminal);
}

TunSession::TunSession(const TunOptionsOnLine& options,
                       const std::optional<Address>& own,
                       std::FILE* out)
    : network_{network_options(options)}, host_{network_.attach_tun(tun_options(options, own))} {
    NetworkAccess::engine(network_).call([&](network::Network& n, Instant now) {
        n.set_weather(n.hosts().front(), options.link.up, options.link.down, now);
        n.shard(n.hosts().front()).set_loopback_weather(options.link.loopback, now);
    });
    watch(options, out);
}

void TunSession::watch(const TunOptionsOnLine& options, std::FILE* out) {
    capture_ = open_capture(options.capture, watchers_);
    if (options.ladder) {
        const Terminal terminal{options.terminal};
        observe::LadderOptions ladder;
        ladder.width = terminal.width();
        ladder.look = terminal.look();
        const auto own = wire::IpAddress::parse(host_.addresses().front().address.to_string());
        ladder.hosts.push_back({trace::HostId{0}, host_.name(), {*own}});
        ladder_ = std::make_unique<observe::LadderStream>(ladder, [out](std::string_view line) {
            fmt::print(out, "{}\n", line);
            std::fflush(out);
        });
        watchers_.add(static_cast<observe::Observer&>(*ladder_));
    }
    if (watchers_.empty()) return;
    NetworkAccess::set_sink(network_, &watchers_);
    ticker_ = std::jthread{[this](std::stop_token stop) { tick(std::move(stop)); }};
}

// Lines wait for what the same instant still brings; when nothing more comes they are due.
void TunSession::tick(std::stop_token stop) {
    std::unique_lock lock{mutex_};
    while (!tick_.wait_for(lock, stop, tick_interval, [&] { return stop.stop_requested(); })) {
        if (stop.stop_requested()) return;
        NetworkAccess::engine(network_).call([this](network::Network&, Instant) {
            if (ladder_) ladder_->rest();
        });
    }
}

bool TunSession::remark(const Endpoint& peer, const std::string& line) const {
    if (!ladder_) return false;
    NetworkAccess::engine(network_).call([&](network::Network&, Instant now) {
        ladder_->on(observe::Note{.at = now,
                                  .host = trace::HostId{0},
                                  .local = {},
                                  .remote = api::to_core(peer),
                                  .text = line});
    });
    return true;
}

void TunSession::drain() const {
    using namespace std::chrono_literals;
    constexpr auto patience = 60s;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        const bool busy =
            NetworkAccess::engine(network_).call([](network::Network& n, Instant now) {
                std::vector<trace::ConnectionSnapshot> all;
                n.shard(n.hosts().front()).tcp().snapshots(all, now);
                return std::ranges::any_of(all, [](const auto& c) {
                    return c.state != trace::TcpState::time_wait &&
                           c.state != trace::TcpState::fin_wait_2;
                });
            });
        if (!busy) return;
        std::this_thread::sleep_for(5ms);
    }
}

TunSession::~TunSession() {
    if (ticker_.joinable()) {
        ticker_.request_stop();
        ticker_.join();
    }
    NetworkAccess::set_sink(network_, nullptr);
    if (ladder_) ladder_->finish();
}

}  // namespace handfast::cli
