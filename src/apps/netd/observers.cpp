#include "apps/netd/observers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <string>
#include <string_view>
#include <time.h>
#include <utility>

#include "apps/netd/observer_end.hpp"
#include "apps/netd/realm.hpp"
#include "observe/ladder.hpp"
#include "observe/pcapng.hpp"

namespace handfast::netd {

using berkeley::Errno;
using control::Observe;

namespace {

Bytes octets_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

class LadderEnd final : public ObserverEnd {
public:
    LadderEnd(Poller& poller, link::FileDescriptor to, const Observe& request)
        : ObserverEnd{poller, std::move(to)},
          ladder_{options_of(request), [this](std::string_view line) { emit(line); }} {}

    ~LadderEnd() override {
        ladder_.finish();
        output().flush();
    }
    LadderEnd(const LadderEnd&) = delete;
    LadderEnd& operator=(const LadderEnd&) = delete;
    LadderEnd(LadderEnd&&) = delete;
    LadderEnd& operator=(LadderEnd&&) = delete;

    [[nodiscard]] observe::Observer& sink() override { return ladder_; }
    void know(const std::string& name, const HostRecord& host) override {
        observe::LadderHost known{.id = host.id, .name = name, .addresses = {}};
        for (const wire::Prefix& prefix : host.addresses) known.addresses.push_back(prefix.address);
        ladder_.know(std::move(known));
    }
    void rest() override {
        ladder_.rest();
        output().flush();
    }

private:
    static observe::LadderOptions options_of(const Observe& request) {
        using observe::Color;
        using observe::Glyphs;
        observe::LadderOptions options;
        options.width = std::max<std::size_t>(request.columns, narrowest);
        options.look = {.color = request.color ? Color::ansi : Color::none,
                        .glyphs = request.ascii ? Glyphs::ascii : Glyphs::unicode};
        return options;
    }
    void emit(std::string_view line) {
        if (output().is_full()) {
            ++left_out_;
            return;
        }
        if (const std::uint64_t n = std::exchange(left_out_, 0); n > 0)
            write(fmt::format("... {} lines were left out: they were not read in time", n));
        write(line);
    }
    void write(std::string_view line) {
        output().append(octets_of(line));
        output().append(octets_of("\n"));
    }

    static constexpr std::size_t narrowest = 40;

    std::uint64_t left_out_{0};
    observe::LadderStream ladder_;
};

// What Instant{} is in time since 1970.
Duration epoch(Instant now) {
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return seconds{time.tv_sec} + nanoseconds{time.tv_nsec} - now.time_since_epoch();
}

// Leaves out whole frames.
class CaptureEnd final : public ObserverEnd, private observe::Observer {
public:
    CaptureEnd(Poller& poller, link::FileDescriptor to, Instant now)
        : ObserverEnd{poller, std::move(to)},
          capture_{observe::CaptureOptions{.epoch = epoch(now)},
                   [this](Bytes octets) { output().append(octets); }} {}

    [[nodiscard]] observe::Observer& sink() override { return *this; }
    void know(const std::string& name, const HostRecord& host) override {
        capture_.know(host.id, name);
    }
    void rest() override {
        capture_.flush();
        output().flush();
    }

private:
    void on(const trace::FrameSeen& frame) override {
        if (output().is_full())
            capture_.missed(1);
        else
            capture_.on(frame);
    }
    void on(const trace::FrameFate& fate) override {
        if (!output().is_full()) capture_.on(fate);
    }
    using observe::Observer::on;

    observe::Capture capture_;
};

std::unique_ptr<ObserverEnd> make_end(Realm& realm,
                                      const Observe& request,
                                      link::FileDescriptor to) {
    if (request.view == Observe::View::capture)
        return std::make_unique<CaptureEnd>(realm.poller, std::move(to), realm.now);
    return std::make_unique<LadderEnd>(realm.poller, std::move(to), request);
}

// TIME-WAIT is silent.
bool has_left(Realm& realm, const ObserverEnd::Owner& owner) {
    if (realm.clients.find(owner.client) != nullptr) return false;
    return !owner.host || realm.network.shard(*owner.host).tcp().connections() == 0;
}

}  // namespace

Observers::Observers() = default;
Observers::~Observers() = default;

berkeley::Result<void> Observers::add(Realm& realm,
                                      const Client& client,
                                      const Observe& request,
                                      link::FileDescriptor to) {
    if (ends_.size() == most) return berkeley::fail(Errno::no_space_on_device);
    auto end = make_end(realm, request, std::move(to));
    end->set_owner({.client = client.id(), .host = client.host});
    for (const auto& [name, host] : realm.hosts.all()) end->know(name, host);
    ends_.push_back(std::move(end));
    tell_network(realm);
    return {};
}

void Observers::rest(Realm& realm) {
    for (const auto& end : ends_) end->rest();
    if (std::erase_if(ends_, [&](const auto& end) {
            return end->is_closed() || has_left(realm, end->owner());
        }) > 0)
        tell_network(realm);
}

void Observers::know(const std::string& name, const HostRecord& host) {
    for (const auto& end : ends_) end->know(name, host);
}

void Observers::tell_network(Realm& realm) {
    auto told = std::make_unique<observe::FanOut>();
    for (const auto& end : ends_) told->add(end->sink());
    realm.network.set_sink(ends_.empty() ? nullptr : told.get());
    told_ = std::move(told);
}

}  // namespace handfast::netd
