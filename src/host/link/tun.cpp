#include "host/link/tun.hpp"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>

#include "host/link/virtio.hpp"

namespace handfast::link {

namespace {

constexpr const char* tun_device = "/dev/net/tun";
constexpr std::size_t longest_packet = 65'535;  // what an IPv4 total length can say
constexpr unsigned offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

[[nodiscard]] iovec part(MutableBytes octets) {
    return {octets.data(), octets.size()};
}
// The kernel only reads what writev() is given, but takes it as if it were to be written.
[[nodiscard]] iovec part(Bytes octets) {
    return {const_cast<std::byte*>(octets.data()), octets.size()};  // NOLINT(*-const-cast)
}

[[nodiscard]] std::string advice_for(const std::string& name) {
    if (errno == EBUSY)
        return fmt::format("another program holds {}: end it, or take another name", name);
    if (errno == EINVAL)
        return fmt::format(
            "{} may be of another kind: make it with `ip tuntap add dev {} mode tun`", name, name);
    return fmt::format(
        "make the device beforehand: `sudo ip tuntap add dev {} mode tun user $USER`, or try as "
        "root",
        name);
}

[[nodiscard]] Result<std::string> attach(const FileDescriptor& device,
                                         const std::string& name,
                                         VirtioHeaders headers) {
    if (name.empty() || name.size() >= IFNAMSIZ) {
        errno = EINVAL;
        return fail(fmt::format("use \"{}\" as the name of a device", name),
                    fmt::format("take 1 to {} characters", IFNAMSIZ - 1));
    }
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    const int flags = IFF_TUN | IFF_NO_PI | (headers == VirtioHeaders::on ? IFF_VNET_HDR : 0);
    request.ifr_flags = static_cast<short>(flags);
    if (::ioctl(device.get(), TUNSETIFF, &request) != 0)
        return fail(fmt::format("attach to TUN device {}", name), advice_for(name));
    if (headers == VirtioHeaders::on) {
        int size = sizeof(VirtioHeader);
        if (::ioctl(device.get(), TUNSETVNETHDRSZ, &size) != 0 ||
            ::ioctl(device.get(), TUNSETOFFLOAD, offloads) != 0)
            return fail(fmt::format("turn on the offloads of {}", name),
                        "try without virtio headers");
    }
    return std::string{request.ifr_name};
}

}  // namespace

Result<std::unique_ptr<Tun>> Tun::open(const std::string& name,
                                       VirtioHeaders headers,
                                       const std::optional<TunSetup>& setup) {
    FileDescriptor device{::open(tun_device, O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (!device) {
        return fail(fmt::format("open {}", tun_device),
                    errno == ENOENT ? "load the module: `sudo modprobe tun`"
                                    : "let your user read and write it, or try as root");
    }
    const auto attached = attach(device, name, headers);
    if (!attached) return std::unexpected{attached.error()};
    if (setup) {
        if (auto done = set_up(*attached, *setup); !done) return std::unexpected{done.error()};
    }
    const auto mtu = mtu_of(*attached);
    if (!mtu) return std::unexpected{mtu.error()};
    if (auto done = wait_until_running(*attached); !done) return std::unexpected{done.error()};
    return std::make_unique<Tun>(std::move(device),
                                 LinkFacts{.name = *attached,
                                           .medium = trace::Medium::raw_ip,
                                           .mtu = *mtu,
                                           .offload = headers == VirtioHeaders::on});
}

Tun::Tun(FileDescriptor device, LinkFacts facts)
    : Link{std::move(facts)}, device_{std::move(device)} {}

Tun::~Tun() = default;

std::size_t Tun::receive(buf::Pool& pool, buf::PacketBurst& into) {
    const std::size_t before = into.size();
    for (std::size_t room = into.capacity() - before; room > 0; --room) {
        std::optional<buf::Packet> packet = read_packet(pool);
        if (!packet) break;
        if (*packet) {
            into.push_back(std::move(*packet));
        } else {
            count_receive_error();
        }
    }
    return into.size() - before;
}

// Room for the longest packet, in the tail of the current block and the spare one. False at the
// pool's cap.
bool Tun::make_room(buf::Pool& pool) {
    if (current_.is_unique()) current_ = {};
    if (!current_) current_ = pool.allocate(buf::Pool::largest_block);
    if (current_.tail_room() < longest_packet && !spare_)
        spare_ = pool.allocate(buf::Pool::largest_block);
    return current_ && current_.tail_room() + spare_.tail_room() >= longest_packet;
}

// nullopt: the device gives no more now. A null packet: one came that cannot be used.
std::optional<buf::Packet> Tun::read_packet(buf::Pool& pool) {
    const bool has_room = make_room(pool);
    const std::size_t header_size = facts().offload ? sizeof(VirtioHeader) : 0;
    VirtioHeader header;
    // Without room the device is given too little, and drops the packet.
    const std::array<iovec, 3> parts{iovec{&header, has_room ? header_size : sizeof header},
                                     part(current_.tail()),
                                     part(spare_.tail())};
    const ssize_t got = ::readv(device_.get(), parts.data(), has_room ? 3 : 1);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR)) die();
        return std::nullopt;
    }
    if (!has_room || static_cast<std::size_t>(got) <= header_size) return buf::Packet{};

    buf::Packet packet = take(pool, static_cast<std::size_t>(got) - header_size);
    if (!packet || !facts().offload) return packet;
    const auto offload = read_virtio(header, packet.size());
    if (!offload) return buf::Packet{};
    packet.facts().checksum = offload->checksum;
    packet.facts().gso_size = offload->gso_size;
    packet.facts().transport_at = offload->transport_at;
    return packet;
}

// The packet of `size` octets that stands in the current block's tail and goes on in the spare one.
buf::Packet Tun::take(buf::Pool& pool, std::size_t size) {
    const std::size_t at = current_.size();
    const std::size_t here = std::min(size, current_.tail_room());
    current_.grow(here);
    buf::Packet packet = buf::Packet::of(pool, current_.share(at, here));
    if (here == size) return packet;
    current_ = std::move(spare_);
    current_.grow(size - here);
    if (packet && !packet.append(current_.share())) return {};
    return packet;
}

void Tun::transmit(buf::PacketBurst& frames) {
    for (const buf::Packet& frame : frames) write_packet(frame);
    frames.clear();
}

void Tun::write_packet(const buf::Packet& packet) {
    VirtioHeader header{};
    boost::container::static_vector<iovec, buf::Packet::max_slices + 2> parts;
    if (facts().offload) {
        header = write_virtio(packet);
        parts.push_back({&header, sizeof(VirtioHeader)});
    }
    parts.push_back(part(packet.head()));
    for (const buf::Slice& slice : packet.slices()) parts.push_back(part(slice.bytes()));

    ssize_t written = -1;
    do {
        written = ::writev(device_.get(), parts.data(), static_cast<int>(parts.size()));
    } while (written < 0 && errno == EINTR);
    if (written < 0) count_transmit_error();
}

}  // namespace handfast::link
