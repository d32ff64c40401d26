#include "host/run/telling.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <system_error>
#include <variant>

#include "core/wire/format.hpp"

namespace handfast::run {

namespace {

struct Words {
    std::optional<std::string> operator()(const control::Bind& bind) const {
        return fmt::format("bind to {}", wire::to_string(bind.address));
    }
    std::optional<std::string> operator()(const control::Listen& listen) const {
        return fmt::format("listen, backlog {}", listen.backlog);
    }
    std::optional<std::string> operator()(const control::Connect& connect) const {
        if (!connect.address) return "disconnect";
        return fmt::format("connect to {}", wire::to_string(*connect.address));
    }
    template <class Other>
    std::optional<std::string> operator()(const Other&) const {
        return std::nullopt;
    }
};

}  // namespace

std::optional<std::string> told_of(const control::Request& request) {
    return tells() ? std::visit(Words{}, request) : std::nullopt;
}

void tell(const std::string& asked, const control::Reply& reply) {
    std::string outcome = "done";
    if (reply.error == EINPROGRESS)
        outcome = "under way";
    else if (reply.error != 0)
        outcome = std::generic_category().message(reply.error);
    else if (reply.name)
        outcome = "at " + wire::to_string(*reply.name);
    if (!reply.text.empty()) outcome += ": " + reply.text;
    spdlog::info("{}: {}", asked, outcome);
}

void tell_accepted(const control::ConnectionName& name) {
    if (tells())
        spdlog::info("accept at {}: from {}", to_string(name.local), to_string(name.remote));
}

bool tells() {
    return spdlog::should_log(spdlog::level::info);
}

}  // namespace handfast::run
