// Flags and files: settings that a script made by sysctl, and the list of states that it asks for.
#include <netinet/tcp.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "host/host.hpp"

namespace handfast::packetdrill {

namespace {

using Interface = packetdrill_interface;

// A file of this test, told to the object by an environment variable.
class Told {
public:
    Told(const char* variable, const std::string& text)
        : variable_{variable}, path_{testing::TempDir() + "packetdrill-" + variable} {
        std::ofstream{path_} << text;
        ::setenv(variable, path_.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
    }
    Told(const Told&) = delete;
    Told& operator=(const Told&) = delete;
    ~Told() {
        ::unsetenv(variable_);  // NOLINT(concurrency-mt-unsafe): one thread
        std::filesystem::remove(path_);
    }

    void append(const std::string& text) const { std::ofstream{path_, std::ios::app} << text; }
    [[nodiscard]] std::string text() const {
        std::ifstream file{path_};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

private:
    const char* variable_;
    std::string path_;
};

void offer_everything(Host& host) {
    host.in("S 0:0(0) win 65535 <mss 1000,sackOK,ts 1/0,nop,wscale 7>");
}

TEST(PacketdrillFiles, settings_hold_from_the_socket_call_on) {
    const Told settings{"PD_SYSCTL_FILE",
                        "net.ipv4.tcp_timestamps=1\n"
                        "#cmd net.ipv4.tcp_sack=1\n"
                        "net.ipv4.tcp_sack = 0\n"
                        "/proc/sys/net/ipv4/tcp_timestamps=0\n"
                        "nonsense\n"};
    Host host{"ip=4"};
    const Fd fd = host.listener();
    offer_everything(host);
    host.out("S. 0:0(0) ack 1 <mss 1460,nop,wscale 8>");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillFiles, later_settings_hold_for_later_sockets) {
    const Told settings{"PD_SYSCTL_FILE", ""};
    Host host{"ip=4"};
    EXPECT_EQ(host.close(host.listener()), 0);
    settings.append("net.inet.tcp.rfc1323=0\nnet.inet.tcp.sack.enable=0\n");
    const Fd fd = host.listener();
    offer_everything(host);
    host.out("S. 0:0(0) ack 1 <mss 1460>");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillFiles, a_setting_chooses_the_congestion_control) {
    const Told settings{"PD_SYSCTL_FILE", "net.ipv4.tcp_congestion_control=bbr\n"};
    Host host{"ip=4"};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM);
    std::array<char, 16> name{};
    socklen_t length = name.size();
    EXPECT_EQ(
        host.call(&Interface::getsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &length),
        0);
    EXPECT_STREQ(name.data(), "bbr");
    EXPECT_EQ(host.close(fd), 0);
}

TEST(PacketdrillFiles, states_are_written_when_they_change) {
    const Told states{"PD_STATE_FILE", ""};
    Host host{"ip=4"};
    const Fd listener = host.listener();
    const std::string number = std::to_string(listener);
    EXPECT_EQ(states.text(), number + " tcp4 192.168.0.1:8080 *:* LISTEN\n");
    EXPECT_EQ(host.close(listener), 0);
    EXPECT_EQ(states.text(), "");
}

TEST(PacketdrillFiles, states_name_connections_also_when_nobody_has_them_any_more) {
    const Told states{"PD_STATE_FILE", ""};
    Host host{"ip=4"};
    const Fd fd = host.accepted();
    const std::string ends = " tcp4 192.168.0.1:8080 192.0.2.1:40000 ";
    EXPECT_EQ(states.text(), std::to_string(fd) + ends + "ESTABLISHED\n");
    EXPECT_EQ(host.close(fd), 0);
    EXPECT_EQ(states.text(), '?' + ends + "FIN_WAIT_1\n");
    host.in(". 1:1(0) ack 2");
    EXPECT_EQ(states.text(), '?' + ends + "FIN_WAIT_2\n");
    host.in("F. 1:1(0) ack 2");
    EXPECT_EQ(states.text(), '?' + ends + "TIME_WAIT\n");
}

TEST(PacketdrillFlags, come_from_the_environment_as_well) {
    ::setenv("PD_SO_FLAGS", "mtu=576", 1);  // NOLINT(concurrency-mt-unsafe): one thread
    Host host{"ip=4,mtu=1500"};
    ::unsetenv("PD_SO_FLAGS");  // NOLINT(concurrency-mt-unsafe): one thread
    const Fd fd = host.listener();
    host.in("S 0:0(0) win 65535");
    host.out("S. 0:0(0) ack 1 <mss 536>");
    EXPECT_EQ(host.close(fd), 0);
}

// When a SYN goes out for the third time, in seconds after the second: Linux's first repetitions
// are a second apart, RFC 6298's each twice as far as the one before.
double third_syn(const std::string& flags) {
    Host host{flags};
    const Fd fd = host.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
    const sockaddr_in peer = address_of(peer_endpoint());
    host.call(
        &packetdrill_interface::connect, fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
    host.out("S 0:0(0)");
    host.out("S 0:0(0)");
    const long long second = host.sent_at();
    host.out("S 0:0(0)");
    EXPECT_EQ(host.close(fd), 0);
    return static_cast<double>(host.sent_at() - second) / 1e6;
}

TEST(PacketdrillFlags, choose_the_profile) {
    EXPECT_NEAR(third_syn("ip=4,profile=linux"), 1, 0.01);
    EXPECT_NEAR(third_syn("ip=4,profile=freebsd,suite=fbsd-neutral"), 2, 0.01);
}

TEST(PacketdrillFlags, may_be_none) {
    Host host{""};
    EXPECT_EQ(host.close(host.socket(AF_INET6, SOCK_STREAM)), 0);
}

}  // namespace

}  // namespace handfast::packetdrill
