#include "apps/cli/defaults.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <toml++/toml.h>
#include <vector>

namespace handfast::cli {

namespace {

// What a setting says, and where it is said.
struct Setting {
    std::vector<std::string> values;
    std::string place;
};
using Settings = std::map<std::string, Setting, std::less<>>;

struct Known {
    std::string_view name;
    toml::node_type type;
};
constexpr std::array general{
    Known{"network", toml::node_type::string},
    Known{"host", toml::node_type::string},
    Known{"ip", toml::node_type::array},
    Known{"msl", toml::node_type::string},
    Known{"congestion", toml::node_type::string},
    Known{"seed", toml::node_type::integer},
    Known{"mtu", toml::node_type::integer},
    Known{"keep", toml::node_type::boolean},
    Known{"verbose", toml::node_type::boolean},
    Known{"ladder", toml::node_type::boolean},
    Known{"width", toml::node_type::integer},
    Known{"color", toml::node_type::string},
    Known{"ascii", toml::node_type::boolean},
};
constexpr std::array directions{"", "up-", "down-", "lo-"};
constexpr std::array weather{"delay",
                             "jitter",
                             "loss",
                             "burst-loss",
                             "reorder",
                             "reorder-by",
                             "duplicate",
                             "corrupt",
                             "black-hole",
                             "rate",
                             "queue",
                             "drop",
                             "cut"};

std::optional<std::string> variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::vector<std::string> weather_names() {
    std::vector<std::string> names;
    for (const std::string_view direction : directions)
        for (const std::string_view name : weather)
            names.push_back(fmt::format("{}{}", direction, name));
    return names;
}

// ---- The file -----------------------------------------------------------------------------------

// The second: whether it must be there.
std::pair<std::filesystem::path, bool> config_file() {
    if (const auto named = variable("HANDFAST_CONFIG")) return {*named, true};
    constexpr std::string_view within = "handfast/config.toml";
    if (const auto folder = variable("XDG_CONFIG_HOME"))
        return {std::filesystem::path{*folder} / within, false};
    if (const auto home = variable("HOME"))
        return {std::filesystem::path{*home} / ".config" / within, false};
    return {};
}

class File {
public:
    explicit File(const std::filesystem::path& path) : name_{path.native()} {
        try {
            table_ = toml::parse_file(name_);
        } catch (const toml::parse_error& e) {
            fail(e.source(), std::string{e.description()});
        }
    }

    [[nodiscard]] Settings settings() const {
        Settings settings;
        for (const auto& [key, node] : table_) {
            const auto known = std::ranges::find(general, key.str(), &Known::name);
            if (key.str() == "link" && node.is_table())
                add_link(*node.as_table(), settings);
            else if (known == general.end())
                fail(key.source(), fmt::format("there is no setting ‘{}’", key.str()));
            else
                settings.emplace(key.str(), setting(known->name, known->type, node));
        }
        return settings;
    }

private:
    void add_link(const toml::table& link, Settings& settings) const {
        const auto names = weather_names();
        for (const auto& [key, node] : link) {
            if (std::ranges::find(names, key.str()) == names.end())
                fail(key.source(), fmt::format("there is no setting ‘link.{}’", key.str()));
            settings.emplace(key.str(), setting(key.str(), toml::node_type::string, node));
        }
    }

    [[nodiscard]] Setting setting(std::string_view name,
                                  toml::node_type type,
                                  const toml::node& node) const {
        Setting setting{.values = {}, .place = place(node.source())};
        const auto wants = [&](std::string_view what) {
            fail(node.source(), fmt::format("‘{}’ wants {}", name, what));
        };
        if (type == toml::node_type::array) {
            if (!node.is_array()) wants("a list of texts: [\"…\"]");
            for (const toml::node& item : *node.as_array()) {
                if (!item.is_string()) wants("a list of texts: [\"…\"]");
                setting.values.push_back(**item.as_string());
            }
        } else if (type == toml::node_type::string) {
            if (!node.is_string()) wants("a text: \"…\"");
            setting.values.push_back(**node.as_string());
        } else if (type == toml::node_type::integer) {
            if (!node.is_integer()) wants("a number");
            setting.values.push_back(fmt::to_string(**node.as_integer()));
        } else {
            if (!node.is_boolean()) wants("true or false");
            setting.values.emplace_back(**node.as_boolean() ? "true" : "false");
        }
        return setting;
    }

    [[nodiscard]] std::string place(const toml::source_region& where) const {
        return fmt::format("{}:{}", name_, where.begin.line);
    }
    [[noreturn]] void fail(const toml::source_region& where, const std::string& what) const {
        throw std::invalid_argument{fmt::format("{}: {}", place(where), what)};
    }

    std::string name_;
    toml::table table_;
};

Settings from_file() {
    const auto [path, must_be] = config_file();
    std::error_code error;
    if (path.empty()) return {};
    const auto status = std::filesystem::status(path, error);
    if (std::filesystem::is_regular_file(status)) return File{path}.settings();
    // /dev/null says that there are none.
    if (!must_be || std::filesystem::is_character_file(status)) return {};
    if (!error) error = std::make_error_code(std::errc::no_such_file_or_directory);
    throw std::invalid_argument{
        fmt::format("{}: {} ($HANDFAST_CONFIG names it)", path.native(), error.message())};
}

// ---- The environment ----------------------------------------------------------------------------

std::string variable_name(std::string_view name) {
    std::string result = "HANDFAST_";
    for (const char c : name)
        result += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

void add_environment(Settings& settings) {
    std::vector<std::string> names = weather_names();
    for (const Known& known : general) names.emplace_back(known.name);
    for (const std::string& name : names) {
        const std::string place = variable_name(name);
        if (const auto value = variable(place))
            settings.insert_or_assign(name, Setting{.values = {*value}, .place = place});
    }
}

void fill(CLI::Option& option, const Setting& setting) {
    try {
        for (const std::string& value : setting.values) option.add_result(value);
        option.run_callback();
    } catch (const CLI::Error& e) {
        throw std::invalid_argument{fmt::format("{}: {}", setting.place, e.what())};
    }
}

Settings all_settings() {
    Settings settings = from_file();
    add_environment(settings);
    return settings;
}

void fill_all(CLI::App& command, const Settings& settings) {
    for (CLI::Option* const option : command.get_options()) {
        if (option->get_lnames().empty() || option->count() > 0) continue;
        const auto found = settings.find(option->get_lnames().front());
        if (found != settings.end()) fill(*option, found->second);
    }
}

}  // namespace

void take_defaults(CLI::App& command) {
    fill_all(command, all_settings());
}

void take_defaults(CLI::App& command, std::initializer_list<std::string_view> names) {
    Settings settings = all_settings();
    std::erase_if(settings, [&](const auto& setting) {
        return std::ranges::find(names, setting.first) == names.end();
    });
    fill_all(command, settings);
}

}  // namespace handfast::cli
