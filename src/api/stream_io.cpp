#include "api/stream_io.hpp"

#include <algorithm>
#include <cstring>

#include "api/result.hpp"

namespace handfast::api {

namespace {

using berkeley::Ready;
using socket::SocketId;
using socket::Sockets;
using Count = berkeley::Result<std::size_t>;

// What is copied with the engine held.
constexpr std::size_t small_size = 4096;
// What is copied at once without it: small enough that the other side soon has something to do, and
// that it is still in the cache then.
constexpr std::size_t large_size = 2 * buf::Pool::largest_block;

std::size_t copy_out(const buf::Packet::Slices& from, MutableBytes into) {
    std::size_t done = 0;
    for (const buf::Slice& slice : from) {
        std::memcpy(into.data() + done, slice.bytes().data(), slice.size());
        done += slice.size();
    }
    return done;
}

void fill(buf::Packet::Slices& slices, Bytes from) {
    std::size_t done = 0;
    for (buf::Slice& slice : slices) {
        std::memcpy(slice.mutable_bytes().data(), from.data() + done, slice.size());
        done += slice.size();
    }
}

// Reads into a buffer that may be long.
class Reading {
public:
    Reading(Seat& seat, MutableBytes into) : seat_{seat}, into_{into}, until_{seat.deadline()} {}
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    Reading(Reading&&) = delete;
    Reading& operator=(Reading&&) = delete;
    ~Reading() {
        if (lent_.empty()) return;
        seat_.engine->call([&](network::Network& network, Instant now) {
            give_back(network.sockets(seat_.socket.host), seat_.socket.id, now);
            network.touch(seat_.socket.host);
        });
    }

    // Waits for octets; 0 at the end.
    [[nodiscard]] Count some() {
        Count got = seat_.perform(Ready::in_bit | Ready::rdhup_bit,
                                  until_,
                                  [&](Sockets& sockets, SocketId id, Instant now) -> Count {
                                      give_back(sockets, id, now);
                                      return take(sockets, id, now);
                                  });
        if (got) {
            copy_out(lent_, into_);
            into_ = into_.subspan(*got);
        }
        return got;
    }

private:
    void give_back(Sockets& sockets, SocketId id, Instant now) {
        if (lent_.empty()) return;
        const std::size_t octets = total(lent_);
        lent_.clear();
        if (sockets.exists(id)) sockets.give_back(id, octets, now);
    }

    [[nodiscard]] Count take(Sockets& sockets, SocketId id, Instant now) {
        if (into_.size() > small_size) {
            const auto pending = sockets.pending_in(id);
            if (pending && *pending > static_cast<int>(small_size))
                return sockets.receive_slices(id, std::min(into_.size(), large_size), lent_, now);
        }
        return sockets.receive(id, into_, {}, now);
    }

    Seat& seat_;
    MutableBytes into_;
    Deadline until_;
    buf::Packet::Slices lent_;
};

// Writes octets that may be many.
class Writing {
public:
    Writing(Seat& seat, Bytes octets, std::size_t at_least)
        : seat_{seat}, octets_{octets}, at_least_{at_least} {}
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    Writing(Writing&&) = delete;
    Writing& operator=(Writing&&) = delete;
    ~Writing() {
        if (!reserved_.empty())
            seat_.engine->call([&](network::Network&, Instant) { reserved_.clear(); });
    }

    [[nodiscard]] Moved run() {
        const Deadline until = seat_.deadline();
        while (taken_ < at_least_) {
            const auto done = seat_.perform(
                Ready::out_bit, until, [&](Sockets& sockets, SocketId id, Instant now) {
                    return step(sockets, id, now);
                });
            if (!done) return {taken_, to_error(done.error())};
            fill(reserved_, octets_.subspan(taken_));
        }
        return {taken_, {}};
    }

private:
    // Puts what was filled into the send queue, and reserves what is to be filled next.
    [[nodiscard]] berkeley::Result<void> step(Sockets& sockets, SocketId id, Instant now) {
        while (!reserved_.empty()) {
            const Count sent = sockets.send_slices(id, reserved_, {}, now);
            if (!sent) return std::unexpected{sent.error()};
            taken_ += *sent;
        }
        if (taken_ >= at_least_) return {};
        const Bytes left = octets_.subspan(taken_);
        const std::size_t room = std::min({left.size(), sockets.send_room(id), large_size});
        if (room > small_size) reserved_ = allocate(sockets.shard().pool(), room);
        if (!reserved_.empty()) return {};
        const Count sent = sockets.send(id, left.first(std::min(left.size(), small_size)), {}, now);
        if (!sent) return std::unexpected{sent.error()};
        taken_ += *sent;
        return {};
    }

    Seat& seat_;
    Bytes octets_;
    std::size_t at_least_;
    std::size_t taken_{0};
    buf::Packet::Slices reserved_;
};

}  // namespace

Moved read(Seat& seat, MutableBytes into, std::size_t at_least) {
    Moved moved;
    Reading reading{seat, into};
    while (moved.octets < at_least) {
        const Count got = reading.some();
        if (!got) {
            moved.error = to_error(got.error());
            break;
        }
        if (*got == 0) break;
        moved.octets += *got;
    }
    return moved;
}

Moved write(Seat& seat, Bytes octets, std::size_t at_least) {
    return Writing{seat, octets, at_least}.run();
}

buf::Packet::Slices allocate(buf::Pool& pool, std::size_t size) {
    buf::Packet::Slices slices;
    while (size > 0 && slices.size() < slices.capacity()) {
        const std::size_t part = std::min(size, buf::Pool::largest_block);
        buf::Slice slice = pool.allocate(part);
        if (!slice) break;
        slice.grow(part);
        slices.push_back(std::move(slice));
        size -= part;
    }
    return slices;
}

std::size_t total(const buf::Packet::Slices& slices) {
    std::size_t octets = 0;
    for (const buf::Slice& slice : slices) octets += slice.size();
    return octets;
}

}  // namespace handfast::api
