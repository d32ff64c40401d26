#include "unit/socket/agreement.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <poll.h>
#include <sstream>

namespace handfast::socket::test {
namespace {

std::string error_name(int error) {
    const char* const name = strerrorname_np(error);
    return name != nullptr ? name : std::to_string(error);
}

std::string mask_text(long mask) {
    constexpr std::array<std::pair<int, std::string_view>, 6> bits{{{POLLIN, "IN"},
                                                                    {POLLPRI, "PRI"},
                                                                    {POLLOUT, "OUT"},
                                                                    {POLLERR, "ERR"},
                                                                    {POLLHUP, "HUP"},
                                                                    {POLLRDHUP, "RDHUP"}}};
    std::string text;
    for (const auto& [bit, name] : bits) {
        if ((mask & bit) == 0) continue;
        if (!text.empty()) text += '|';
        text += name;
    }
    return text.empty() ? "none" : text;
}

std::string result(const Said& said) {
    return said.error != 0 ? error_name(said.error) : std::to_string(said.value);
}

}  // namespace

std::string octets_of(int value) {
    std::string octets(sizeof value, '\0');
    std::memcpy(octets.data(), &value, sizeof value);
    return octets;
}

std::string Script::text(const Name& name) {
    if (name.port == 0) return name.address + ":0";
    const auto [at, is_new] = ports_.emplace(name.port, static_cast<int>(ports_.size()) + 1);
    return name.address + ":P" + std::to_string(at->second);
}

void Script::told(std::string_view verb, const Said& said) {
    lines_.push_back(std::string{verb} + " = " + result(said));
}

void Script::told_name(std::string_view verb, const Said& said) {
    lines_.push_back(std::string{verb} + " = " +
                     (said.error != 0 ? error_name(said.error) : text(said.name)));
}

int Script::open(Kind kind) {
    const Said said = world_.open(kind);
    if (said.error != 0) told("open", said);
    return static_cast<int>(said.value);
}

void Script::bind(int s, std::string_view address, int port) {
    told("bind", world_.bind(s, {std::string{address}, port}));
}

int Script::accept(int s) {
    const Said said = world_.accept(s);
    lines_.push_back("accept = " + (said.error != 0 ? error_name(said.error) : "a socket"));
    return static_cast<int>(said.value);
}

void Script::connect(int s, std::string_view address, int port) {
    told("connect", world_.connect(s, {std::string{address}, port}));
}

void Script::send(int s, std::size_t octets, int flags) {
    told("send", world_.send(s, octets, flags));
}

void Script::send_to(int s, std::size_t octets, std::string_view address, int port, int flags) {
    told("send_to", world_.send_to(s, octets, {std::string{address}, port}, flags));
}

void Script::receive(int s, std::size_t octets, int flags) {
    told("receive", world_.receive(s, octets, flags));
}

void Script::receive_from(int s, std::size_t octets, int flags) {
    const Said said = world_.receive_from(s, octets, flags);
    lines_.push_back("receive_from = " + result(said) +
                     (said.error != 0 ? "" : " from " + text(said.name)));
}

void Script::set(int s, int level, int option, int value) {
    lines_.push_back("set " + std::to_string(level) + '.' + std::to_string(option) + " to " +
                     std::to_string(value) + " = " +
                     result(world_.set(s, level, option, octets_of(value))));
}

void Script::set_octets(int s, int level, int option, const std::string& value) {
    lines_.push_back("set " + std::to_string(level) + '.' + std::to_string(option) + " by " +
                     std::to_string(value.size()) +
                     " octets = " + result(world_.set(s, level, option, value)));
}

void Script::get(int s, int level, int option, std::size_t room) {
    std::string value(room, '\0');
    const Said said = world_.get(s, level, option, value);
    std::ostringstream line;
    line << "get " << level << '.' << option << " = ";
    if (said.error != 0) {
        line << error_name(said.error);
    } else if (said.value == 4) {
        int number = 0;
        std::memcpy(&number, value.data(), sizeof number);
        line << number;
    } else {
        line << said.value << " octets:";
        for (std::size_t i = 0; i < static_cast<std::size_t>(said.value); ++i)
            line << ' ' << static_cast<int>(static_cast<unsigned char>(value[i]));
    }
    lines_.push_back(line.str());
}

void Script::so_error(int s) {
    std::string value(4, '\0');
    Said said = world_.get(s, SOL_SOCKET, SO_ERROR, value);
    int number = 0;
    std::memcpy(&number, value.data(), sizeof number);
    lines_.push_back("SO_ERROR = " + (said.error != 0 ? result(said)
                                      : number == 0   ? "none"
                                                      : error_name(number)));
}

void Script::poll(int s) {
    const Said said = world_.poll(s);
    lines_.push_back("poll = " +
                     (said.error != 0 ? error_name(said.error) : mask_text(said.value)));
}

int Script::listener() {
    const int s = tcp();
    bind(s, "127.0.0.1", 0);
    listen(s, 16);
    return s;
}

void Script::fill(int s) {
    constexpr int more_than_any_buffer_takes = 10'000;
    constexpr std::size_t piece = 65'536;
    int pieces = 0;
    while (pieces < more_than_any_buffer_takes && world_.send(s, piece, 0).error == 0) ++pieces;
    lines_.emplace_back(pieces < more_than_any_buffer_takes ? "filled" : "never full");
}

void Script::drain(int s) {
    constexpr std::size_t piece = 1U << 20;
    while (world_.receive(s, piece, 0).value > 0) {
    }
    lines_.emplace_back("drained");
}

Script::Pair Script::pair() {
    const int l = listener();
    const int c = tcp();
    connect(c, "127.0.0.1", port_of(l));
    connect(c, "127.0.0.1", port_of(l));
    return {.client = c, .server = accept(l), .listener = l};
}

namespace {

std::vector<std::string> transcript(World& world, void (*run)(Script&)) {
    Script script{world};
    run(script);
    return script.lines();
}

// The transcript that ours is to be: the kernel's, with what differs on purpose put in. Each
// difference stands for one line, the first that no other stands for.
std::vector<std::string> expected(const std::vector<std::string>& kernel,
                                  const std::vector<Difference>& differences) {
    std::vector<std::string> wanted = kernel;
    std::vector<bool> replaced(kernel.size(), false);
    for (const auto& d : differences) {
        std::size_t at = 0;
        while (at < kernel.size() && (replaced[at] || kernel[at] != d.kernel)) ++at;
        if (at == kernel.size()) {
            wanted.push_back("(the kernel no longer says: " + d.kernel + ")");
            continue;
        }
        wanted[at] = d.ours;
        replaced[at] = true;
    }
    return wanted;
}

std::string side_by_side(const std::vector<std::string>& kernel,
                         const std::vector<std::string>& ours) {
    std::ostringstream out;
    for (std::size_t i = 0; i < std::max(kernel.size(), ours.size()); ++i) {
        const std::string left = i < kernel.size() ? kernel[i] : "-";
        const std::string right = i < ours.size() ? ours[i] : "-";
        out << (left == right ? "   " : "!! ") << left
            << std::string(left.size() < 46 ? 46 - left.size() : 1, ' ') << right << '\n';
    }
    return out.str();
}

}  // namespace

void expect_agreement(const Case& c) {
    const auto ours = transcript(*our_world(), c.run);
    // The kernel's loopback is synchronous but for bad luck with its soft interrupts.
    constexpr int attempts = 3;
    std::vector<std::string> wanted;
    for (int i = 0; i < attempts; ++i) {
        const auto kernel = kernel_world();
        if (!kernel) GTEST_SKIP() << "the kernel's loopback is not up";
        wanted = expected(transcript(*kernel, c.run), c.differences);
        if (wanted == ours) return;
    }
    ADD_FAILURE() << "Linux (as far as we want to be like it)      ours\n"
                  << side_by_side(wanted, ours);
}

TEST_P(LinuxAgrees, word_for_word) {
    expect_agreement(GetParam());
}

}  // namespace handfast::socket::test
