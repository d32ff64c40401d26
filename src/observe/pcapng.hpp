// Captures that Wireshark opens: pcapng (draft-ietf-opsawg-pcapng) from what links tell, with the
// reason of every packet as its comment.
//
// One interface for each host. A frame is written once, as it leaves its host, with its fate; on
// request again where it is delivered, as it came (a corrupted one shows its wrong checksum).
// Super- segments are written as the frames that a wire would carry.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/note.hpp"
#include "observe/pcapng/block.hpp"

namespace handfast::observe {

struct CaptureOptions {
    enum class Ends : std::uint8_t { sending, both };

    Ends ends{Ends::sending};
    std::map<trace::HostId, std::string> names{};  // of hosts; others are "host 3"
    Duration epoch{};                              // what Instant{} is in time since 1970
    std::size_t snap_length{262'144};              // octets kept of each frame
};

class Capture final : public Observer {
public:
    // Takes octets of the file, in order.
    using Append = std::function<void(Bytes)>;

    Capture(CaptureOptions options, Append append);

    void on(const trace::FrameSeen& frame) override;
    void on(const trace::FrameFate& fate) override;
    using Observer::on;

    // The name of a host that was not there at first.
    void know(trace::HostId host, std::string name) { options_.names[host] = std::move(name); }
    // So many frames were lost on the way to this observer; told with the next frame.
    void missed(std::uint64_t frames) { missed_ += frames; }
    // Writes what waits for its fate. At the end, and whenever the file is to be whole.
    void flush();

    [[nodiscard]] std::uint64_t frames() const { return frames_; }

private:
    // A frame that waits for its fate, which its link tells in the same breath.
    struct Waiting {
        trace::FrameSeen frame;  // its parts are gone: see octets_
        std::vector<trace::FrameFate> fates;
    };

    void write_section_header();
    [[nodiscard]] std::uint32_t interface_of(const trace::FrameSeen& frame);
    void write(Bytes octets, const trace::FrameSeen& frame, const std::string& comment);
    [[nodiscard]] std::string comment_of(std::size_t ordinal, std::size_t count) const;

    CaptureOptions options_;
    Append append_;
    pcapng::Block block_;
    std::map<std::pair<trace::HostId, trace::Medium>, std::uint32_t> interfaces_;
    std::optional<Waiting> waiting_;
    std::vector<std::byte> octets_;
    std::uint64_t frames_{0};
    std::uint64_t missed_{0};
};

}  // namespace handfast::observe
