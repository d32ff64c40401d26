#include <algorithm>
#include <random>

#include "api/convert.hpp"
#include "api/verbs.hpp"
#include "host/link/tun.hpp"
#include "host/link/tun_setup.hpp"
#include <handfast/network.hpp>

namespace handfast {

using berkeley::Result;

namespace {

std::uint64_t draw() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

network::Config to_config(const NetworkOptions& options) {
    network::Config config;
    config.medium =
        options.medium == Medium::raw_ip ? trace::Medium::raw_ip : trace::Medium::ethernet;
    config.seed = options.seed ? *options.seed : draw();
    config.pool.max_bytes = options.max_memory;
    config.max_hosts = options.max_hosts;
    return config;
}

Entropy draw_entropy() {
    std::random_device device;
    Entropy entropy;
    std::ranges::generate(entropy, [&] { return static_cast<std::byte>(device()); });
    return entropy;
}

// Says all of it: what failed, why, and what to try.
class DeviceError : public std::system_error {
public:
    explicit DeviceError(link::Failure failure)
        : std::system_error{api::to_error(failure.error)}, text_{std::move(failure.text)} {}
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

link::Result<std::unique_ptr<link::Tun>> open_device(const TunOptions& options) {
    std::optional<link::TunSetup> setup;
    if (options.kernel_address)
        setup = {.address = api::to_core(*options.kernel_address), .mtu = options.host.mtu};
    const auto headers =
        options.offload == TunOffload::on ? link::VirtioHeaders::on : link::VirtioHeaders::off;
    return link::Tun::open(options.device, headers, setup);
}

}  // namespace

Network::Network() : Network{NetworkOptions{}} {}
Network::Network(const NetworkOptions& options)
    : options_{options}, engine_{std::make_shared<runtime::Engine>(to_config(options))} {}
Network::Network(Network&& other) noexcept = default;
Network& Network::operator=(Network&& other) noexcept = default;
Network::~Network() = default;

// The link is the network's first to know: its MTU and offloads.
Host Network::make_host(const HostOptions& options,
                        std::uint16_t mtu,
                        TunOffload offload,
                        std::error_code& error) {
    const bool raw = options_.medium == Medium::raw_ip;
    network::HostConfig config;
    config.up = api::to_core(options.weather.up);
    config.down = api::to_core(options.weather.down);
    api::HostPlan plan{
        .name = options.name,
        .addresses = options.addresses,
        .gateway = options.gateway,
        .mtu = mtu,
        .medium = raw ? trace::Medium::raw_ip : trace::Medium::ethernet,
        .offload = offload == TunOffload::on,
        .profile = options.profile,
        .congestion = options.congestion,
        .msl = options.msl,
        .loopback_weather = options.loopback_weather,
        .entropy = {},
    };
    const auto id = engine_->call([&](network::Network& network, Instant now) {
        plan.entropy = options_.seed
                           ? entropy_from_seed(mix64(*options_.seed) + network.hosts().size())
                           : draw_entropy();
        config.stack = api::to_core(plan);
        return network.add_host(config, now);
    });
    const auto host = api::value_or_error(id, error);
    return error ? Host{} : Host{engine_, static_cast<std::uint16_t>(host)};
}

Host Network::add_host(const HostOptions& options, std::error_code& error) noexcept {
    if (options_.medium != Medium::ethernet || options.addresses.empty()) {
        error = api::to_error(berkeley::Errno::invalid_argument);
        return {};
    }
    return make_host(options, options.mtu, TunOffload::on, error);
}

Host Network::add_host(const HostOptions& options) {
    return api::or_throw("add_host", [&](auto& error) { return add_host(options, error); });
}

Host Network::add_host(std::string_view name, const Prefix& address) {
    return add_host(HostOptions{.name = std::string{name}, .addresses = {address}});
}

Host Network::attach_tun(const TunOptions& options) {
    if (options_.medium != Medium::raw_ip || options.host.addresses.empty())
        api::raise(api::to_error(berkeley::Errno::invalid_argument),
                   "attach_tun: wants a network with Medium::raw_ip, and an address for the host");
    auto device = open_device(options);
    if (!device) throw DeviceError{std::move(device).error()};
    const std::uint16_t mtu = (*device)->facts().mtu;
    return api::or_throw("attach_tun", [&](auto& error) {
        Host host = make_host(options.host, mtu, options.offload, error);
        if (!error) api::value_or_error(engine_->add_wire(*std::move(device)), error);
        return host;
    });
}

Host Network::attach_tun(const TunOptions& options, std::error_code& error) noexcept {
    try {
        error.clear();
        return attach_tun(options);
    } catch (const std::system_error& e) {
        error = e.code();
        return {};
    }
}

std::vector<Host> Network::hosts() const {
    std::vector<Host> result;
    engine_->call([&](network::Network& network, Instant) {
        for (const trace::HostId id : network.hosts())
            result.push_back(Host{engine_, static_cast<std::uint16_t>(id)});
    });
    return result;
}

std::uint64_t Network::wakeups() const noexcept {
    return engine_->wakeups();
}

std::size_t Network::memory_in_use() const {
    return engine_->call(
        [](network::Network& network, Instant) { return network.pool().bytes_in_use(); });
}

}  // namespace handfast
