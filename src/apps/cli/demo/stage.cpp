#include "apps/cli/demo/stage.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace handfast::cli::demo {

namespace {

wire::Prefix prefix(std::string_view text) {
    return *wire::Prefix::parse(text);
}

network::HostConfig host_config(const weather::Impairments& up, const weather::Impairments& down) {
    network::HostConfig config;
    config.up = up;
    config.down = down;
    return config;
}

}  // namespace

Setting calm_weather() {
    const weather::Impairments ten_ms{.delay = milliseconds{10}};
    return {.client_up = ten_ms, .client_down = ten_ms};
}

void Log::on(const trace::StateEdge& edge) {
    auto& states = states_[edge.host];
    if (states.empty()) states.push_back(edge.from);
    states.push_back(edge.to);
}

void Log::on(const trace::SegmentSent& sent) {
    ++sent_[{sent.host, sent.why}];
}

void Log::on(const trace::SegmentReceived& received) {
    if (received.drop) ++refused_[{received.host, *received.drop}];
}

void Log::on(const trace::FrameSeen& frame) {
    const bool leaves = frame.direction == trace::Direction::up;
    if (leaves && frame.why == trace::Why::udp_datagram) ++datagrams_;
}

void Log::on(const trace::FrameFate& fate) {
    if (fate.lost) ++lost_[*fate.lost];
}

const std::vector<trace::TcpState>& Log::states(trace::HostId host) const {
    static const std::vector<trace::TcpState> none;
    const auto found = states_.find(host);
    return found == states_.end() ? none : found->second;
}

std::size_t Log::sent(trace::HostId host, trace::Why why) const {
    const auto found = sent_.find({host, why});
    return found == sent_.end() ? 0 : found->second;
}

std::size_t Log::lost(trace::Drop reason) const {
    const auto found = lost_.find(reason);
    return found == lost_.end() ? 0 : found->second;
}

std::size_t Log::refused(trace::HostId host, trace::Drop reason) const {
    const auto found = refused_.find({host, reason});
    return found == refused_.end() ? 0 : found->second;
}

Stage::Stage(const Setting& setting, Instant start, observe::Observer& observer)
    : world_{{.network = {.seed = setting.seed}, .start = start}},
      client_{&world_.add_host("client",
                               host_config(setting.client_up, setting.client_down),
                               {prefix("192.168.21.1/24")})},
      server_{&world_.add_host(
          "server", host_config(setting.server_up, {}), {prefix("192.168.21.253/24")})} {
    ears_.add(log_);
    ears_.add(observer);
    world_.network().set_sink(&ears_);
}

Stage::~Stage() {
    world_.network().set_sink(nullptr);
}

void Stage::remark(const sim::Host& host, std::string text) {
    ears_.on(observe::Note{
        .at = world_.now(), .host = host.id(), .local = {}, .remote = {}, .text = std::move(text)});
}

void Stage::check(std::string claim, bool holds) {
    claims_.push_back({std::move(claim), holds});
}

void Stage::check_states(const sim::Host& host, std::initializer_list<trace::TcpState> states) {
    const auto& seen = log_.states(host.id());
    std::string path;
    for (const auto state : seen) {
        if (!path.empty()) path += " → ";
        path += trace::text(state);
    }
    check(fmt::format("{}: {}", host.name(), path), std::ranges::equal(seen, states));
}

void Stage::check_text(const sim::Host& host,
                       const berkeley::Result<std::string>& got,
                       std::string_view expected) {
    const std::string what =
        got ? fmt::format("‘{}’", *got) : std::make_error_code(got.error()).message();
    remark(host, fmt::format("recv → {}", what));
    check(fmt::format("{} received {}", host.name(), what), got && *got == expected);
}

bool Stage::holds() const {
    return std::ranges::all_of(claims_, &Claim::holds);
}

}  // namespace handfast::cli::demo
