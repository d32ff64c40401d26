// Replays a corpus: gives every file named on the command line, and every file below a folder named
// there, to the fuzzer that it is linked with. The last name printed is the input that failed.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::filesystem::path& path) {
    std::fprintf(stderr, "%s\n", path.c_str());
    std::ifstream file{path, std::ios::binary};
    const std::vector<char> octets{std::istreambuf_iterator<char>{file}, {}};
    const std::vector<std::uint8_t> input(octets.begin(), octets.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;

    LLVMFuzzerTestOneInput(nullptr, 0);
    for (int i = 1; i < argc; ++i) {
        if (fs::is_regular_file(argv[i])) replay(argv[i]);
        if (!fs::is_directory(argv[i])) continue;
        for (const auto& entry : fs::recursive_directory_iterator{argv[i]}) {
            if (entry.is_regular_file()) replay(entry.path());
        }
    }
}
