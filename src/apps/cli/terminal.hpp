// Where text goes: how wide, in what colors, with which glyphs.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "observe/text/line.hpp"

namespace handfast::cli {

struct TerminalOptions {
    std::size_t width{0};       // 0: the terminal's, else 80
    std::string color{"auto"};  // auto, always, never
    bool ascii{false};
};

void add_terminal_options(CLI::App& command, TerminalOptions& options);

class Terminal {
public:
    // Looks at standard output: colors and its width if it is a terminal (NO_COLOR is heard).
    explicit Terminal(const TerminalOptions& options) : Terminal{options, 1} {}
    // The same at another descriptor.
    Terminal(const TerminalOptions& options, int file);

    [[nodiscard]] std::size_t width() const { return width_; }
    [[nodiscard]] observe::Look look() const { return look_; }

    // "✓" or "✗", in their colors.
    [[nodiscard]] std::string mark(bool good) const;
    // A line that opens a section.
    [[nodiscard]] std::string heading(std::string_view text) const;
    [[nodiscard]] std::vector<std::string> wrap(std::string_view text) const;

private:
    [[nodiscard]] std::string painted(std::string_view text, std::string_view code) const;

    std::size_t width_{80};
    observe::Look look_;
};

}  // namespace handfast::cli
