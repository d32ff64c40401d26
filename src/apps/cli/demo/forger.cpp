#include "apps/cli/demo/forger.hpp"

#include "core/wire/checksum.hpp"
#include "core/wire/ethernet.hpp"
#include "core/wire/ipv4.hpp"

namespace handfast::cli::demo {

Forger::Forger(Stage& stage) : stage_{&stage} {
    weather::PortConfig port;
    port.mac = {{std::byte{0x02}, {}, {}, {}, std::byte{0xf0}, std::byte{0x0e}}};
    stage.listen(*this);
    wire_ = stage.world().network().add_wire(port, stage.world().now()).value();
}

void Forger::on(const trace::SegmentSent& sent) {
    const bool from_client = sent.host == stage_->client().id();
    if (!syn_ && from_client && sent.tcp.flags == wire::syn_flag) syn_ = sent.tcp;
}

sim::Task<> Forger::answer_first_syn() {
    while (!syn_) co_await stage_->world().sleep(milliseconds{1});
    co_await stage_->world().sleep(milliseconds{15});
    buf::PacketBurst burst;
    burst.push_back(forged());
    stage_->world().network().wire_receive(wire_, burst, stage_->world().now());
}

buf::Packet Forger::forged() const {
    const auto& client = syn_->tuple.local;
    const auto& server = syn_->tuple.remote;
    const wire::TcpHeader tcp{.source_port = server.port,
                              .target_port = client.port,
                              .seq = wire::SeqNum{0xdead'beef},
                              .ack = syn_->seq + 1 + 1000,  // J+1 would have been right
                              .flags = wire::syn_flag | wire::ack_flag,
                              .window = 65'535,
                              .urgent_pointer = 0,
                              .options = {}};
    auto packet = buf::Packet::make(stage_->world().network().pool());
    const MutableBytes segment = packet.prepend(tcp.size());
    tcp.emit(segment);
    wire::Checksum sum;
    sum.add_pseudo_header(server.address, client.address, wire::Protocol::tcp, segment.size());
    store_be16(segment, 16, sum.add(segment).finish());

    wire::Ipv4Header ip;
    ip.protocol = wire::Protocol::tcp;
    ip.source = server.address;
    ip.destination = client.address;
    ip.payload_size = segment.size();
    ip.emit(packet.prepend(ip.size()));

    const wire::EthernetHeader ethernet{
        .destination = stage_->client().shard().config().links.front().mac,
        .source = stage_->world().network().segment().config(wire_).mac,
        .type = wire::EtherType::ipv4};
    ethernet.emit(packet.prepend(wire::EthernetHeader::size));
    packet.facts().tag.why = static_cast<std::uint16_t>(trace::Why::foreign);
    return packet;
}

}  // namespace handfast::cli::demo
