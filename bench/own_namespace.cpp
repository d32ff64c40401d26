#include "own_namespace.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <stdexcept>
#include <unistd.h>

#include "kernel_peer.hpp"

namespace handfast::bench {

namespace {

[[nodiscard]] std::string to_text(const Score& score) {
    return nlohmann::json{{"value", score.value},
                          {"wakeups", score.wakeups_per_op.value_or(-1)},
                          {"remark", score.remark}}
        .dump();
}

[[nodiscard]] Score from_text(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    Score score{.value = json.at("value"), .remark = json.at("remark")};
    if (const double wakeups = json.at("wakeups"); wakeups >= 0) score.wakeups_per_op = wakeups;
    return score;
}

[[nodiscard]] std::string read_all(int fd) {
    std::string text;
    std::array<char, 512> part{};
    while (true) {
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(n));
    }
}

// In the child: what `work` says goes to the parent.
[[noreturn]] void be_child(int to_parent, const std::function<std::string()>& work) {
    std::string text;
    try {
        check(::unshare(CLONE_NEWNET) == 0, "network namespace");
        text = work();
    } catch (const std::exception& e) {
        fmt::print(stderr, "handfast_bench: {}\n", e.what());
        std::_Exit(1);
    }
    const bool told =
        ::write(to_parent, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    std::_Exit(told ? 0 : 1);
}

}  // namespace

std::string text_from_own_namespace(const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    check(::pipe(ends.data()) == 0, "pipe");
    const Descriptor from_child{ends[0]};
    Descriptor to_parent{ends[1]};
    const pid_t child = ::fork();
    check(child >= 0, "fork");
    if (child == 0) be_child(to_parent.get(), work);
    {
        const Descriptor closed = std::move(to_parent);
    }
    std::string text = read_all(from_child.get());
    int status = 0;
    (void)::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string{};
}

std::string why_no_namespace() {
    if (::geteuid() != 0) return "needs root, for a network namespace and a TUN device";
    if (::access("/dev/net/tun", R_OK | W_OK) != 0) return "needs /dev/net/tun";
    if (text_from_own_namespace([] { return std::string{"ok"}; }).empty())
        return "no network namespaces here";
    return {};
}

Score in_own_namespace(const Measurement& measurement, const Effort& effort) {
    const std::string text = text_from_own_namespace([&] { return to_text(measurement(effort)); });
    if (text.empty()) throw std::runtime_error{"a measurement in a network namespace failed"};
    return from_text(text);
}

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw std::runtime_error{"failed: " + command};
}

}  // namespace handfast::bench
