#include "sock.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <system_error>
#include <vector>

#include "datagram.hpp"
#include "script.hpp"

namespace handfast::script {

namespace {

std::string text_of_error(berkeley::Errno error) {
    return std::make_error_code(error).message();
}

std::vector<std::byte> stream_octets(std::uint32_t first, std::size_t length) {
    std::vector<std::byte> octets(length);
    for (std::size_t i = 0; i < length; ++i)
        octets[i] = octet_at(first + static_cast<std::uint32_t>(i));
    return octets;
}

}  // namespace

std::string Sock::name() const {
    return "socket " + std::to_string(script_->sockets_.user_data(id_));
}

void Sock::complain(std::string_view what, Where where) {
    script_->mismatch(where, what);
}

template <class T>
void Sock::told(std::string_view verb,
                const berkeley::Result<T>& result,
                std::optional<Errno> expected,
                Where where) {
    std::string line{verb};
    if (!result) line += " = " + text_of_error(result.error());
    script_->note("--", line, script_->now_);
    script_->pull();
    const std::optional<Errno> seen = result ? std::nullopt : std::optional{result.error()};
    if (seen == expected) return;
    complain("expected: " + std::string{verb} + (expected ? " = " + text_of_error(*expected) : "") +
                 "\nseen:     " + line,
             where);
}

// ---- Opening ------------------------------------------------------------------------------------

Sock& Sock::bind(std::uint16_t port, const wire::IpAddress& address) {
    script_->settle_time();
    const auto r = script_->sockets_.bind(id_, {address, wire::Port{port}}, script_->now_);
    told("bind(" + std::to_string(port) + ')', r, std::nullopt, Where::current());
    bound_ = true;
    return *this;
}

Sock& Sock::listen(std::size_t backlog) {
    script_->settle_time();
    const auto r = script_->sockets_.listen(id_, backlog, script_->now_);
    told("listen(" + std::to_string(backlog) + ')', r, std::nullopt, Where::current());
    return *this;
}

Sock Sock::accept(Where where) {
    script_->settle_time();
    const auto r = script_->sockets_.accept(id_, script_->now_);
    told("accept()", r, std::nullopt, where);
    if (r) script_->opened_.push_back(*r);
    return {*script_, r.value_or(socket::SocketId{})};
}

Sock& Sock::nothing_to_accept(Where where) {
    script_->settle_time();
    const auto r = script_->sockets_.accept(id_, script_->now_);
    told("accept()", r, Errno::resource_unavailable_try_again, where);
    return *this;
}

Sock& Sock::connect(Where where) {
    script_->settle_time();
    if (!bound_ && script_->sockets_.type(id_) == berkeley::SocketType::stream)
        bind(wire::number(script_->flow_->local.port));
    const bool stream = script_->sockets_.type(id_) == berkeley::SocketType::stream;
    const auto r = script_->sockets_.connect(id_, script_->flow_->remote, script_->now_);
    told(
        "connect()", r, stream ? std::optional{Errno::operation_in_progress} : std::nullopt, where);
    return *this;
}

Sock& Sock::connect_fails(Errno error, const wire::Endpoint& to, Where where) {
    script_->settle_time();
    told("connect()", script_->sockets_.connect(id_, to, script_->now_), error, where);
    return *this;
}

Sock& Sock::is_connected(Where where) {
    const auto r = script_->sockets_.connect(id_, script_->flow_->remote, script_->now_);
    told("connect()", r, std::nullopt, where);
    return *this;
}

// ---- Closing ------------------------------------------------------------------------------------

Sock& Sock::close(Where where) {
    script_->settle_time();
    told("close()", script_->sockets_.close(id_, script_->now_), std::nullopt, where);
    return *this;
}

Sock& Sock::abort(Where where) {
    script_->settle_time();
    told("abort()", script_->sockets_.abort(id_, script_->now_), std::nullopt, where);
    return *this;
}

Sock& Sock::shutdown(berkeley::ShutdownHow how, Where where) {
    script_->settle_time();
    told("shutdown()", script_->sockets_.shutdown(id_, how, script_->now_), std::nullopt, where);
    return *this;
}

Sock& Sock::linger(berkeley::Linger linger) {
    script_->settle_time();
    told("linger()", script_->sockets_.set_linger(id_, linger), std::nullopt, Where::current());
    return *this;
}

// ---- Text ---------------------------------------------------------------------------------------

Sock& Sock::write(std::size_t octets, berkeley::MessageFlags flags, Where where) {
    script_->settle_time();
    const bool stream = script_->sockets_.type(id_) == berkeley::SocketType::stream;
    const auto text = stream_octets(stream ? written_ + 1 : 0, octets);
    const auto r = script_->sockets_.send(id_, text, flags, script_->now_);
    told("write(" + std::to_string(octets) + ')', r, std::nullopt, where);
    if (r && *r != octets) complain("write() took only " + std::to_string(*r), where);
    written_ += static_cast<std::uint32_t>(octets);
    return *this;
}

Sock& Sock::write_early(std::size_t octets, std::size_t taken, Where where) {
    script_->settle_time();
    if (!bound_) bind(wire::number(script_->flow_->local.port));
    const auto r = script_->sockets_.send_to(
        id_, stream_octets(1, octets), script_->flow_->remote, {.fast_open = true}, script_->now_);
    told("write_early(" + std::to_string(octets) + ')',
         r,
         taken == 0 ? std::optional{Errno::operation_in_progress} : std::nullopt,
         where);
    if (r && *r != taken) complain("write_early() took " + std::to_string(*r), where);
    written_ += static_cast<std::uint32_t>(taken);
    return *this;
}

Sock& Sock::write_fails(Errno error, Where where) {
    script_->settle_time();
    const auto text = stream_octets(written_ + 1, 1);
    told("write(1)", script_->sockets_.send(id_, text, {}, script_->now_), error, where);
    return *this;
}

Sock& Sock::send_to(std::size_t octets,
                    const wire::Endpoint& to,
                    std::optional<Errno> error,
                    Where where) {
    script_->settle_time();
    const auto text = stream_octets(0, octets);
    const auto r = script_->sockets_.send_to(id_, text, to, {}, script_->now_);
    told("send_to(" + std::to_string(octets) + ')', r, error, where);
    return *this;
}

Sock& Sock::read(std::size_t octets, Where where) {
    script_->settle_time();
    if (!first_) first_ = (info().irs + 1).raw() - script_->flow_->irs.raw();
    std::vector<std::byte> into(octets);
    std::size_t got = 0;
    berkeley::Result<std::size_t> r{0};
    while (got < octets) {  // an urgent mark ends one receive
        r = script_->sockets_.receive(id_, MutableBytes{into}.subspan(got), {}, script_->now_);
        if (!r || *r == 0) break;
        got += *r;
    }
    told("read(" + std::to_string(octets) + ')', r, std::nullopt, where);
    if (got != octets) complain("read() gave only " + std::to_string(got), where);
    if (into != stream_octets(*first_ + read_, octets)) complain("other octets were sent", where);
    read_ += static_cast<std::uint32_t>(octets);
    return *this;
}

Sock& Sock::read_end(Where where) {
    script_->settle_time();
    std::byte octet{};
    const auto r = script_->sockets_.receive(id_, {&octet, 1}, {}, script_->now_);
    told("read(1)", r, std::nullopt, where);
    if (r && *r != 0) complain("read() gave an octet instead of the end", where);
    return *this;
}

Sock& Sock::read_fails(Errno error, Where where) {
    script_->settle_time();
    std::byte octet{};
    told("read(1)", script_->sockets_.receive(id_, {&octet, 1}, {}, script_->now_), error, where);
    return *this;
}

Sock& Sock::read_nothing(Where where) {
    return read_fails(Errno::resource_unavailable_try_again, where);
}

Sock& Sock::read_urgent(Where where) {
    script_->settle_time();
    std::byte octet{};
    const auto r =
        script_->sockets_.receive(id_, {&octet, 1}, {.out_of_band = true}, script_->now_);
    told("read_urgent()", r, std::nullopt, where);
    return *this;
}

Sock& Sock::skip(std::size_t octets) {
    read_ += static_cast<std::uint32_t>(octets);
    return *this;
}

berkeley::DatagramInfo Sock::read_datagram(std::size_t octets, Where where) {
    script_->settle_time();
    std::vector<std::byte> into(octets);
    const auto r = script_->sockets_.receive_from(id_, into, {}, script_->now_);
    told("read_datagram(" + std::to_string(octets) + ')', r, std::nullopt, where);
    if (!r) return {};
    if (r->copied != octets) complain("it gave only " + std::to_string(r->copied), where);
    if (into != stream_octets(0, octets)) complain("other octets were sent", where);
    return *r;
}

// ---- Options and questions ----------------------------------------------------------------------

Sock& Sock::set(Option option, int value, Where where) {
    script_->settle_time();
    told("setsockopt(" + std::to_string(value) + ')',
         script_->sockets_.set_option(id_, option, value, script_->now_),
         std::nullopt,
         where);
    return *this;
}

Sock& Sock::congestion_control(std::string_view name, Where where) {
    script_->settle_time();
    told("congestion control " + std::string{name},
         script_->sockets_.set_congestion_control(id_, name, script_->now_),
         std::nullopt,
         where);
    return *this;
}

int Sock::get(Option option) {
    return script_->sockets_.get_option(id_, option).value_or(-1);
}

Sock& Sock::error_is(std::optional<Errno> error, Where where) {
    script_->settle_time();
    const int seen = get(Option::so_error);
    const int expected = error ? static_cast<int>(*error) : 0;
    if (seen != expected)
        complain("expected error " + std::to_string(expected) + ", seen " + std::to_string(seen),
                 where);
    return *this;
}

Sock& Sock::state_is(trace::TcpState state, Where where) {
    script_->settle_time();
    const trace::TcpState seen = info().state;
    if (seen != state)
        complain("expected: " + std::string{trace::text(state)} +
                     "\nseen:     " + std::string{trace::text(seen)},
                 where);
    return *this;
}

trace::ConnectionSnapshot Sock::info() const {
    return script_->sockets_.info(id_, script_->now_).value_or(trace::ConnectionSnapshot{});
}

berkeley::Ready Sock::ready() const {
    return script_->sockets_.ready(id_);
}

}  // namespace handfast::script
