// The demo is a list of scenes. Each sets a stage, lets programs play on it, and checks what it
// claims.
#pragma once

#include <span>
#include <string_view>

#include "apps/cli/demo/stage.hpp"

namespace handfast::cli::demo {

struct Scene {
    std::string_view name;  // `handfast demo NAME`
    std::string_view title;
    std::string_view story;  // what to look at, in a sentence or two
    Setting setting;
    void (*play)(Stage&);
    bool in_front{true};  // played by `handfast demo` without a name
};

[[nodiscard]] std::vector<Scene> tcp_scenes();      // the handshake, the data, the close
[[nodiscard]] std::vector<Scene> udp_scenes();      // messages, no guarantee
[[nodiscard]] std::vector<Scene> trouble_scenes();  // what TCP does when things go wrong

}  // namespace handfast::cli::demo
