// TUN: a device of the kernel whose wire is this process. Raw IP, no link header (IFF_NO_PI).
//
//   kernel's TCP -> routing -> tunN == read()  ==> us
//   us == writev() ==> tunN -> the kernel's IP input
//
// With virtio headers (IFF_VNET_HDR) checksums stay partial and TCP comes and goes in
// super-segments of up to 64 KiB; without them every packet is of wire size and its checksum
// computed, and the segment in front of us does that (weather::PortConfig::offload).
//
//   block of the pool:  | packet | packet | packet ... | <- the next read goes here |
//
// Packets are read behind each other into one large block, so that small ones share it; one that is
// longer than the rest of the block goes on in the next. When nobody holds an octet of the block
// any more, the next read begins at its front, where the cache is warm.
//
// Linux: Documentation/networking/tuntap.rst.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/buf/packet.hpp"
#include "host/link/failure.hpp"
#include "host/link/file_descriptor.hpp"
#include "host/link/link.hpp"
#include "host/link/tun_setup.hpp"

namespace handfast::link {

enum class VirtioHeaders : std::uint8_t {
    on,   // checksum and segmentation offload both ways
    off,  // one packet of wire size per system call
};

class Tun final : public Link {
public:
    // Attaches to the device of this name, or makes it if there is none and the caller may. A
    // device that was made beforehand (`ip tuntap add dev NAME mode tun user USER`) needs no
    // privileges, unless it is to be set up. A name of "tun%d" lets the kernel choose the number.
    // Waits until the kernel sends to the device, if it is up.
    [[nodiscard]] static Result<std::unique_ptr<Tun>> open(const std::string& name,
                                                           VirtioHeaders headers,
                                                           const std::optional<TunSetup>& setup);
    // Takes a descriptor that is a TUN queue already: passed by a parent, or a stand-in in a test.
    Tun(FileDescriptor device, LinkFacts facts);
    ~Tun() override;

    Tun(const Tun&) = delete;
    Tun& operator=(const Tun&) = delete;
    Tun(Tun&&) = delete;
    Tun& operator=(Tun&&) = delete;

    [[nodiscard]] int fd() const override { return device_.get(); }
    std::size_t receive(buf::Pool& pool, buf::PacketBurst& into) override;
    void transmit(buf::PacketBurst& frames) override;

private:
    [[nodiscard]] bool make_room(buf::Pool& pool);
    [[nodiscard]] std::optional<buf::Packet> read_packet(buf::Pool& pool);
    [[nodiscard]] buf::Packet take(buf::Pool& pool, std::size_t size);
    void write_packet(const buf::Packet& packet);

    FileDescriptor device_;
    buf::Slice current_;  // all that was read into the block whose tail comes next
    buf::Slice spare_;    // the block after it
};

}  // namespace handfast::link
