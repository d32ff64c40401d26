// Unmodified programs under `handfast run` beside the kernel's loopback: programs.py measures one
// of them, `handfast bench calls` what single calls cost.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include "own_namespace.hpp"
#include "row.hpp"

namespace handfast::bench {

namespace {

[[nodiscard]] std::string text_of(const std::string& command) {
    const auto close = [](std::FILE* file) { ::pclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> pipe{::popen(command.c_str(), "r"), close};
    if (!pipe) throw std::runtime_error{"cannot run: " + command};
    std::string text;
    for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
    if (text.empty()) throw std::runtime_error{"said nothing: " + command};
    return text;
}

[[nodiscard]] std::string handfast() {
    return std::filesystem::read_symlink("/proc/self/exe").replace_filename("handfast").native();
}

// In a network namespace of its own, where the loopback is CUBIC's: programs that do not say which
// controller they want would get the machine's default.
[[nodiscard]] Score on_kernels_loopback(const Measurement& measurement, const Effort& effort) {
    return in_own_namespace(
        [&](const Effort& e) {
            run("ip link set lo up");
            for (const char* to : {"127.0.0.0/8", "127.0.0.1"})
                run(
                    fmt::format("ip route replace local {} dev lo table local proto kernel "
                                "scope host src 127.0.0.1 congctl cubic",
                                to));
            return measurement(e);
        },
        effort);
}

// ---- Programs -----------------------------------------------------------------------------------

struct Programs {
    const char* name;
    const char* unit;
    const char* needs;  // commands
    const char* limit;
};

constexpr Programs all_programs[] = {
    {"iperf3", "Gbit/s", "iperf3", "copies: into and out of netd, beside the two of the loopback"},
    {"redis-1",
     "thousand/s",
     "redis-server redis-benchmark",
     "wake-ups: each request and reply goes through netd"},
    {"redis-16", "thousand/s", "redis-server redis-benchmark", "the same, shared by 16 requests"},
    {"nginx-keep-alive",
     "thousand/s",
     "nginx wrk",
     "wake-ups: each request and reply goes through netd"},
    {"nginx-close",
     "thousand/s",
     "nginx ab",
     "notified calls: socket, connect, accept, names; a visit to netd for most"},
};

[[nodiscard]] Score measure(const Programs& programs, const Effort& effort, const std::string& by) {
    return {.value = std::stod(text_of(fmt::format("python3 {}/run/programs.py {} {} {}",
                                                   HANDFAST_BENCH_DIR,
                                                   programs.name,
                                                   effort.seconds,
                                                   by)))};
}

[[nodiscard]] std::string why_no(const std::string& commands) {
    std::istringstream words{commands};
    for (std::string command; words >> command;) {
        const auto find = fmt::format("PATH=$PATH:/usr/sbin command -v {} >/dev/null", command);
        if (std::system(find.c_str()) != 0) return "needs " + command;
    }
    return {};
}

[[nodiscard]] Row row_of(const Programs& programs) {
    Row row{.name = fmt::format("run/{}", programs.name),
            .unit = programs.unit,
            .limit = programs.limit};
    row.why_skipped = why_no(programs.needs);
    row.ours = [=](const Effort& effort) { return measure(programs, effort, handfast()); };
    if (why_no_namespace().empty() && why_no("ip").empty())
        row.kernel = [=](const Effort& effort) {
            return on_kernels_loopback([=](const Effort& e) { return measure(programs, e, ""); },
                                       effort);
        };
    return row;
}

// ---- Calls --------------------------------------------------------------------------------------

// On one core, with netd: what wake-ups across cores cost is the machine's affair.
constexpr const char* one_core = "taskset -c 0";

[[nodiscard]] std::string under_run() {
    return fmt::format("HANDFAST_CONFIG=/dev/null {} {} run --network bench-{} --",
                       one_core,
                       handfast(),
                       ::getpid());
}

// "0.4123 getsockopt" a line.
[[nodiscard]] Score microseconds_of(const std::string& call, const std::string& before) {
    std::istringstream lines{text_of(fmt::format("{} {} bench calls", before, handfast()))};
    double microseconds = 0;
    for (std::string name; std::getline(lines >> microseconds >> std::ws, name);)
        if (name == call) return {.value = microseconds};
    throw std::runtime_error{"no such call is measured: " + call};
}

[[nodiscard]] Row row_of_call(const char* name, const std::string& call, const char* limit) {
    Row row{.name = name, .unit = "us", .better = Better::less, .limit = limit};
    row.why_skipped = why_no("taskset");
    row.ours = [=](const Effort&) { return microseconds_of(call, under_run()); };
    if (why_no_namespace().empty() && why_no("ip").empty())
        row.kernel = [=](const Effort& effort) {
            return on_kernels_loopback(
                [=](const Effort&) { return microseconds_of(call, one_core); }, effort);
        };
    return row;
}

[[nodiscard]] Score milliseconds_to_start(const std::string& before) {
    constexpr int starts = 20;
    const std::string command = fmt::format("{} true", before);
    run(command);
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < starts; ++i) run(command);
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - began;
    return {.value = passed.count() / starts};
}

[[nodiscard]] Row row_of_start() {
    Row row{.name = "run/start",
            .unit = "ms",
            .better = Better::less,
            .limit = "two forks, the filter, two questions to netd"};
    row.ours = [](const Effort&) {
        const std::string network = fmt::format("bench-{}", ::getpid());
        run(fmt::format("{} network up {} >/dev/null", handfast(), network));
        const Score score =
            milliseconds_to_start(fmt::format("{} run --network {} --", handfast(), network));
        run(fmt::format("{} network down {} >/dev/null", handfast(), network));
        return score;
    };
    row.kernel = [](const Effort&) { return milliseconds_to_start("env"); };
    return row;
}

}  // namespace

void add_run_rows(std::vector<Row>& rows) {
    for (const Programs& programs : all_programs) rows.push_back(row_of(programs));
    rows.push_back(row_of_call("run/getsockopt", "getsockopt", "a notification, two switches"));
    rows.push_back(row_of_call("run/getsockname", "getsockname", "a notification, two switches"));
    rows.push_back(
        row_of_call("run/socket-close", "socket, close", "a notification; a file made and given"));
    rows.push_back(row_of_call("run/recv-nothing", "recv, nothing there", "no notification"));
    rows.push_back(row_of_start());
}

}  // namespace handfast::bench
