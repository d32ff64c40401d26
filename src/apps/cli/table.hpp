// Listings: columns as wide as what stands in them, or JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace handfast::cli {

class Table {
public:
    using Row = std::vector<std::string>;

    explicit Table(Row heading) : rows_{std::move(heading)} {}

    void add(Row row) { rows_.push_back(std::move(row)); }
    // Beside the columns.
    void add_line(std::string line) { rows_.push_back({std::move(line)}); }
    // To standard output, two blanks between columns, none at the end of a line.
    void print() const;

private:
    std::vector<Row> rows_;
};

void print_json(const nlohmann::ordered_json& value);

}  // namespace handfast::cli
