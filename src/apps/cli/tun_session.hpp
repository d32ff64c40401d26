// One host on a TUN device, for the native programs: its options, and what watches it.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/cli/link_options.hpp"
#include "apps/cli/observers.hpp"
#include "apps/cli/terminal.hpp"
#include "observe/ladder.hpp"
#include <handfast/network.hpp>

namespace handfast::cli {

struct TunOptionsOnLine {
    std::string device;   // empty: no TUN device, but a network of `handfast run`
    std::string network;  // of it, and which host; empty: the default ones
    std::string host;
    std::vector<control::LinkOption> link_words;
    std::string address;         // --ip, with prefix
    std::string kernel_address;  // --kernel-ip
    std::string gateway;
    bool no_offload{false};
    bool ladder{false};
    std::string capture;
    std::optional<double> msl_seconds;  // 120
    std::string congestion;             // of the host; empty: cubic
    LinkOptions link;
    TerminalOptions terminal;
};

void add_tun_options(CLI::App& command, TunOptionsOnLine& options);
// --congestion
void add_congestion(CLI::App& command, std::string& name);

class TunSession {
public:
    // `own`: the host's address when --ip does not say (a server's). The ladder goes to `out`.
    TunSession(const TunOptionsOnLine& options, const std::optional<Address>& own, std::FILE* out);
    ~TunSession();
    TunSession(const TunSession&) = delete;
    TunSession& operator=(const TunSession&) = delete;
    TunSession(TunSession&&) = delete;
    TunSession& operator=(TunSession&&) = delete;

    [[nodiscard]] const Host& host() const { return host_; }
    // Puts a line beside the packets of the talk with this peer. False: no ladder is drawn.
    [[nodiscard]] bool remark(const Endpoint& peer, const std::string& line) const;
    // Waits until our side of every connection has said all that it must: FINs are acknowledged. A
    // program that ended at once would take its host with it.
    void drain() const;

private:
    void watch(const TunOptionsOnLine& options, std::FILE* out);
    void tick(std::stop_token stop);

    Network network_;
    Host host_;
    observe::FanOut watchers_;
    std::unique_ptr<CaptureFile> capture_;
    std::unique_ptr<observe::LadderStream> ladder_;
    std::mutex mutex_;
    std::condition_variable_any tick_;
    std::jthread ticker_;
};

}  // namespace handfast::cli
