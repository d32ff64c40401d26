// Hostile frames through a lane in all kinds of weather: none is lost without a word.
//
//   octets 0..7   loss, burst, reorder, duplicate, corrupt, delay, rate, bit 0: raw IP, bit 1:
//   offload then frames   gso_size/64, length, octets …
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/buf/packet.hpp"
#include "core/offload/layout.hpp"
#include "core/offload/split.hpp"
#include "core/weather/lane.hpp"
#include "octets.hpp"

using namespace handfast;

namespace {

class Ledger : public trace::Sink {
public:
    using trace::Sink::on;
    void on(const trace::FrameFate& fate) override {
        (fate.duplicate ? copies : firsts) += 1;
        if (fate.lost) ++lost;
    }
    std::size_t firsts{0};
    std::size_t copies{0};
    std::size_t lost{0};
};

weather::LaneConfig config_of(Bytes octets) {
    const auto share = [&](std::size_t at) { return load_u8(octets, at) / 255.0; };
    weather::LaneConfig config;
    config.impairments = {.delay = microseconds{load_u8(octets, 5)},
                          .loss = share(0),
                          .burst = {.rate = share(1), .mean_length = 2},
                          .reorder = share(2),
                          .duplicate = share(3),
                          .corrupt = share(4),
                          .rate = std::uint64_t{load_u8(octets, 6)} * 1'000'000};
    const unsigned choice = load_u8(octets, 7);
    config.medium = (choice & 1U) != 0 ? trace::Medium::raw_ip : trace::Medium::ethernet;
    config.offload = (choice & 2U) != 0;
    return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t choices = 8;
    Bytes input = fuzz::octets(data, size);
    if (input.size() < choices) return 0;
    buf::Pool pool;
    Ledger ledger;
    weather::Lane lane{config_of(input), size, {}, Instant{}};
    lane.set_sink(&ledger);
    input = input.subspan(choices);

    std::size_t pushed = 0;
    Instant now{};
    const bool splits = lane.config().impairments.per_packet() || !lane.config().offload;
    for (; input.size() > 2; now += microseconds{10}) {
        const Bytes octets =
            input.subspan(2, std::min<std::size_t>(load_u8(input, 1), input.size() - 2));
        buf::Packet frame = buf::Packet::of(pool, pool.copy(octets));
        frame.facts().gso_size = load_u8(input, 0);
        static_cast<void>(offload::pull_headers(frame, lane.config().medium));
        pushed += splits ? offload::wire_shape(frame, lane.config().medium).frames : 1;
        lane.push(std::move(frame), now);
        input = input.subspan(2 + octets.size());
    }
    std::size_t delivered = 0;
    Instant last{};
    while (const Deadline next = lane.next_deadline()) {
        HF_CHECK(*next >= last && !lane.pop(*next - nanoseconds{1}));
        HF_CHECK(lane.pop(*next));
        last = *next;
        ++delivered;
    }
    HF_CHECK(ledger.firsts == pushed);
    HF_CHECK(delivered + ledger.lost == pushed + ledger.copies);
    HF_CHECK(pool.blocks_in_use() == 0 && pool.records_in_use() == 0);
    return 0;
}
