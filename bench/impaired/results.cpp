#include "impaired/results.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace handfast::bench::impaired {

namespace {

constexpr std::string_view head =
    "cell,pairing,seed,seconds,buffers,mbits,retransmissions,lost,worst_stall_ms,mean_wait_ms,wait_"
    "95_ms";

[[nodiscard]] std::optional<Measurement> from_line(std::string line) {
    std::ranges::replace(line, ',', ' ');
    std::istringstream in{line};
    Measurement m;
    in >> m.cell >> m.pairing >> m.seed >> m.seconds >> m.buffers >> m.outcome.mbits >>
        m.outcome.retransmissions >> m.outcome.lost >> m.outcome.worst_stall >>
        m.outcome.mean_wait >> m.outcome.wait_95;
    if (!in) return std::nullopt;  // the head, or half of a line
    return m;
}

[[nodiscard]] std::string to_line(const Measurement& m) {
    return fmt::format("{},{},{},{},{},{:.3f},{},{},{:.2f},{:.3f},{:.3f}\n",
                       m.cell,
                       m.pairing,
                       m.seed,
                       m.seconds,
                       m.buffers,
                       m.outcome.mbits,
                       m.outcome.retransmissions,
                       m.outcome.lost,
                       m.outcome.worst_stall,
                       m.outcome.mean_wait,
                       m.outcome.wait_95);
}

[[nodiscard]] double in_seconds(Duration d) {
    return std::chrono::duration<double>(d).count();
}

}  // namespace

Measurement to_measurement(const Trial& trial, const Outcome& outcome) {
    return {.cell = trial.cell.name(),
            .pairing = trial.pairing.name(),
            .seed = trial.seed,
            .seconds = in_seconds(trial.length),
            .buffers = trial.buffers,
            .outcome = outcome};
}

Results::Results(std::filesystem::path file) : file_{std::move(file)} {
    std::ifstream in{file_};
    for (std::string line; std::getline(in, line);) {
        if (auto measurement = from_line(line)) all_.push_back(*std::move(measurement));
    }
}

void Results::append(const Measurement& measurement) {
    const bool first = !std::filesystem::exists(file_);
    std::ofstream out{file_, std::ios::app};
    if (first) out << head << "\n";
    out << to_line(measurement);
    if (!out.flush()) throw std::runtime_error{"cannot write " + file_.string()};
    all_.push_back(measurement);
}

const Measurement* Results::find(const Trial& trial) const {
    const auto found = std::ranges::find_if(all_, [&](const Measurement& m) {
        return m.cell == trial.cell.name() && m.pairing == trial.pairing.name() &&
               m.seed == trial.seed && m.seconds == in_seconds(trial.length) &&
               m.buffers == trial.buffers;
    });
    return found == all_.end() ? nullptr : &*found;
}

}  // namespace handfast::bench::impaired
