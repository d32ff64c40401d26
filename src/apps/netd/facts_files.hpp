// Files that tell where a datagram came from: a descriptor of one travels beside each datagram. One
// for each source, kept as long as it is among those that were used last.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>

#include "core/control/datagram_facts.hpp"
#include "host/link/file_descriptor.hpp"

namespace handfast::netd {

class FactsFiles {
public:
    static constexpr std::size_t max_files = 256;

    // A sealed file that holds the facts; -1 when none can be made.
    [[nodiscard]] int file_of(const control::DatagramFacts& facts);

private:
    struct Entry {
        std::string octets;
        link::FileDescriptor file;
    };

    control::Octets encoded_;
    std::list<Entry> entries_;  // used last: in front
    std::unordered_map<std::string, std::list<Entry>::iterator> by_octets_;
};

// A file in memory with these octets, which nobody can change any more. Null: there was no memory.
[[nodiscard]] link::FileDescriptor sealed_file(const char* name, Bytes octets);

}  // namespace handfast::netd
