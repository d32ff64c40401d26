// A row of the table: one thing measured, ours and the kernel's in turn.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace handfast::bench {

// How long one measurement takes, beside its warming up.
struct Effort {
    double seconds{0.5};
};

// What one measurement gave.
struct Score {
    double value{0};                             // in the row's unit
    std::optional<double> wakeups_per_op{};      // threads woken by system calls
    std::optional<double> allocations_per_op{};  // calls of operator new
    std::string remark{};                        // joins the row's limit
};

enum class Better : std::uint8_t { more, less };

using Measurement = std::function<Score(const Effort&)>;

struct Row {
    std::string name;
    std::string unit;
    Better better{Better::more};
    std::string limit;  // what bounds it
    Measurement ours{};
    Measurement kernel{};       // empty: the kernel has nothing like it
    std::string why_skipped{};  // empty: it can be measured here
};

// The rows of each topic, in the order of the table.
void add_bulk_rows(std::vector<Row>& rows);
void add_round_trip_rows(std::vector<Row>& rows);
void add_many_connections_rows(std::vector<Row>& rows);
void add_handshake_rows(std::vector<Row>& rows);
void add_datagram_rows(std::vector<Row>& rows);
void add_idle_rows(std::vector<Row>& rows);
void add_engine_rows(std::vector<Row>& rows);
void add_segment_rows(std::vector<Row>& rows);
void add_tun_rows(std::vector<Row>& rows);
void add_run_rows(std::vector<Row>& rows);
void add_impaired_rows(std::vector<Row>& rows);

}  // namespace handfast::bench
