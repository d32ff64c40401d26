// The same calls made to the Linux kernel and to our sockets, and what each of them said.
//
// A script is a function that makes calls through a Script and is run twice: once on the kernel's
// sockets on 127.0.0.1, once on ours in virtual time. Every call adds a line to the script's
// transcript; ports are told by the order of their first appearance (":P1"), for no two runs choose
// the same. The two transcripts must be equal, line by line, except for what a case declares to
// differ on purpose.
#pragma once

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace handfast::socket::test {

enum class Kind : std::uint8_t { tcp4, udp4, tcp6, udp6 };

struct Name {
    std::string address;  // "127.0.0.1", "::", "::ffff:127.0.0.1"
    int port{0};
};

// What a call said: a value, or an error number. A name, where it brings one.
struct Said {
    long value{0};
    int error{0};
    Name name;
};

// One side. Sockets are numbered from 1 in order of their birth.
class World {
public:
    World() = default;
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    World(World&&) = delete;
    World& operator=(World&&) = delete;
    virtual ~World() = default;

    virtual Said open(Kind kind) = 0;
    virtual Said close(int s) = 0;
    virtual Said bind(int s, const Name& name) = 0;
    virtual Said listen(int s, int backlog) = 0;
    virtual Said accept(int s) = 0;  // value: the new socket's number
    virtual Said connect(int s, const Name& name) = 0;
    virtual Said disconnect(int s) = 0;
    virtual Said send(int s, std::size_t octets, int flags) = 0;
    virtual Said send_to(int s, std::size_t octets, const Name& name, int flags) = 0;
    virtual Said receive(int s, std::size_t octets, int flags) = 0;
    virtual Said receive_from(int s, std::size_t octets, int flags) = 0;
    virtual Said shutdown(int s, int how) = 0;
    virtual Said local_name(int s) = 0;
    virtual Said peer_name(int s) = 0;
    virtual Said set(int s, int level, int option, const std::string& value) = 0;
    // The octets come in `value`, which is as large as the room given.
    virtual Said get(int s, int level, int option, std::string& value) = 0;
    virtual Said pending(int s, unsigned long request) = 0;
    virtual Said poll(int s) = 0;
    // A port that nobody has.
    virtual int free_port() = 0;
};

// nullptr where the kernel's loopback is not up.
[[nodiscard]] std::unique_ptr<World> kernel_world();
[[nodiscard]] std::unique_ptr<World> our_world();

class Script {
public:
    explicit Script(World& world) : world_{world} {}

    int open(Kind kind);
    int tcp() { return open(Kind::tcp4); }
    int udp() { return open(Kind::udp4); }
    int tcp6() { return open(Kind::tcp6); }
    int udp6() { return open(Kind::udp6); }
    void close(int s) { told("close", world_.close(s)); }

    void bind(int s, std::string_view address, int port);
    void listen(int s, int backlog) { told("listen", world_.listen(s, backlog)); }
    int accept(int s);
    void connect(int s, std::string_view address, int port);
    void disconnect(int s) { told("disconnect", world_.disconnect(s)); }
    void send(int s, std::size_t octets, int flags = 0);
    void send_to(int s, std::size_t octets, std::string_view address, int port, int flags = 0);
    void receive(int s, std::size_t octets, int flags = 0);
    void receive_from(int s, std::size_t octets, int flags = 0);
    void shutdown(int s, int how) { told("shutdown", world_.shutdown(s, how)); }
    void local_name(int s) { told_name("local name", world_.local_name(s)); }
    void peer_name(int s) { told_name("peer name", world_.peer_name(s)); }
    void set(int s, int level, int option, int value);
    void set_octets(int s, int level, int option, const std::string& value);
    void get(int s, int level, int option, std::size_t room = 4);
    void so_error(int s);
    void pending(int s, unsigned long request) { told("pending", world_.pending(s, request)); }
    void poll(int s);

    // Without a line: what a script needs to know to go on.
    [[nodiscard]] int port_of(int s) { return world_.local_name(s).name.port; }
    [[nodiscard]] int free_port() { return world_.free_port(); }
    // A listener on 127.0.0.1, and a pair of connected sockets.
    [[nodiscard]] int listener();
    struct Pair {
        int client{0};
        int server{0};
        int listener{0};
    };
    [[nodiscard]] Pair pair();
    // Sends until no more is taken, and receives until nothing is left; each is one line.
    void fill(int s);
    void drain(int s);

    [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

private:
    void told(std::string_view verb, const Said& said);
    void told_name(std::string_view verb, const Said& said);
    [[nodiscard]] std::string text(const Name& name);

    World& world_;
    std::vector<std::string> lines_;
    std::map<int, int> ports_;
};

// What differs on purpose.
struct Difference {
    std::string kernel;
    std::string ours;
    std::string why;
};

struct Case {
    std::string name;
    void (*run)(Script&);
    std::vector<Difference> differences{};
};

inline void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name;
}

// Runs a case on both sides and compares.
void expect_agreement(const Case& c);

// A table of cases becomes a suite with one test for each.
class LinuxAgrees : public testing::TestWithParam<Case> {};
inline std::string case_name(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

[[nodiscard]] std::string octets_of(int value);

}  // namespace handfast::socket::test
