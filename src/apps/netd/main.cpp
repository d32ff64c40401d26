// handfast-netd: the daemon of one network. `handfast run` starts it; nobody else needs to.
#include <sys/resource.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>

#include "apps/netd/daemon.hpp"
#include "apps/netd/daemonize.hpp"
#include "core/weather/parse.hpp"
#include "host/run/rendezvous.hpp"

namespace {

using handfast::link::FileDescriptor;

struct Options {
    handfast::netd::Settings settings;
    bool foreground{false};
};

void add_options(CLI::App& app, Options& options) {
    auto& settings = options.settings;
    app.add_option("--directory", settings.folder, "the network's folder")->required();
    app.add_option("--network", settings.network, "the network's name");
    app.add_option_function<std::string>(
        "--msl",
        [&settings](const std::string& text) {
            const auto time = handfast::weather::parse_duration(text);
            if (!time) throw CLI::ValidationError("--msl", time.error());
            settings.msl = *time;
        },
        "TIME-WAIT lasts two of them (120s)");
    app.add_flag("--keep", settings.keep, "stay when nobody is left");
    app.add_option("--seed", settings.seed, "one seed gives the same fates (drawn at random)");
    app.add_flag("--foreground", options.foreground, "stay with the terminal");
}

// Readable when somebody asks for the end.
FileDescriptor signals() {
    sigset_t set{};
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);  // an observer's pipe
    return FileDescriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
}

// Each socket of a program costs a descriptor or two.
void allow_all_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int fail(const handfast::link::Failure& failure) {
    fmt::print("handfast-netd: {}\n", failure.text);
    return EXIT_FAILURE;
}

int run(int argc, char** argv) {
    CLI::App app{"The daemon of a Handfast network; `handfast run` starts it."};
    Options options;
    add_options(app, options);
    CLI11_PARSE(app, argc, argv);
    if (!options.foreground) {
        const auto done =
            handfast::netd::daemonize(options.settings.folder / handfast::run::log_name);
        if (!done) return fail(done.error());
    }
    allow_all_descriptors();
    const auto daemon = handfast::netd::Daemon::make(options.settings, signals());
    if (!daemon) return fail(daemon.error());
    if (!options.foreground) handfast::netd::ready();
    (*daemon)->run();
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& e) {
        fmt::print("handfast-netd: {}\n", e.what());
        return EXIT_FAILURE;
    }
}
