// A reader of pcapng, written from the specification and not from the writer, to check the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace handfast::observe::test {

struct ReadInterface {
    unsigned linktype{0};
    std::string name;
    unsigned resolution{6};
};

struct ReadPacket {
    unsigned interface{0};
    std::uint64_t time{0};
    std::size_t original_length{0};
    std::vector<std::byte> octets;
    std::string comment;
    std::optional<std::uint32_t> flags;
    std::optional<std::uint64_t> drop_count;
    std::optional<std::uint64_t> packet_id;
};

struct ReadFile {
    std::string application;
    std::vector<ReadInterface> interfaces;
    std::vector<ReadPacket> packets;
};

class PcapngReader {
public:
    explicit PcapngReader(const std::vector<std::byte>& file) : file_{file} {}

    // Throws std::runtime_error with what is wrong.
    [[nodiscard]] ReadFile read() {
        while (at_ < file_.size()) read_block();
        return std::move(out_);
    }

private:
    using Options = std::map<unsigned, std::string>;

    static void require(bool holds, const char* what) {
        if (!holds) throw std::runtime_error{what};
    }
    [[nodiscard]] std::uint64_t number(std::size_t at, std::size_t octets) const {
        require(at + octets <= file_.size(), "the file ends within a number");
        std::uint64_t value = 0;
        for (std::size_t i = octets; i-- > 0;) {
            value = (value << 8) | std::to_integer<std::uint64_t>(file_[at + i]);
        }
        return value;
    }
    [[nodiscard]] static std::uint64_t number(const std::string& text) {
        std::uint64_t value = 0;
        for (std::size_t i = text.size(); i-- > 0;) {
            value = (value << 8) | static_cast<unsigned char>(text[i]);
        }
        return value;
    }

    void read_block() {
        const std::uint64_t type = number(at_, 4);
        const std::size_t length = number(at_ + 4, 4);
        require(length >= 12 && length % 4 == 0, "a block's length is no multiple of four");
        require(at_ + length <= file_.size(), "a block is longer than the file");
        require(number(at_ + length - 4, 4) == length, "a block's two lengths differ");
        const std::size_t body = at_ + 8;
        const std::size_t end = at_ + length - 4;
        if (type == 0x0a0d0d0a) read_section(body, end);
        if (type == 1) read_interface(body, end);
        if (type == 6) read_packet(body, end);
        require(type == 0x0a0d0d0a || type == 1 || type == 6, "an unknown block");
        at_ += length;
    }

    void read_section(std::size_t at, std::size_t end) {
        require(number(at, 4) == 0x1a2b3c4d, "the magic number is wrong");
        require(number(at + 4, 2) == 1 && number(at + 6, 2) == 0, "the version is not 1.0");
        out_.application = options(at + 16, end)[4];
    }

    void read_interface(std::size_t at, std::size_t end) {
        Options found = options(at + 8, end);
        out_.interfaces.push_back({.linktype = static_cast<unsigned>(number(at, 2)),
                                   .name = found[2],
                                   .resolution = static_cast<unsigned>(number(found[9]))});
    }

    void read_packet(std::size_t at, std::size_t end) {
        ReadPacket packet;
        packet.interface = static_cast<unsigned>(number(at, 4));
        require(packet.interface < out_.interfaces.size(), "a packet of no interface");
        packet.time = (number(at + 4, 4) << 32) | number(at + 8, 4);
        const std::size_t captured = number(at + 12, 4);
        packet.original_length = number(at + 16, 4);
        require(at + 20 + captured <= end, "a packet is longer than its block");
        const auto begin = file_.begin() + static_cast<std::ptrdiff_t>(at + 20);
        packet.octets.assign(begin, begin + static_cast<std::ptrdiff_t>(captured));
        const Options found = options(at + 20 + (captured + 3) / 4 * 4, end);
        if (found.contains(1)) packet.comment = found.at(1);
        if (found.contains(2)) packet.flags = static_cast<std::uint32_t>(number(found.at(2)));
        if (found.contains(4)) packet.drop_count = number(found.at(4));
        if (found.contains(5)) packet.packet_id = number(found.at(5));
        out_.packets.push_back(std::move(packet));
    }

    [[nodiscard]] Options options(std::size_t at, std::size_t end) const {
        Options found;
        while (at < end) {
            const auto code = static_cast<unsigned>(number(at, 2));
            const std::size_t length = number(at + 2, 2);
            at += 4;
            if (code == 0) {
                require(length == 0 && at == end, "something follows the end of options");
                return found;
            }
            require(at + length <= end, "an option is longer than its block");
            std::string& value = found[code];
            for (std::size_t i = 0; i < length; ++i) value += static_cast<char>(file_[at + i]);
            at += (length + 3) / 4 * 4;
        }
        return found;
    }

    const std::vector<std::byte>& file_;
    std::size_t at_{0};
    ReadFile out_;
};

}  // namespace handfast::observe::test
