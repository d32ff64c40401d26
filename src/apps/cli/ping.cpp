// handfast ping: ICMP echo (RFC 792) from our own stack.
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <thread>

#include "apps/cli/command.hpp"
#include "apps/cli/tun_session.hpp"
#include "core/weather/parse.hpp"
#include <handfast/handfast.hpp>

namespace handfast::cli {

namespace {

struct Options {
    TunOptionsOnLine tun;
    std::string address;
    int count{4};
    std::size_t size{56};
    std::string interval{"1s"};
    std::string timeout{"1s"};
};

double in_ms(std::chrono::nanoseconds d) {
    return std::chrono::duration<double, std::milli>{d}.count();
}

Duration duration(const std::string& option, const std::string& text) {
    const auto d = weather::parse_duration(text);
    if (!d) throw std::invalid_argument{option + ": " + d.error()};
    return *d;
}

int run(const Options& options) {
    const auto to = Address::parse(options.address);
    if (!to) throw std::invalid_argument{fmt::format("‘{}’ is no address", options.address)};
    const Duration interval = duration("--interval", options.interval);
    const Duration timeout = duration("--timeout", options.timeout);
    const TunSession session{options.tun, std::nullopt};
    int answered = 0;
    for (int i = 1; i <= options.count; ++i) {
        std::error_code error;
        const EchoReply reply = session.host().ping(*to, options.size, timeout, error);
        if (error) {
            fmt::print("{}: {}\n", to->to_string(), error.message());
        } else {
            ++answered;
            fmt::print("{} octets from {}: seq={} ttl={} time={:.3f} ms\n",
                       reply.length,
                       reply.from.to_string(),
                       i,
                       reply.ttl,
                       in_ms(reply.round_trip));
        }
        std::fflush(stdout);
        if (i < options.count) std::this_thread::sleep_for(interval);
    }
    fmt::print("{} sent, {} answered\n", options.count, answered);
    return answered > 0 ? 0 : 1;
}

}  // namespace

void add_ping(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("ping", "Send ICMP echo requests");
    command->add_option("ADDRESS", options->address)->required();
    command->add_option("--count", options->count, "requests")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    command->add_option("--size", options->size, "octets of data")
        ->check(CLI::Range(0, 65'507))
        ->capture_default_str();
    command->add_option("--interval", options->interval, "time between requests")
        ->capture_default_str();
    command->add_option("--timeout", options->timeout, "wait so long for an answer")
        ->capture_default_str();
    add_tun_options(*command, options->tun);
    command->footer("Example: handfast ping 10.7.0.1 --tun hf0 --ip 10.7.0.2/24");
    command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace handfast::cli
