// handfast ping: ICMP echo (RFC 792) from our own stack.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <thread>

#include "api/convert.hpp"
#include "apps/cli/arguments.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/cli/tun_session.hpp"
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

// What the requests of one run came to.
class Statistics {
public:
    void add(const EchoReply& reply) {
        const double ms = in_ms(reply.round_trip);
        least_ = answered_ == 0 ? ms : std::min(least_, ms);
        most_ = std::max(most_, ms);
        sum_ += ms;
        ++answered_;
    }
    [[nodiscard]] int answered() const { return answered_; }
    void print(int sent) const {
        const int lost = sent - answered_;
        fmt::print("{} sent, {} answered, {:.3g} % lost\n", sent, answered_, 100.0 * lost / sent);
        if (answered_ > 0)
            fmt::print("round trip: {:.3f} ms at least, {:.3f} ms on average, {:.3f} ms at most\n",
                       least_,
                       sum_ / answered_,
                       most_);
    }

private:
    int answered_{0};
    double least_{0};
    double most_{0};
    double sum_{0};
};

std::string line(int sequence, const EchoReply& reply) {
    return fmt::format("{} octets from {}: seq={} ttl={} time={:.3f} ms",
                       reply.length,
                       reply.from.to_string(),
                       sequence,
                       reply.ttl,
                       in_ms(reply.round_trip));
}

// One request, from a host of its own on a TUN device …
class OnTun {
public:
    explicit OnTun(const Options& options) : session_{options.tun, std::nullopt, stdout} {}

    [[nodiscard]] EchoReply ask(
        const Address& to, std::size_t size, Duration patience, int, std::error_code& error) const {
        return session_.host().ping(to, size, patience, error);
    }

private:
    TunSession session_;
};

// … or from one that netd keeps.
class OnNetwork {
public:
    explicit OnNetwork(const Options& options)
        : netd_{join(again_on_network(options.tun, {"ping"}))} {}

    [[nodiscard]] EchoReply ask(const Address& to,
                                std::size_t size,
                                Duration patience,
                                int sequence,
                                std::error_code& error) {
        const auto reply =
            netd_.try_to_ask(control::Echo{.to = api::to_core(to),
                                           .sequence = static_cast<std::uint16_t>(sequence),
                                           .length = static_cast<std::uint32_t>(size),
                                           .patience = patience});
        EchoReply echo;
        if (reply.error != 0) error = {reply.error, std::generic_category()};
        if (reply.error != 0 || !reply.name || reply.value.empty()) return echo;
        echo.from = api::from_core(reply.name->address);
        echo.round_trip = std::chrono::nanoseconds{reply.number};
        echo.length = size;
        echo.ttl = std::to_integer<std::uint8_t>(reply.value.front());
        return echo;
    }

private:
    NetdLine netd_;
};

template <class Place>
int run(const Options& options) {
    const Address to = address_from(options.address);
    const Duration interval = duration_from("--interval", options.interval);
    const Duration timeout = duration_from("--timeout", options.timeout);
    Place place{options};
    Statistics statistics;
    for (int i = 1; i <= options.count; ++i) {
        std::error_code error;
        const EchoReply reply = place.ask(to, options.size, timeout, i, error);
        if (!error) {
            statistics.add(reply);
            fmt::print("{}\n", line(i, reply));
        } else {
            fmt::print("{}: seq={} {}\n",
                       to.to_string(),
                       i,
                       is_timeout(error) ? "no answer within " + options.timeout : error.message());
        }
        std::fflush(stdout);
        if (i < options.count) std::this_thread::sleep_for(interval);
    }
    statistics.print(options.count);
    return statistics.answered() > 0 ? 0 : 1;
}

}  // namespace

void add_ping(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("ping", "Send ICMP echo requests");
    command->add_option("ADDRESS", options->address, "10.7.0.1")->required()->option_text(" ");
    command->add_option("--count", options->count, "requests (4)")
        ->check(CLI::PositiveNumber)
        ->option_text("NUMBER");
    command->add_option("--size", options->size, "octets of data, at most 65507 (56)")
        ->check(CLI::Range(0, 65'507))
        ->option_text("NUMBER");
    command->add_option("--interval", options->interval, "time between requests (1s)")
        ->option_text("TIME");
    command->add_option("--timeout", options->timeout, "wait so long for an answer (1s)")
        ->option_text("TIME");
    add_tun_options(*command, options->tun);
    command->footer("Example:\n  handfast ping 10.7.0.1 --host client --delay 20ms");
    command->callback([options, command, &chosen] {
        take_defaults(*command, {"network", "host", "width", "color", "ascii"});
        options->tun.link_words = link_words(*command);
        const auto go = options->tun.device.empty() ? run<OnNetwork> : run<OnTun>;
        chosen = [options, go] { return go(*options); };
    });
}

}  // namespace handfast::cli
