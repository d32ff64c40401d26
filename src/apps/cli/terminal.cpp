#include "apps/cli/terminal.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <unistd.h>

namespace handfast::cli {

namespace {

constexpr std::size_t narrowest = 60;
constexpr std::size_t widest = 160;

std::size_t terminal_width(int file) {
    winsize size{};
    if (ioctl(file, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

bool wants_color(const std::string& choice, int file) {
    if (choice == "always") return true;
    if (choice == "never") return false;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread is there
    const char* const no_color = std::getenv("NO_COLOR");
    return isatty(file) == 1 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

void add_terminal_options(CLI::App& command, TerminalOptions& options) {
    command.add_option("--width", options.width, "60 to 160 (the terminal's, or 80)")
        ->check(CLI::Range(narrowest, widest))
        ->group("Output")
        ->option_text("COLUMNS");
    command.add_option("--color", options.color, "auto (the default), always or never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->group("Output")
        ->option_text("WHEN");
    command.add_flag("--ascii", options.ascii, "no characters beyond ASCII in drawings")
        ->group("Output");
}

Terminal::Terminal(const TerminalOptions& options, int file) {
    const bool color = wants_color(options.color, file);
    width_ =
        options.width != 0 ? options.width : std::clamp(terminal_width(file), narrowest, widest);
    look_.color = color ? observe::Color::ansi : observe::Color::none;
    look_.glyphs = options.ascii ? observe::Glyphs::ascii : observe::Glyphs::unicode;
}

std::string Terminal::painted(std::string_view text, std::string_view code) const {
    if (look_.color == observe::Color::none) return std::string{text};
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string Terminal::mark(bool good) const {
    const bool ascii = look_.glyphs == observe::Glyphs::ascii;
    if (good) return painted(ascii ? "ok" : "✓", "32");
    return painted(ascii ? "FAILED" : "✗", "1;31");
}

std::string Terminal::heading(std::string_view text) const {
    const bool ascii = look_.glyphs == observe::Glyphs::ascii;
    std::string line{ascii ? "== " : "━━ "};
    line += text;
    line += ' ';
    const std::size_t used = text.size() + 4;
    for (std::size_t i = used; i < width_; ++i) line += ascii ? "=" : "━";
    return painted(line, "1");
}

std::vector<std::string> Terminal::wrap(std::string_view text) const {
    std::vector<std::string> lines;
    while (text.size() > width_) {
        std::size_t cut = text.rfind(' ', width_);
        if (cut == std::string_view::npos) cut = width_;
        lines.emplace_back(text.substr(0, cut));
        text.remove_prefix(std::min(cut + 1, text.size()));
    }
    lines.emplace_back(text);
    return lines;
}

}  // namespace handfast::cli
