// One trial, told event by event: why a cell is slow. Times are in milliseconds since its start.
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

#include "core/trace/sink.hpp"
#include "core/wire/ipv4.hpp"
#include "impaired/campaign.hpp"
#include "impaired/trial.hpp"
#include "own_namespace.hpp"

namespace handfast::bench::impaired {

namespace {

class Teller final : public trace::Sink {
public:
    explicit Teller(const std::filesystem::path& file) : out_{file} {
        if (!out_) throw std::runtime_error{"cannot write " + file.string()};
    }

    void on(const trace::SegmentSent& e) override {
        line(e, "sent {} {} {} ({})", segment(e.tcp), e.id, trace::text(e.why), e.attempt);
    }
    void on(const trace::SegmentReceived& e) override {
        line(e, "got {} {}{}", segment(e.tcp), e.id, e.drop ? " refused" : "");
    }
    void on(const trace::TimerFired& e) override {
        line(e, "timer {} ({})", trace::text(e.timer), e.attempt);
    }
    void on(const trace::RttSample& e) override {
        line(e, "rtt {:.3f} srtt {:.3f} rto {:.3f}", ms(e.rtt), ms(e.srtt), ms(e.rto));
    }
    void on(const trace::WindowChange& e) override {
        line(e,
             "cwnd {} ssthresh {} send-window {} in-flight {}",
             e.congestion_window,
             e.slow_start_threshold,
             e.send_window,
             e.in_flight);
    }
    void on(const trace::LossMarked& e) override {
        line(e, "lost {} {} {}", e.range.begin.raw(), e.range.size(), trace::text(e.by));
    }
    void on(const trace::PacketDropped& e) override {
        line(e, "dropped {} {}", e.id, trace::text(e.reason));
    }
    void on(const trace::FrameFate& e) override {
        if (e.lost) line(e, "link lost {} {}", e.id, trace::text(*e.lost));
    }
    // The kernel's own segments, as they pass the link.
    void on(const trace::FrameSeen& e) override {
        if (e.why != trace::Why::foreign) return;
        std::vector<std::byte> octets;
        for (const Bytes part : e.parts) octets.insert(octets.end(), part.begin(), part.end());
        const auto ip = wire::Ipv4View::parse(octets, wire::Ipv4View::datagram_max);
        if (!ip) return;
        const auto tcp = wire::TcpView::parse(Bytes{octets}.subspan(ip->header_size()));
        if (!tcp) return;
        line(e,
             "frame {} {} {} ack {} length {}",
             e.direction == trace::Direction::up ? "up" : "down",
             e.id,
             tcp->seq().raw(),
             tcp->ack().raw(),
             octets.size());
    }

private:
    [[nodiscard]] static double ms(Duration d) {
        return std::chrono::duration<double, std::milli>{d}.count();
    }
    template <class Event, class... Values>
    void line(const Event& e, fmt::format_string<Values...> format, Values&&... values) {
        if (first_ == Instant{}) first_ = e.at;
        out_ << fmt::format("{:10.3f} {} ", ms(e.at - first_), static_cast<unsigned>(e.host))
             << fmt::format(format, std::forward<Values>(values)...) << "\n";
    }
    [[nodiscard]] static std::string segment(const trace::TcpSummary& tcp) {
        std::string out = fmt::format(
            "{} length {} ack {} window {}", tcp.seq.raw(), tcp.length, tcp.ack.raw(), tcp.window);
        for (const auto& block : tcp.options.sack)
            out += fmt::format(" [{}, {})", block.begin.raw(), block.end.raw());
        return out;
    }

    std::ofstream out_;
    Instant first_{};
};

}  // namespace

void run_told(const CampaignOptions& options) {
    for (const Trial& trial : trials_of(options, options.first_seed)) {
        const std::string text = text_from_own_namespace([&] {
            if (trial.time == Time::real) (void)become_real_time();
            Teller teller{options.events};
            const Outcome o = run_trial(trial, &teller);
            return fmt::format("{:.2f} Mbit/s, {} repeated, {} lost, stall {:.1f} ms",
                               o.mbits,
                               o.retransmissions,
                               o.lost,
                               o.worst_stall);
        });
        fmt::print("{} {} {}\n", trial.cell.name(), trial.pairing.name(), text);
    }
}

}  // namespace handfast::bench::impaired
