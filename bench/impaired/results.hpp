// Measurements on file: one line each, so that a campaign that was interrupted goes on.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "impaired/trial.hpp"

namespace handfast::bench::impaired {

struct Measurement {
    std::string cell;
    std::string pairing;
    std::uint64_t seed{0};
    double seconds{0};
    int buffers{0};
    Outcome outcome;
};

[[nodiscard]] Measurement to_measurement(const Trial& trial, const Outcome& outcome);

class Results {
public:
    // Reads what is there.
    explicit Results(std::filesystem::path file);

    void append(const Measurement& measurement);
    // The one of this trial, if it was made.
    [[nodiscard]] const Measurement* find(const Trial& trial) const;
    [[nodiscard]] const std::vector<Measurement>& all() const { return all_; }

private:
    std::filesystem::path file_;
    std::vector<Measurement> all_;
};

}  // namespace handfast::bench::impaired
