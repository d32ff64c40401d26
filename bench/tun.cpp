// Between the kernel's TCP and ours, over a TUN device with offloads; beside it the kernel between
// two of its own network namespaces over a veth pair. MTU 1500.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "bulk.hpp"
#include "own_namespace.hpp"
#include "tun_device.hpp"
#include "worlds.hpp"

namespace handfast::bench {

namespace {

constexpr std::uint16_t port = 7;
constexpr std::uint32_t far_end = 0x0a07'0002;  // 10.7.0.2: ours, or the other namespace's

enum class Direction : std::uint8_t { in, out };  // seen from us

[[nodiscard]] Score ours(const Effort& effort, Direction direction) {
    const double raw =
        direction == Direction::in ? raw_read_gbits(effort) : raw_write_gbits(effort);
    Network network{{.medium = Medium::raw_ip}};
    const Host host = network.attach_tun({.device = "hf0",
                                          .host = {.addresses = {"10.7.0.2/24"}},
                                          .kernel_address = Prefix{"10.7.0.1/24"}});
    wait_until_running("hf0");
    TcpListener listener = host.listen(port);
    KernelStream theirs = kernel_connect({.address = far_end, .port = port});
    OurStream stream{listener.accept()};
    const auto wakeups = [&] { return network.wakeups(); };
    Score score = direction == Direction::in
                      ? bulk(effort, theirs, stream, two_processors, wakeups)
                      : bulk(effort, stream, theirs, two_processors, wakeups);
    score.remark = fmt::format("the device alone: {:.0f}", raw);
    return score;
}

[[nodiscard]] Descriptor this_namespace() {
    return checked(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "namespace");
}

[[nodiscard]] Score kernels(const Effort& effort) {
    const Descriptor near = this_namespace();
    check(::unshare(CLONE_NEWNET) == 0, "second network namespace");
    run("ip link add hf1 type veth peer name hf0");
    run(fmt::format("ip link set hf0 netns /proc/{}/fd/{}", ::getpid(), near.get()));
    run("ip addr add 10.7.0.2/24 dev hf1 && ip link set hf1 up");
    KernelListener listener{{.address = far_end, .port = port}};
    check(::setns(near.get(), CLONE_NEWNET) == 0, "first network namespace");
    run("ip addr add 10.7.0.1/24 dev hf0 && ip link set hf0 up");
    KernelStream from = kernel_connect({.address = far_end, .port = port});
    KernelStream to = listener.accept();
    return bulk(effort, from, to, two_processors, [] { return std::uint64_t{0}; });
}

[[nodiscard]] bool has_ip_command() {
    return std::system("command -v ip >/dev/null") == 0;
}

[[nodiscard]] Row row(const char* name, const char* limit, Direction direction) {
    Row row{.name = name, .unit = "Gbit/s", .limit = limit};
    row.why_skipped = why_no_namespace();
    row.ours = [=](const Effort& effort) {
        return in_own_namespace([=](const Effort& e) { return ours(e, direction); }, effort);
    };
    if (has_ip_command())
        row.kernel = [](const Effort& effort) { return in_own_namespace(kernels, effort); };
    return row;
}

}  // namespace

void add_tun_rows(std::vector<Row>& rows) {
    rows.push_back(row("tun/in",
                       "from kernel TCP: its copies in and out of the device, ours (kernel: veth)",
                       Direction::in));
    rows.push_back(row("tun/out",
                       "to kernel TCP: our copy, the device's, the reader's (kernel: veth)",
                       Direction::out));
}

}  // namespace handfast::bench
