#include "host/host.hpp"

#include <cerrno>
#include <dlfcn.h>
#include <gtest/gtest.h>

namespace handfast::packetdrill {

namespace {

constexpr std::uint16_t own_port = 8080;
constexpr std::uint16_t peer_port = 40'000;
constexpr std::size_t room = 65'536;

const sockaddr* plain(const sockaddr_in& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

void fail_at(Host::Where where, const std::string& text) {
    ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

}  // namespace

sockaddr_in address_of(const wire::Endpoint& endpoint) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(wire::number(endpoint.port));
    address.sin_addr.s_addr = htonl(endpoint.address.v4_value());
    return address;
}

wire::Endpoint own_endpoint() {
    return {wire::IpAddress::v4(192, 168, 0, 1), wire::Port{own_port}};
}
wire::Endpoint peer_endpoint() {
    return {wire::IpAddress::v4(192, 0, 2, 1), wire::Port{peer_port}};
}

Host::Host(const std::string& flags)
    : object_{::dlopen(PACKETDRILL_OBJECT, RTLD_NOW | RTLD_LOCAL)} {
    if (object_ == nullptr) {
        ADD_FAILURE() << ::dlerror();  // NOLINT(concurrency-mt-unsafe): one thread yet
        std::abort();
    }
    using Init = void(const char*, packetdrill_interface*);
    auto* const init = reinterpret_cast<Init*>(::dlsym(object_, "packetdrill_interface_init"));
    init(flags.empty() ? nullptr : flags.c_str(), &interface_);
    flow_.local = own_endpoint();
    flow_.remote = peer_endpoint();
    zero_ = now();
}

Host::~Host() {
    interface_.free(interface_.userdata);
    ::dlclose(object_);
}

long Host::told(long result) {
    return result < 0 ? -long{errno} : result;
}

long Host::fcntl(Fd fd, int command, int argument) {
    return told(interface_.fcntl(interface_.userdata, fd, command, argument));
}
long Host::ioctl(Fd fd, unsigned long request, int* value) {
    return told(interface_.ioctl(interface_.userdata, fd, request, value));
}

void Host::in(std::string_view line, Where where) {
    const script::Line parsed = script::parse_line(line);
    if (parsed.flags.syn() && parsed.options)
        flow_.peer_has_timestamps = !script::argument_of(*parsed.options, "ts").empty();
    const auto octets =
        script::build(parsed, flow_, script::Ip{}, static_cast<std::uint32_t>(now() / 1000));
    if (call(&packetdrill_interface::netdev_send, octets.data(), octets.size()) != 0)
        fail_at(where, "a packet was refused");
}

script::Seen Host::out(std::string_view line, Where where) {
    std::vector<std::byte> octets(room);
    std::size_t size = octets.size();
    long long at = 0;
    call(&packetdrill_interface::netdev_receive, octets.data(), &size, &at);
    octets.resize(size);
    if (size == 0) {
        fail_at(where, "expected: " + std::string{line} + "\nseen:     nothing");
        return {};
    }
    sent_at_ = at - zero_;
    if (const auto number = script::initial_number_in(octets)) flow_.iss = *number;
    // Who calls connect() chose the port.
    if (const auto ports = script::ports_of(octets)) flow_.local.port = ports->local;
    script::Seen seen = script::read(octets, flow_, script::Sum::complete);
    if (seen.line.flags.syn() && seen.line.options)
        flow_.own_has_timestamps = !script::argument_of(*seen.line.options, "ts").empty();
    if (const auto differs = script::difference(script::parse_line(line), seen.line))
        fail_at(where, "seen: " + script::text_of(seen.line) + "\ndiffers: " + *differs);
    if (!seen.fault.empty()) fail_at(where, "the packet has " + seen.fault);
    return seen;
}

void Host::silent(Where where) {
    std::vector<std::byte> octets(room);
    std::size_t size = octets.size();
    long long at = 0;
    const long result = call(&packetdrill_interface::netdev_receive, octets.data(), &size, &at);
    if (result != 0 || size != 0) fail_at(where, "expected: silence");
}

long long Host::now() {
    timeval t{};
    call(&packetdrill_interface::gettimeofday, &t, nullptr);
    return t.tv_sec * 1'000'000LL + t.tv_usec - zero_;
}

void Host::pass(std::chrono::microseconds how_long) {
    call(&packetdrill_interface::usleep, static_cast<useconds_t>(how_long.count()));
}

Fd Host::socket(int domain, int type) {
    return static_cast<Fd>(call(&packetdrill_interface::socket, domain, type, 0));
}

Fd Host::listener() {
    const Fd fd = socket(AF_INET, SOCK_STREAM);
    const sockaddr_in address = address_of(own_endpoint());
    EXPECT_EQ(call(&packetdrill_interface::bind, fd, plain(address), sizeof address), 0);
    EXPECT_EQ(call(&packetdrill_interface::listen, fd, 8), 0);
    return fd;
}

Fd Host::accepted() {
    const Fd listening = listener();
    in("S 0:0(0) win 65535 <mss 1000>");
    out("S. 0:0(0) ack 1");
    in(". 1:1(0) ack 1");
    const Fd fd =
        static_cast<Fd>(call(&packetdrill_interface::accept, listening, nullptr, nullptr));
    EXPECT_GE(fd, 0);
    EXPECT_EQ(close(listening), 0);
    return fd;
}

long Host::close(Fd fd) {
    return call(&packetdrill_interface::close, fd);
}

long Host::write(Fd fd, std::size_t octets) {
    std::vector<std::byte> text(octets);
    for (std::size_t i = 0; i < octets; ++i)
        text[i] = script::octet_at(static_cast<std::uint32_t>(i + 1));
    return call(&packetdrill_interface::write, fd, text.data(), text.size());
}

long Host::read(Fd fd, std::size_t octets) {
    std::vector<std::byte> text(octets);
    return call(&packetdrill_interface::read, fd, text.data(), text.size());
}

}  // namespace handfast::packetdrill
