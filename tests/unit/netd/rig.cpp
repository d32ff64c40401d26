#include "unit/netd/rig.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

#include "core/base/check.hpp"
#include "core/control/listing.hpp"
#include "host/run/unix_address.hpp"

namespace handfast::netd::test {

namespace {

constexpr int patience_ms = 20'000;  // of a test that waits for an event

std::filesystem::path make_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "handfast-test-XXXXXX").native();
    HF_CHECK(::mkdtemp(path.data()) != nullptr);
    return path;
}

run::Daemon greeted(const Running& running) {
    auto daemon = run::find_running_netd("test", running.folder());
    HF_CHECK(daemon.has_value());
    return std::move(*daemon);
}

FileDescriptor opened(const std::filesystem::path& folder) {
    auto descriptor = run::open_folder(folder);
    HF_CHECK(descriptor.has_value());
    return std::move(*descriptor);
}

run::Descriptors one(FileDescriptor descriptor) {
    run::Descriptors descriptors;
    descriptors.push_back(std::move(descriptor));
    return descriptors;
}

constexpr run::Mark mark{};

}  // namespace

Running::Running(Settings settings) : folder_{make_folder()}, stop_{::eventfd(0, EFD_CLOEXEC)} {
    std::signal(SIGPIPE, SIG_IGN);  // as netd's main does
    settings.folder = folder_;
    auto daemon = Daemon::make(settings, FileDescriptor{::dup(stop_.get())});
    HF_CHECK(daemon.has_value());
    daemon_ = std::move(*daemon);
    thread_ = std::thread{[this] { daemon_->run(); }};
}

Running::Running() : Running{Settings{.folder = {}, .network = {}, .keep = true, .seed = {}}} {}

Running::~Running() {
    const std::uint64_t one_more = 1;
    HF_CHECK(::write(stop_.get(), &one_more, sizeof one_more) == sizeof one_more);
    join();
    std::filesystem::remove_all(folder_);
}

void Running::join() {
    if (thread_.joinable()) thread_.join();
    daemon_.reset();
}

Supervisor::Supervisor(const Running& running, std::string host)
    : Supervisor{running,
                 control::Join{
                     .host = std::move(host), .addresses = {}, .options = {}, .program = "test"}} {}

Supervisor::Supervisor(const Running& running, control::Join join)
    : daemon_{greeted(running)},
      folder_{opened(running.folder())},
      meeting_{*run::Meeting::open(folder_.get())} {
    const control::Reply reply = ask(std::move(join));
    HF_CHECK(reply.error == 0);
    addresses_ = reply.addresses;
}

control::RequestId Supervisor::tell(control::Request request, run::Descriptors descriptors) {
    const control::RequestId id{++last_};
    const auto sent = daemon_.channel.send(
        control::RequestMessage{.id = id, .request = std::move(request)}, std::move(descriptors));
    HF_CHECK(sent.has_value());
    return id;
}

control::Reply Supervisor::reply_to(control::RequestId request) {
    for (;;) {
        for (auto i = early_.begin(); i != early_.end(); ++i) {
            if (i->request != request) continue;
            control::Reply reply = *i;
            early_.erase(i);
            return reply;
        }
        HF_CHECK(wait_for(daemon_.channel.descriptor(), POLLIN) != 0);
        auto received = daemon_.channel.receive_reply();
        HF_CHECK(received.has_value());
        early_.push_back(std::move(received->message));
    }
}

control::Reply Supervisor::ask(control::Request request, run::Descriptors descriptors) {
    return reply_to(tell(std::move(request), std::move(descriptors)));
}

// Makes the socket; the result is its life.
FileDescriptor Supervisor::named(Stream& stream) {
    auto file = run::make_stream(mark, SOCK_NONBLOCK);
    HF_CHECK(file.has_value());
    stream.file = std::move(*file);
    stream.key = run::key_of(stream.fd());
    auto life = run::name_in(folder_.get(), stream.fd());
    HF_CHECK(life.has_value());
    return std::move(*life);
}

Stream Supervisor::stream() {
    Stream stream;
    FileDescriptor life = named(stream);
    tell(control::Open{.socket = stream.key}, one(std::move(life)));
    return stream;
}

Stream Supervisor::replace(const Stream& burnt) {
    Stream stream;
    FileDescriptor life = named(stream);
    tell(control::Replace{.socket = burnt.key, .by = stream.key}, one(std::move(life)));
    return stream;
}

Stream Supervisor::datagram() {
    auto pair = run::make_datagram(mark, SOCK_NONBLOCK);
    HF_CHECK(pair.has_value());
    Stream socket{.file = std::move(pair->near), .key = {}};
    socket.key = run::key_of(socket.fd());
    tell(control::Open{.socket = socket.key, .type = berkeley::SocketType::datagram},
         one(std::move(pair->far)));
    return socket;
}

int Supervisor::bind(const Stream& stream, const wire::Endpoint& address) {
    return ask(control::Bind{.socket = stream.key, .address = address}).error;
}

