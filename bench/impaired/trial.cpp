#include "impaired/trial.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sched.h>
#include <stdexcept>

#include "impaired/clock.hpp"
#include "impaired/end.hpp"
#include "impaired/queue_meter.hpp"

namespace handfast::bench::impaired {

namespace {

const wire::IpAddress sender_address = wire::IpAddress::v4(10, 7, 0, 1);
const wire::IpAddress receiver_address = wire::IpAddress::v4(10, 7, 0, 2);
constexpr auto handshake_patience = seconds{60};
[[nodiscard]] std::string name_of(Stack stack) {
    return stack == Stack::ours ? "ours" : "kernel";
}

[[nodiscard]] std::unique_ptr<End> make_end(Stack stack,
                                            network::Network& network,
                                            const EndConfig& config,
                                            Instant now) {
    return stack == Stack::ours ? make_our_end(network, config, now)
                                : make_kernel_end(network, config, now);
}

[[nodiscard]] std::uint64_t lost_frames(network::Network& network) {
    std::uint64_t sum = 0;
    for (const trace::Drop reason : {trace::Drop::weather_loss,
                                     trace::Drop::weather_burst_loss,
                                     trace::Drop::weather_queue_full})
        sum += network.segment().counters().drops[reason];
    return sum;
}

class Measured {
public:
    Measured(const Trial& trial, trace::Sink* sink)
        : clock_{trial.time},
          meter_{trace::HostId{0}, trial.cell.weather().delay},
          network_{{.medium = trace::Medium::raw_ip, .seed = trial.seed}, clock_.now()} {
        const weather::Impairments weather = trial.cell.weather();
        sender_ = make_end(trial.pairing.sender,
                           network_,
                           {.address = sender_address,
                            .up = weather,
                            .down = weather,
                            .key = trace::HostId{0},
                            .buffers = trial.buffers,
                            .controller = trial.cell.controller},
                           clock_.now());
        receiver_ = make_end(trial.pairing.receiver,
                             network_,
                             {.address = receiver_address,
                              .key = trace::HostId{1},
                              .buffers = trial.buffers,
                              .controller = trial.cell.controller},
                             clock_.now());
        // Our hosts tell nobody anything unless they are to be heard.
        if (sink != nullptr) {
            network_.set_sink(sink);
        } else {
            network_.segment().set_sink(&meter_);
        }
    }

    [[nodiscard]] Outcome run(Duration length) {
        receiver_->listen(clock_.now());
        sender_->connect(receiver_address, clock_.now());
        const Instant asked = clock_.now();
        bool connected = false;
        while (!connected) {
            if (clock_.now() - asked > handshake_patience)
                throw std::runtime_error{"the connection did not come about"};
            turn([&](Instant now) {
                connected = receiver_->accept(now);
                if (connected) sender_->send(now);
            });
        }
        const Instant begin = clock_.now();
        std::uint64_t octets = 0;
        while (clock_.now() - begin < length) {
            turn([&](Instant now) {
                sender_->send(now);
                octets += receiver_->receive(now);
            });
        }
        const double taken = std::chrono::duration<double>(clock_.now() - begin).count();
        return {.mbits = static_cast<double>(octets) * 8e-6 / taken,
                .retransmissions = sender_->retransmissions(clock_.now()),
                .lost = lost_frames(network_),
                .worst_stall = clock_.worst_stall(),
                .mean_wait = meter_.mean(),
                .wait_95 = meter_.within(0.95)};
    }

private:
    // Carries everything that is due and lets the programs work on it; sleeps when nothing is left.
    template <class Work>
    void turn(Work&& work) {
        const Instant now = clock_.now();
        sender_->carry_in(now);
        receiver_->carry_in(now);
        network_.turn(now);
        work(now);
        network_.turn(now);
        sender_->carry_out(now);
        receiver_->carry_out(now);
        const Deadline next = network_.next_deadline();
        if (next && *next <= now) return;
        watched_.clear();
        sender_->watch(watched_);
        receiver_->watch(watched_);
        clock_.sleep(next, watched_);
    }

    Clock clock_;
    QueueMeter meter_;
    network::Network network_;
    std::unique_ptr<End> sender_;
    std::unique_ptr<End> receiver_;
    std::vector<pollfd> watched_;
};

}  // namespace

std::string Pairing::name() const {
    return name_of(sender) + "-" + name_of(receiver);
}

Outcome run_trial(const Trial& trial, trace::Sink* sink) {
    return Measured{trial, sink}.run(trial.length);
}

bool become_real_time() {
    const sched_param priority{.sched_priority = 50};
    return ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

}  // namespace handfast::bench::impaired
