#include "apps/cli/table.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "observe/text/utf8.hpp"

namespace handfast::cli {

void Table::print() const {
    std::vector<std::size_t> widths;
    for (const Row& row : rows_) {
        if (row.size() == 1) continue;  // a line of its own
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], observe::display_width(row[i]));
    }
    for (const Row& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (row.size() > 1) line.append(widths[i] + 2 - observe::display_width(row[i]), ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        fmt::print("{}\n", line);
    }
}

void print_json(const nlohmann::ordered_json& value) {
    fmt::print("{}\n", value.dump(2));
}

}  // namespace handfast::cli
