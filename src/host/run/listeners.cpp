#include "host/run/listeners.hpp"

#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include "host/run/stand_in.hpp"

namespace handfast::run {

namespace {

namespace fs = std::filesystem;

// The names of a folder of /proc that are numbers; empty when it may not be read.
std::vector<int> numbers_in(const fs::path& folder) {
    std::vector<int> numbers;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        const std::string name = at->path().filename().native();
        const char* const last = name.data() + name.size();
        int number = 0;
        if (std::from_chars(name.data(), last, number).ptr == last) numbers.push_back(number);
    }
    return numbers;
}

// "4711 (name of (any) kind) S 4710 …": proc(5)
pid_t parent_of(pid_t process) {
    std::ifstream file{fmt::format("/proc/{}/stat", process)};
    std::string text;
    std::getline(file, text, '\0');  // does not throw when the process has gone meanwhile
    constexpr std::string_view after_name = ") S ";
    const auto at = text.rfind(')');
    if (at == std::string::npos || text.size() < at + after_name.size()) return 0;
    pid_t parent = 0;
    std::from_chars(text.data() + at + after_name.size(), text.data() + text.size(), parent);
    return parent;
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
    std::unordered_map<pid_t, pid_t> parents;
    for (const pid_t process : numbers_in("/proc")) parents[process] = parent_of(process);
    std::vector<pid_t> found;
    for (const auto& [process, parent] : parents) {
        pid_t above = parent;
        // A process that has come and gone meanwhile may have closed a circle.
        for (std::size_t steps = 0; above != ancestor && above != 0 && steps < parents.size();
             ++steps) {
            const auto next = parents.find(above);
            above = next != parents.end() ? next->second : 0;
        }
        if (above == ancestor) found.push_back(process);
    }
    return found;
}

void shut_if_listening(int file) {
    if (!mark_of(file)) return;
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return;
    static_cast<void>(::shutdown(file, SHUT_RD));
}

}  // namespace

void shut_listeners(Processes& processes) {
    for (const pid_t process : descendants_of(::getpid())) {
        const fs::path folder = fmt::format("/proc/{}/fd", process);
        for (const int number : numbers_in(folder)) {
            std::error_code gone;
            const auto target = fs::read_symlink(folder / std::to_string(number), gone);
            if (!target.native().starts_with("socket:")) continue;
            if (const auto file = processes.descriptor(process, number))
                shut_if_listening(file->get());
        }
    }
}

}  // namespace handfast::run
