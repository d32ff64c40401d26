// A daemon in a folder of its own, and a supervisor of programs for tests: the programs' sockets
// are real AF_UNIX sockets, and the test is the program.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <thread>
#include <vector>

#include "apps/netd/daemon.hpp"
#include "core/control/connection_name.hpp"
#include "host/run/rendezvous.hpp"
#include "host/run/stand_in.hpp"

namespace handfast::netd::test {

using link::FileDescriptor;

class Running {
public:
    explicit Running(Settings settings);
    Running();  // stays when nobody is left
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    Running(Running&&) = delete;
    Running& operator=(Running&&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    // Waits until netd has ended by itself.
    void join();

private:
    std::filesystem::path folder_;
    FileDescriptor stop_;
    std::unique_ptr<Daemon> daemon_;
    std::thread thread_;
};

// A program's socket, with the key that netd knows it by.
struct Stream {
    FileDescriptor file;
    control::SocketKey key{};

    [[nodiscard]] int fd() const { return file.get(); }
    void close() { file = FileDescriptor{}; }
};

class Supervisor {
public:
    Supervisor(const Running& running, std::string host);
    Supervisor(const Running& running, control::Join join);

    [[nodiscard]] wire::IpAddress address() const { return addresses_.front().address; }

    // Waits for the reply.
    control::Reply ask(control::Request request, run::Descriptors descriptors);
    control::Reply ask(control::Request request) { return ask(std::move(request), {}); }
    control::RequestId tell(control::Request request, run::Descriptors descriptors);
    control::Reply reply_to(control::RequestId request);

    // As programs call them; what is given back is errno.
    [[nodiscard]] Stream stream();
    [[nodiscard]] int bind(const Stream& stream, const wire::Endpoint& address);
    [[nodiscard]] int listen(const Stream& stream, int backlog);
    [[nodiscard]] int connect(const Stream& stream, const wire::Endpoint& to);
    // Does not wait: EINPROGRESS, or what was wrong at once.
    [[nodiscard]] int start_connecting(const Stream& stream, const wire::Endpoint& to);
    // A fresh socket in the place of one whose file cannot be connected any more.
    [[nodiscard]] Stream replace(const Stream& burnt);
    // Waits for a connection.
    [[nodiscard]] Stream accept(const Stream& listener);
    [[nodiscard]] int error_of(const Stream& stream);  // SO_ERROR
    [[nodiscard]] std::optional<wire::Endpoint> name(const Stream& stream,
                                                     control::GetName::Whose whose);
    int set_option(const Stream& stream, int level, int name, int value);

    // Whether netd sees an open socket of a program there.
    [[nodiscard]] bool holds_sockets(const std::string& host);

    // A datagram socket that netd knows.
    [[nodiscard]] Stream datagram();

private:
    [[nodiscard]] FileDescriptor named(Stream& stream);

    run::Daemon daemon_;
    FileDescriptor folder_;
    run::Meeting meeting_;
    std::vector<wire::Prefix> addresses_;
    std::vector<control::Reply> early_;
    std::uint32_t last_{1};
};

[[nodiscard]] wire::Endpoint at(const wire::IpAddress& address, std::uint16_t port);

// Waits until poll(2) shows one of these events (or an error or hang-up), and gives what it shows.
short wait_for(int fd, short events);
// What poll(2) shows now.
short look(int fd);
void write_all(int fd, std::string_view text);
// So many octets, or those up to the end.
std::string read_some(int fd, std::size_t most);
// 0, or errno of a read that brings nothing else than the end.
int read_end(int fd);

// Two hosts, and a connection between them.
struct Connected {
    explicit Connected(const Running& running);

    Supervisor server;
    Supervisor client;
    Stream listener;
    Stream left;   // connected
    Stream right;  // accepted
};

}  // namespace handfast::netd::test
