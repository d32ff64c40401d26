#include "apps/cli/netd_line.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <poll.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace handfast::cli {

namespace {

std::filesystem::path folder_of(const std::string& network) {
    return checked(run::folder_of(network, run::surroundings()));
}

// A long answer comes as a file.
control::Octets value_of(control::Reply& reply, const run::Descriptors& descriptors) {
    if (descriptors.empty()) return std::move(reply.value);
    struct stat facts{};
    if (::fstat(descriptors.front().get(), &facts) != 0) complain(std::errc::io_error, "");
    control::Octets octets(static_cast<std::size_t>(facts.st_size));
    const ssize_t n = ::pread(descriptors.front().get(), octets.data(), octets.size(), 0);
    octets.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    return octets;
}

template <class T>
T understood(std::optional<T> value) {
    if (!value) throw std::runtime_error{"handfast-netd says what nobody understands"};
    return *std::move(value);
}

void wait_for(int file, short events) {
    pollfd wait{.fd = file, .events = events, .revents = 0};
    while (::poll(&wait, 1, -1) < 0 && errno == EINTR) {
    }
}

}  // namespace

void complain(std::errc error, const std::string& text) {
    if (text.empty()) throw std::system_error{std::make_error_code(error)};
    if (error == std::errc::invalid_argument) throw std::invalid_argument{text};
    throw std::runtime_error{text};
}

NetdLine::NetdLine(const std::string& network)
    : folder_{folder_of(network)}, daemon_{checked(run::find_running_netd(network, folder_))} {}

NetdLine::NetdLine(const std::string& network, std::vector<std::string> arguments)
    : folder_{folder_of(network)},
      daemon_{checked(run::find_netd(
          network,
          folder_,
          {.program = run::netd_beside_this(), .arguments = std::move(arguments)}))} {}

control::Reply NetdLine::ask(control::Request request, run::Descriptors descriptors) {
    control::Reply reply = try_to_ask(std::move(request), std::move(descriptors));
    if (reply.error != 0) complain(static_cast<std::errc>(reply.error), reply.text);
    return reply;
}

control::Reply NetdLine::try_to_ask(control::Request request, run::Descriptors descriptors) {
    const control::RequestMessage message{.id = control::RequestId{++last_},
                                          .request = std::move(request)};
    const auto gone = "handfast-netd went away";
    if (!daemon_.channel.send(message, std::move(descriptors)))
        complain(std::errc::connection_reset, gone);
    wait_for(daemon_.channel.descriptor(), POLLIN);
    auto received = daemon_.channel.receive_reply();
    if (!received) complain(received.error(), gone);
    control::Reply& reply = received->message;
    reply.value = value_of(reply, received->descriptors);
    return std::move(reply);
}

control::ListedNetwork NetdLine::hosts() {
    return understood(control::decode_network(ask(control::ListHosts{}).value));
}

control::Listing NetdLine::sockets(const std::string& host) {
    return understood(control::decode_listing(ask(control::ListSockets{.host = host}).value));
}

void NetdLine::wait_for_end() {
    while (true) {
        wait_for(daemon_.channel.descriptor(), POLLIN);
        const auto reply = daemon_.channel.receive_reply();
        if (!reply && reply.error() != std::errc::resource_unavailable_try_again) return;
    }
}

std::vector<std::string> running_networks() {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::directory_iterator{folder_of(default_network).parent_path(), none}) {
        std::string name = entry.path().filename().native();
        if (run::find_running_netd(name, entry.path())) names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace handfast::cli
