#include "apps/cli/observers.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace handfast::cli {

namespace {

std::FILE* open_file(const std::string& path) {
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr)
        throw std::system_error{errno, std::generic_category(), "cannot write " + path};
    return file;
}

}  // namespace

CaptureFile::CaptureFile(const std::string& path, const observe::CaptureOptions& options)
    : file_{open_file(path)},
      capture_{options, [this](Bytes octets) {
                   std::fwrite(octets.data(), 1, octets.size(), file_.get());
               }} {}

CaptureFile::~CaptureFile() {
    capture_.flush();
}

std::unique_ptr<CaptureFile> open_capture(const std::string& path, observe::FanOut& watchers) {
    if (path.empty()) return nullptr;
    auto file = std::make_unique<CaptureFile>(path, observe::CaptureOptions{});
    watchers.add(static_cast<observe::Observer&>(file->sink()));
    return file;
}

}  // namespace handfast::cli
