// handfast ss: the sockets of a network, as ss(8) shows those of the kernel.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <netdb.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/cli/command.hpp"
#include "apps/cli/defaults.hpp"
#include "apps/cli/netd_line.hpp"
#include "apps/cli/table.hpp"
#include "core/wire/format.hpp"
#include "observe/text/words.hpp"

namespace handfast::cli {

namespace {

using control::ListedSocket;
using trace::TcpState;
using Json = nlohmann::ordered_json;

struct Options {
    std::string network{default_network};
    std::string host;
    bool tcp{false};
    bool udp{false};
    bool listening{false};
    bool all{false};
    bool numeric{false};
    bool info{false};
    bool json{false};
};

bool is_stream(const ListedSocket& socket) {
    return socket.type == berkeley::SocketType::stream;
}

// In the words of ss(8).
std::string state_of(const ListedSocket& socket) {
    constexpr std::array<const char*, static_cast<std::size_t>(TcpState::count)> names{"UNCONN",
                                                                                       "LISTEN",
                                                                                       "SYN-SENT",
                                                                                       "SYN-RECV",
                                                                                       "ESTAB",
                                                                                       "FIN-WAIT-1",
                                                                                       "FIN-WAIT-2",
                                                                                       "CLOSE-WAIT",
                                                                                       "CLOSING",
                                                                                       "LAST-ACK",
                                                                                       "TIME-WAIT"};
    if (!is_stream(socket)) return socket.remote ? "ESTAB" : "UNCONN";
    return names[static_cast<std::size_t>(socket.state.value_or(TcpState::closed))];
}

// Which states are shown when nothing is said, by -l and by -a is ss's choice.
bool is_wanted(const ListedSocket& socket, const Options& options) {
    const bool any_type = options.tcp == options.udp;
    if (!any_type && is_stream(socket) != options.tcp) return false;
    const std::string state = state_of(socket);
    const bool listens = state == "LISTEN" || state == "UNCONN";
    if (options.all) return true;
    if (options.listening) return listens;
    return !listens && state != "TIME-WAIT" && state != "SYN-RECV";
}

// The name that the process bears now; what `run` started when it bears none any more.
std::string program_of(const ListedSocket& socket) {
    std::string name;
    if (socket.process != 0)
        std::getline(std::ifstream{fmt::format("/proc/{}/comm", socket.process)}, name);
    if (!name.empty()) return name;
    return socket.program.substr(socket.program.find_last_of('/') + 1);
}

std::string port_text(wire::Port port, const ListedSocket& socket, bool numeric) {
    const std::uint16_t number = wire::number(port);
    if (number == 0) return "*";
    if (!numeric) {
        const char* const protocol = is_stream(socket) ? "tcp" : "udp";
        std::array<char, 1024> room{};
        servent entry{};
        servent* found = nullptr;
        if (::getservbyport_r(htons(number), protocol, &entry, room.data(), room.size(), &found) ==
                0 &&
            found != nullptr)
            return entry.s_name;
    }
    return fmt::to_string(number);
}

std::string endpoint_text(const wire::Endpoint& end, const ListedSocket& socket, bool numeric) {
    const std::string address = wire::to_string(end.address);
    return fmt::format(fmt::runtime(end.address.is_v4() ? "{}:{}" : "[{}]:{}"),
                       address,
                       port_text(end.port, socket, numeric));
}

wire::Endpoint peer_of(const ListedSocket& socket) {
    return socket.remote.value_or(
        wire::Endpoint{.address = wire::IpAddress::any(socket.local.address.family()), .port = {}});
}

std::string users_text(const ListedSocket& socket) {
    if (socket.ends_in)
        return fmt::format("timer:(timewait,{})", observe::duration_text(*socket.ends_in));
    if (socket.program.empty()) return {};
    return fmt::format("users:((\"{}\",pid={}))", program_of(socket), socket.process);
}

std::string facts_text(const control::ConnectionFacts& facts) {
    return fmt::format(
        "rtt:{} rto:{} cwnd:{} snd_wnd:{} rcv_wnd:{} mss:{} bytes_acked:{} "
        "bytes_received:{} retrans:{}",
        observe::duration_text(facts.round_trip),
        observe::duration_text(facts.retransmission_timeout),
        facts.congestion_window,
        facts.send_window,
        facts.receive_window,
        facts.mss,
        facts.octets_acknowledged,
        facts.octets_received,
        facts.retransmissions);
}

double in_seconds(Duration duration) {
    return std::chrono::duration<double>{duration}.count();
}

Json to_json(const wire::Endpoint& end) {
    return {{"address", wire::to_string(end.address)}, {"port", wire::number(end.port)}};
}

Json to_json(const ListedSocket& socket) {
    Json json{{"protocol", is_stream(socket) ? "tcp" : "udp"},
              {"state", state_of(socket)},
              {"recv_q", socket.receive_queue},
              {"send_q", socket.send_queue},
              {"local", to_json(socket.local)},
              {"peer", to_json(peer_of(socket))},
              {"host", socket.host}};
    if (!socket.program.empty())
        json["program"] = {{"name", program_of(socket)}, {"process", socket.process}};
    if (socket.ends_in) json["time_wait_seconds_left"] = in_seconds(*socket.ends_in);
    if (!socket.facts || socket.state == TcpState::time_wait) return json;
    const auto& facts = *socket.facts;
    json["connection"] = {
        {"round_trip_seconds", in_seconds(facts.round_trip)},
        {"retransmission_timeout_seconds", in_seconds(facts.retransmission_timeout)},
        {"congestion_window", facts.congestion_window},
        {"send_window", facts.send_window},
        {"receive_window", facts.receive_window},
        {"mss", facts.mss},
        {"octets_acknowledged", facts.octets_acknowledged},
        {"octets_received", facts.octets_received},
        {"retransmissions", facts.retransmissions}};
    return json;
}

void print(const control::Listing& listing, const Options& options) {
    Table table{{"Netid",
                 "State",
                 "Recv-Q",
                 "Send-Q",
                 "Local Address:Port",
                 "Peer Address:Port",
                 "Host",
                 "Process"}};
    for (const ListedSocket& socket : listing) {
        table.add({is_stream(socket) ? "tcp" : "udp",
                   state_of(socket),
                   fmt::to_string(socket.receive_queue),
                   fmt::to_string(socket.send_queue),
                   endpoint_text(socket.local, socket, options.numeric),
                   endpoint_text(peer_of(socket), socket, options.numeric),
                   socket.host,
                   users_text(socket)});
        if (options.info && socket.facts && !socket.ends_in)
            table.add_line("      " + facts_text(*socket.facts));
    }
    table.print();
}

int run(const Options& options) {
    control::Listing listing = NetdLine{options.network}.sockets(options.host);
    std::erase_if(listing, [&](const ListedSocket& s) { return !is_wanted(s, options); });
    std::ranges::sort(listing, {}, [](const ListedSocket& s) {
        return std::tuple{!is_stream(s), state_of(s) != "LISTEN", s.host, s.local, s.remote};
    });
    if (!options.json) {
        print(listing, options);
        return 0;
    }
    Json json = Json::array();
    for (const ListedSocket& socket : listing) json.push_back(to_json(socket));
    print_json(json);
    return 0;
}

}  // namespace

void add_ss(CLI::App& app, Chosen& chosen) {
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("ss", "Show the sockets of a network");
    command->add_option("--network", options->network, "which network (default)")
        ->option_text("NAME");
    command->add_option("--host", options->host, "of this host only")->option_text("NAME");
    command->add_flag("-t,--tcp", options->tcp, "TCP only");
    command->add_flag("-u,--udp", options->udp, "UDP only");
    command->add_flag("-l,--listening", options->listening, "those that wait for somebody");
    command->add_flag("-a,--all", options->all, "those too, and TIME-WAIT");
    command->add_flag("-n,--numeric", options->numeric, "ports as numbers");
    command->add_flag("-i,--info", options->info, "what TCP knows of each connection");
    command->add_flag("--json", options->json, "as JSON");
    command->footer("Example:\n  handfast ss -tan");
    command->callback([options, command, &chosen] {
        take_defaults(*command, {"network"});
        chosen = [options] { return run(*options); };
    });
}

}  // namespace handfast::cli
