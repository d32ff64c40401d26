// handfast bench run: what the supervisor costs a program, call by call, beside the kernel's own
// sockets.
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include "apps/cli/bench/calls.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/run_program.hpp"
#include "apps/cli/table.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/run/program.hpp"

namespace handfast::cli {

namespace {

using Words = std::vector<std::string>;
using Json = nlohmann::ordered_json;

constexpr Duration each_call = milliseconds{40};
constexpr int starts_in_a_round = 10;
constexpr const char* start = "start of a program";

enum class Cores : std::uint8_t { one, any };

// Wake-ups across cores are most of what a notified call costs: so there are figures without.
void stay_on_one_core() {
    cpu_set_t allowed{};
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    std::size_t first = 0;
    while (!CPU_ISSET(first, &allowed)) ++first;
    CPU_ZERO(&allowed);
    CPU_SET(first, &allowed);
    ::sched_setaffinity(0, sizeof allowed, &allowed);
}

// What the command says; nothing when it fails, after it has said why.
std::optional<std::string> said_by(const Words& command, Cores cores) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error{"cannot make a pipe"};
    const link::FileDescriptor from{pipe[0]};
    link::FileDescriptor to{pipe[1]};
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error{"cannot start a process"};
    if (child == 0) {
        ::dup2(to.get(), STDOUT_FILENO);
        if (cores == Cores::one) stay_on_one_core();
        run::execute(command);
    }
    to = {};
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = ::read(from.get(), part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(n));
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) return std::nullopt;
    return text;
}

// One way of running programs, and what it was found to cost.
class Way {
public:
    Way(std::string name, Cores cores, Words before)
        : name_{std::move(name)}, cores_{cores}, before_{std::move(before)} {}

    // False: it cannot be done here.
    [[nodiscard]] bool measure(const std::string& self) {
        const auto text = said_by(under({self, "bench", "calls"}), cores_);
        if (!text) return false;
        std::istringstream lines{*text};
        double microseconds = 0;
        for (std::string call; std::getline(lines >> microseconds >> std::ws, call);)
            found_[call].push_back(microseconds);
        for (int i = 0; i < starts_in_a_round; ++i) {
            const auto began = std::chrono::steady_clock::now();
            if (!said_by(under({"true"}), cores_)) return false;
            const std::chrono::duration<double, std::micro> passed =
                std::chrono::steady_clock::now() - began;
            found_[start].push_back(passed.count());
        }
        return true;
    }

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::optional<double> median(const std::string& call) const {
        const auto found = found_.find(call);
        if (found == found_.end()) return std::nullopt;
        auto sorted = found->second;
        std::ranges::sort(sorted);
        return sorted[sorted.size() / 2];
    }

private:
    [[nodiscard]] Words under(const Words& program) const {
        Words words = before_;
        words.insert(words.end(), program.begin(), program.end());
        return words;
    }

    std::string name_;
    Cores cores_;
    Words before_;
    std::map<std::string, std::vector<double>> found_;
};

// What a program calls, who serves it, and by how many notifications.
struct Kind {
    const char* call;
    const char* served_by;
};
constexpr std::array kinds{
    Kind{"getsockopt", "supervisor, as told before"},
    Kind{"getsockopt TCP_INFO", "supervisor, daemon"},
    Kind{"setsockopt", "supervisor, daemon"},
    Kind{"getsockname", "supervisor, as told before"},
    Kind{"getpeername", "supervisor, as told before"},
    Kind{"recv, nothing there", "kernel: no notification"},
    Kind{"send, then recv", "kernel: no notification; the octet passes the daemon"},
    Kind{"sendto, then recvfrom", "supervisor, twice; the datagram passes the daemon"},
    Kind{"socket, close", "supervisor, daemon"},
    Kind{"socket, connect, accept, close", "supervisor, daemon, three times"},
    Kind{start, "two forks, the filter, the daemon is asked"},
};

struct Options {
    int rounds{3};
    bool json{false};
};

// Networks that are gone when the measurements are done, or have failed.
class OwnNetworks {
public:
    explicit OwnNetworks(std::string self) : self_{std::move(self)} {}
    OwnNetworks(const OwnNetworks&) = delete;
    OwnNetworks& operator=(const OwnNetworks&) = delete;
    OwnNetworks(OwnNetworks&&) = delete;
    OwnNetworks& operator=(OwnNetworks&&) = delete;
    ~OwnNetworks() {
        for (const std::string& name : names_)
            static_cast<void>(said_by({self_, "network", "down", name}, Cores::any));
    }

    // Its daemon stays on the core too.
    [[nodiscard]] Words run_on_new(Cores cores) {
        const std::string name =
            fmt::format("bench-{}-{}", ::getpid(), cores == Cores::one ? "one" : "any");
        if (!said_by({self_, "network", "up", name}, cores))
            throw std::runtime_error{"cannot start a network to measure"};
        names_.push_back(name);
        return {self_, "run", "--network", name, "--"};
    }

private:
    std::string self_;
    Words names_;
};

void print(const std::vector<Way>& ways, const Options& options) {
    Json json = Json::array();
    Table::Row heading{"microseconds"};
    for (const Way& way : ways) heading.push_back(way.name());
    heading.emplace_back("served by");
    Table table{heading};
    for (const Kind& kind : kinds) {
        Table::Row row{kind.call};
        Json entry{{"name", kind.call}, {"unit", "us"}};
        for (const Way& way : ways) {
            const auto cost = way.median(kind.call);
            row.push_back(cost ? fmt::format("{:.2f}", *cost) : "-");
            entry[way.name()] = cost ? Json(*cost) : Json{};
        }
        row.emplace_back(kind.served_by);
        table.add(std::move(row));
        json.push_back(std::move(entry));
    }
    if (options.json)
        print_json(json);
    else
        table.print();
}

int bench_run(const Options& options) {
    const std::string self = own_arguments().front();
    OwnNetworks networks{self};
    std::vector<Way> ways;
    ways.emplace_back("kernel", Cores::one, Words{});
    ways.emplace_back("one core", Cores::one, networks.run_on_new(Cores::one));
    ways.emplace_back("any core", Cores::any, networks.run_on_new(Cores::any));
    for (int round = 0; round < options.rounds; ++round) {
        for (Way& way : ways) {
            if (way.measure(self) || &way == &ways.front()) continue;  // its loopback may be down
            throw std::runtime_error{"a measurement failed"};
        }
    }
    print(ways, options);
    return 0;
}

int bench_calls() {
    for (const CallCost& cost : measure_calls(each_call))
        fmt::print("{:.4f} {}\n", cost.microseconds, cost.name);
    return 0;
}

}  // namespace

void add_bench(CLI::App& app, Chosen& chosen) {
    auto* bench = app.add_subcommand("bench", "Measure what `handfast run` costs here");
    bench->require_subcommand(1);
    bench->footer("Example:\n  handfast bench run --json");

    auto options = std::make_shared<Options>();
    auto* command = bench->add_subcommand(
        "run", "What each call costs a program: the kernel's sockets, ours on one core and on all");
    command->add_option("--rounds", options->rounds, "measurements of each; the median is told (3)")
        ->check(CLI::PositiveNumber)
        ->option_text("NUMBER");
    command->add_flag("--json", options->json, "as JSON");
    command->footer("Example:\n  handfast bench run");
    command->callback([options, &chosen] { chosen = [options] { return bench_run(*options); }; });

    // The program that is measured.
    command = bench->add_subcommand("calls", "The costs here, each in microseconds");
    command->group("");
    command->callback([&chosen] { chosen = bench_calls; });
}

}  // namespace handfast::cli