int Supervisor::listen(const Stream& stream, int backlog) {
    HF_CHECK(::listen(stream.fd(), backlog) == 0);
    return ask(control::Listen{.socket = stream.key, .backlog = backlog}).error;
}

int Supervisor::connect(const Stream& stream, const wire::Endpoint& to) {
    const int error =
        ask(control::Connect{.socket = stream.key, .address = to, .patience = {}}).error;
    if (error != 0) return error;
    auto far_end = meeting_.connect(stream.fd());
    HF_CHECK(far_end.has_value());
    HF_CHECK(run::send_held_octet(stream.fd()).has_value());
    tell(control::Attach{.socket = stream.key}, one(std::move(*far_end)));
    return 0;
}

int Supervisor::start_connecting(const Stream& stream, const wire::Endpoint& to) {
    auto far_end = meeting_.connect(stream.fd());
    HF_CHECK(far_end.has_value());
    run::fill(stream.fd());
    run::Descriptors descriptors = one(std::move(*far_end));
    descriptors.emplace_back(::dup(stream.fd()));
    return ask(control::Connect{.socket = stream.key, .address = to, .patience = {}},
               std::move(descriptors))
        .error;
}

Stream Supervisor::accept(const Stream& listener) {
    HF_CHECK((wait_for(listener.fd(), POLLIN) & POLLIN) != 0);
    FileDescriptor file{::accept4(listener.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    HF_CHECK(file);
    sockaddr_un peer{};
    socklen_t size = sizeof peer;
    HF_CHECK(::getpeername(file.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0);
    const std::size_t length = size - offsetof(sockaddr_un, sun_path) - 1;
    const auto name = control::parse_connection_name({peer.sun_path + 1, length});
    HF_CHECK(name && name->network_key == daemon_.network_key);
    Stream stream{.file = std::move(file), .key = {}};
    stream.key = run::key_of(stream.fd());
    HF_CHECK(run::send_held_octet(stream.fd()).has_value());
    tell(
        control::Accepted{
            .listener = listener.key, .connection = name->connection, .socket = stream.key},
        {});
    return stream;
}

int Supervisor::error_of(const Stream& stream) {
    const control::Reply reply = ask(control::GetOption{
        .socket = stream.key, .level = SOL_SOCKET, .name = SO_ERROR, .room = sizeof(int)});
    HF_CHECK(reply.error == 0 && reply.value.size() == sizeof(int));
    int error = 0;
    std::memcpy(&error, reply.value.data(), sizeof error);
    return error;
}

std::optional<wire::Endpoint> Supervisor::name(const Stream& stream,
                                               control::GetName::Whose whose) {
    return ask(control::GetName{.socket = stream.key, .whose = whose}).name;
}

int Supervisor::set_option(const Stream& stream, int level, int name, int value) {
    control::Octets octets(sizeof value);
    std::memcpy(octets.data(), &value, sizeof value);
    return ask(control::SetOption{
                   .socket = stream.key, .level = level, .name = name, .value = octets})
        .error;
}

bool Supervisor::holds_sockets(const std::string& host) {
    const auto listing = control::decode_listing(ask(control::ListSockets{.host = host}).value);
    return std::ranges::any_of(*listing, [](const auto& s) { return !s.program.empty(); });
}

wire::Endpoint at(const wire::IpAddress& address, std::uint16_t port) {
    return {.address = address, .port = wire::Port{port}};
}

short wait_for(int fd, short events) {
    pollfd wait{.fd = fd, .events = events, .revents = 0};
    HF_CHECK(::poll(&wait, 1, patience_ms) == 1);
    return wait.revents;
}

short look(int fd) {
    pollfd wait{.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP | POLLPRI, .revents = 0};
    HF_CHECK(::poll(&wait, 1, 0) >= 0);
    return wait.revents;
}

void write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            wait_for(fd, POLLOUT);
            continue;
        }
        HF_CHECK(n > 0);
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::string read_some(int fd, std::size_t most) {
    std::string text(most, '\0');
    std::size_t there = 0;
    while (there < most) {
        const ssize_t n = ::recv(fd, text.data() + there, most - there, 0);
        if (n < 0 && errno == EAGAIN) {
            wait_for(fd, POLLIN);
            continue;
        }
        HF_CHECK(n >= 0);
        if (n == 0) break;
        there += static_cast<std::size_t>(n);
    }
    text.resize(there);
    return text;
}

int read_end(int fd) {
    std::array<char, 4096> part{};
    for (;;) {
        const ssize_t n = ::recv(fd, part.data(), part.size(), 0);
        if (n == 0) return 0;
        if (n > 0) continue;
        if (errno != EAGAIN) return errno;
        wait_for(fd, POLLIN);
    }
}

Connected::Connected(const Running& running)
    : server{running, "server"},
      client{running, "client"},
      listener{server.stream()},
      left{client.stream()} {
    HF_CHECK(server.bind(listener, at({}, 80)) == 0);
    HF_CHECK(server.listen(listener, 16) == 0);
    HF_CHECK(client.connect(left, at(server.address(), 80)) == 0);
    right = server.accept(listener);
}

}  // namespace handfast::netd::test
